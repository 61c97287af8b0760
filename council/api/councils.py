"""Which council a model's name stands for: one that is saved or offered, or Fusion's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue, ValidationError

from council import choices
from council.api.errors import ApiError, refused
from council.api.shapes import ChatRequest, Effort, FusionConfig
from council.choices import Choice
from council.core.plan import Council, Judge, Seat, Writer
from council.models import ApiKey
from council.providers import Offered

PREFIX, FUSION = "council/", "openrouter/fusion"
_TOOL = "openrouter:fusion"
PRESETS = {"general-high": "quality", "general-budget": "budget", "general-fast": "fast"}
"""Fusion's presets, and our templates for them."""
_TOOLS = {"openrouter:web_search": "web_search", "openrouter:web_fetch": "web_fetch"}
_EFFORTS: dict[Effort, str | None] = {"none": "minimal", "xhigh": "high"}


@dataclass(frozen=True)
class Meant:
    """The council a request asks, and the choice it comes from."""

    council: Council
    choice: Choice | None = None


def usable(key: ApiKey, offered: Offered) -> list[Choice]:
    """The councils this key may ask now: its person's, public ones and templates."""
    found = choices.choices(offered.listings(), key.person)
    return [c for c in found if c.is_ready and not c.is_blank and may_use(key, c.slug)]


def may_use(key: ApiKey, slug: str) -> bool:
    """True when the key is for all councils, or for this one."""
    return not key.councils or slug in key.councils


def meant(key: ApiKey, offered: Offered, request: ChatRequest) -> Meant:
    """The council this request asks. Raises ApiError."""
    config = _config(request)
    if not request.model.startswith(PREFIX):
        found = _fusion(key, offered, request, config)
    elif config is not None:
        message = f"{request.model} is set up already: ask {FUSION} to set up your own."
        raise refused("plugins", message)
    else:
        choice = _choice(key, offered, request.model.removeprefix(PREFIX))
        found = Meant(choice.council, choice)
    return Meant(_with_defaults(found.council, request), found.choice)


def _choice(key: ApiKey, offered: Offered, slug: str) -> Choice:
    for choice in choices.choices(offered.listings(), key.person):
        if choice.slug == slug and may_use(key, slug):
            if choice.is_ready and not choice.is_blank:
                return choice
            why = choice.missing or "its models are still to be named"
            raise _unknown(f"{PREFIX}{slug} cannot be asked now: {why}.")
    raise _unknown(
        f"There is no model {PREFIX}{slug[:120]} for this key. GET /v1/models lists them."
    )


def _unknown(message: str) -> ApiError:
    return ApiError(404, message, code="model_not_found", param="model")


def _config(request: ChatRequest) -> FusionConfig | None:
    """Fusion's set-up in the request; None where there is none."""
    for plugin in request.plugins or []:
        if plugin.id != "fusion":
            raise refused("plugins", f"This API has no plugin {plugin.id[:60]!r}, only fusion.")
    for tool in request.tools or []:
        if tool.type not in (_TOOL, "function"):
            message = f"This API has no tool {tool.type[:60]!r}. A council uses tools of its own."
            raise refused("tools", message, "unsupported_parameter")
    fusion = [tool.parameters for tool in request.tools or [] if tool.type == _TOOL]
    found = [*(request.plugins or []), *fusion]
    if len(found) > 1:
        raise refused("plugins", "Fusion is set up twice: send its plugin or its tool, once.")
    _check_choice(request, is_fusion=bool(found) or request.model == FUSION)
    return found[0] if found else None


def _check_choice(request: ChatRequest, *, is_fusion: bool) -> None:
    """Refuse a choice of tools that cannot be kept: a council calls no function of a program's."""
    can_be: list[JsonValue] = [None, "auto", {"type": _TOOL}]
    can_be += ["required"] if is_fusion else ["none"]
    if request.tool_choice not in can_be:
        message = "A council always deliberates, and calls none of the program's functions."
        raise refused("tool_choice", message, "unsupported_parameter")


def _fusion(
    key: ApiKey, offered: Offered, request: ChatRequest, config: FusionConfig | None
) -> Meant:
    """The council that Fusion's set-up describes; any other model may be its writer."""
    is_alias = request.model == FUSION
    if not is_alias and config is None:
        raise _unknown(
            f"There is no model {request.model[:120]} here: a council is {PREFIX}<name>, and "
            f"{FUSION} one you set up yourself. GET /v1/models lists them."
        )
    if key.councils and FUSION not in key.councils:
        raise _unknown(f"This key may not ask {FUSION}: it is for named councils only.")
    config = config or FusionConfig()
    if not config.enabled:
        raise refused("plugins", "Fusion is switched off in the request: there is nothing to ask.")
    if config.preset is not None and config.preset not in PRESETS:
        known = ", ".join(PRESETS)
        raise refused("plugins", f"There is no preset {config.preset[:60]!r}. There are: {known}.")
    name = _names(offered)
    outer = None if is_alias else name(request.model, "model")
    choice, base = None, None
    if config.analysis_models is None or (config.model or outer) is None:
        choice = _template(key, offered, PRESETS[config.preset or "general-high"])
        base = choice.council
    judge = name(config.model, "plugins") if config.model else outer
    judge = judge or (base.judge.model if base is not None else "")
    try:
        council = Council(
            name="Fusion" if config.preset is None else f"Fusion {config.preset}",
            seats=_seats(config, base, name),
            judge=Judge(model=judge),
            writer=Writer(model=outer),
            tools=_tools(config),
            max_tool_steps=config.max_tool_calls,
        )
    except ValidationError as problem:
        said = problem.errors(include_url=False, include_input=False)[0]["msg"]
        raise refused("plugins", f"This cannot be a council: {said}.") from None
    return Meant(council)


def _template(key: ApiKey, offered: Offered, slug: str) -> Choice:
    for choice in choices.choices(offered.listings()):
        if choice.slug == slug and choice.is_ready and not choice.is_blank:
            return choice
    raise _unknown(
        f"The models of the preset behind {FUSION} are not there: no connected provider offers "
        "them. Name analysis_models and model, or connect a provider."
    )


def _seats(
    config: FusionConfig, base: Council | None, name: Callable[[str, str], str]
) -> tuple[Seat, ...]:
    effort = config.reasoning.effort if config.reasoning is not None else None
    told: dict[str, Any] = {
        "temperature": config.temperature,
        "max_tokens": config.max_completion_tokens,
        "reasoning_effort": None if effort is None else _EFFORTS.get(effort, effort),
    }
    if config.analysis_models is None:
        assert base is not None
        said = {what: value for what, value in told.items() if value is not None}
        return tuple(seat.model_copy(update=said) for seat in base.seats)
    return tuple(Seat(model=name(one, "plugins"), **told) for one in config.analysis_models)


def _tools(config: FusionConfig) -> tuple[Any, ...]:
    """The web tools members may use, run by this server; both, unless the request names some."""
    if config.tools is None:
        return tuple(_TOOLS.values())
    for tool in config.tools:
        if tool.type not in _TOOLS:
            raise refused("plugins", f"Members can use {' and '.join(_TOOLS)}, nothing else.")
    return tuple(dict.fromkeys(_TOOLS[tool.type] for tool in config.tools))


def _names(offered: Offered) -> Callable[[str, str], str]:
    """How a slug becomes a model of ours: a connected provider's own, else OpenRouter's."""

    def name(slug: str, param: str) -> str:
        whose = slug.partition("/")[0]
        full = slug if whose in offered.known and whose != "" else f"openrouter/{slug}"
        if full.partition("/")[0] not in offered.known:
            raise refused(
                param,
                f"{slug[:120]} cannot be asked: no provider {whose[:60]!r} is connected here, and "
                "OpenRouter, whose model it would be, is not connected either.",
                "model_not_found",
            )
        return full

    return name


def _with_defaults(council: Council, request: ChatRequest) -> Council:
    """The request's temperature and effort, for members that have none of their own."""
    effort = request.reasoning_effort or (request.reasoning.effort if request.reasoning else None)
    wished = {
        "temperature": request.temperature,
        "reasoning_effort": None if effort is None else _EFFORTS.get(effort, effort),
    }
    seats = tuple(
        seat.model_copy(
            update={
                name: value
                for name, value in wished.items()
                if value is not None and getattr(seat, name) is None
            }
        )
        for seat in council.seats
    )
    return council if seats == council.seats else council.model_copy(update={"seats": seats})
