"""What a run will do: the council file, and the plan made from it for one prompt."""

import string
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

MAX_SEATS = 8
LETTERS = string.ascii_uppercase[:MAX_SEATS]
MAX_PROMPT = 200_000
"""Characters a plan can hold; a server may take less (`Env.prompt_chars`)."""
"""Characters of one question."""

MAX_MODEL_NAME = 300

ModelName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*/\S+$", max_length=MAX_MODEL_NAME)
]
"""``provider/model-id``; the model id may hold slashes, colons and a leading tilde."""


Kind = Literal["council", "member", "synthesis", "crux", "judging"]
"""Who a run asks, and what (`Plan`)."""
ToolName = Literal["web_search", "web_fetch"]
ServerTool = Annotated[str, StringConstraints(pattern=r"^openrouter:[a-z_]+$", max_length=60)]
"""One of OpenRouter's own tools, such as ``openrouter:web_search``."""


def _no_flag(value: object) -> object:
    if isinstance(value, bool):  # which Python takes for 1
        raise PydanticCustomError("literal_error", "Input should be 1")
    return value


VersionOne = Annotated[Literal[1], BeforeValidator(_no_flag)]
"""The number 1, as a file's ``version``."""


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Seat(_Closed):
    """One place on the panel. None means: the provider's own default."""

    model: ModelName
    role: str = Field("", max_length=80)
    instructions: str = Field("", max_length=20_000)
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    reasoning_effort: Literal["minimal", "low", "medium", "high"] | None = None
    tools: bool = True


class Judge(_Closed):
    """Who compares the answers. Always asked at temperature 0."""

    model: ModelName
    instructions: str = Field("", max_length=20_000)


class Writer(_Closed):
    """Who writes the synthesis. ``model`` None means the judge's."""

    model: ModelName | None = None
    instructions: str = Field("", max_length=20_000)


class Limits(_Closed):
    """Money in US dollars and time in seconds; None means no cap of the council's own.

    ``cost_usd`` is what a whole run may cost, with everything a reader asks for afterwards.
    """

    cost_usd: float | None = Field(None, ge=0)
    run_s: float = Field(1200, gt=0, le=7200)


class Council(_Closed):
    """A council file, version 1 (docs/council-file.md). Unknown keys are refused by path.

    ``tools`` are run by this server, ``server_tools`` by OpenRouter; ``routing`` is
    OpenRouter's own ``provider`` object. Seats elsewhere are asked without those two.
    """

    version: VersionOne = 1
    kind: Literal["council"] = "council"
    name: str = Field(min_length=1, max_length=120, pattern=r"\S")
    description: str = Field("", max_length=2_000)
    seats: tuple[Seat, ...] = Field(min_length=1, max_length=MAX_SEATS)
    judge: Judge
    writer: Writer = Writer()
    tools: tuple[ToolName, ...] = ()
    server_tools: tuple[ServerTool, ...] = Field((), max_length=8)
    routing: dict[str, JsonValue] | None = None
    max_tool_steps: int = Field(4, ge=1, le=16)
    history: Literal["synthesis", "own"] = "synthesis"
    limits: Limits = Limits()

    @property
    def writer_model(self) -> str:
        """The model that writes the synthesis."""
        return self.writer.model or self.judge.model

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that is asked, each once: seats, judge, writer."""
        chairs = [self.judge.model, self.writer_model]
        return tuple(dict.fromkeys([*(seat.model for seat in self.seats), *chairs]))

    @property
    def letters(self) -> str:
        """The letters of the columns: A is the first seat."""
        return LETTERS[: len(self.seats)]

    def seat(self, letter: str) -> Seat:
        """The seat behind a letter. Raises ValueError when there is none."""
        return self.seats[self.letters.index(letter)]


class Attachment(_Closed):
    """A file beside the prompt. ``text`` is what of it can be read as text; a picture has none
    and is sent as it is to models that see. ``id`` is the row that keeps its bytes."""

    id: str
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    kind: Literal["image", "text", "pdf"]
    size: int = Field(ge=0)
    text: str = ""


class Turn(_Closed):
    """An earlier run of the same conversation, as follow-ups see it.

    ``own`` is what each seat itself wrote, by letter; used with history ``own``.
    ``attachments`` are the files that came with its prompt: members keep them before their eyes.
    """

    prompt: str
    synthesis: str
    own: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = ()


class Point(_Closed):
    """What members are asked to look at once more: one claim, what it turns on, who said what.

    ``finding`` is its id in the breakdown it comes from. ``said`` are the verbatim words of each
    member who is not silent on it, by letter, with the stance the judge read in them.
    """

    claim: str
    crux: str = ""
    finding: str = ""
    said: dict[str, tuple[Literal["supports", "contradicts", "hedges"], str]] = {}


class Patience(_Closed):
    """Every limit on time and length of one run. Seconds, characters, counts (FAULTS defaults).

    ``late_s`` is how long the others may still take once two answers are usable.
    ``judge_chars`` is how much of all answers together judge and writer are shown where nobody
    says how much their model reads.
    ``capped_tokens`` is the longest answer where a spending cap applies.
    """

    first_token_s: float = 60.0
    first_token_reasoning_s: float = 300.0
    stall_s: float = 45.0
    member_s: float = 600.0
    run_s: float = 1200.0
    late_s: float = 30.0
    retries: int = Field(2, ge=0)
    retry_after_max_s: float = 30.0
    backoff_min_s: float = 0.5
    backoff_max_s: float = 8.0
    max_chars: int = 400_000
    judge_chars: int = 400_000
    capped_tokens: int = 16_000


class Wishes(_Closed):
    """What a program wants of the result, beside its question.

    ``system`` is told to members, judge and writer. The rest is for whoever writes the result
    (`Plan.has_last_word`): its length in tokens, where to stop, and its form, as any JSON object or
    one of ``json_schema`` (``json_strict``: to the letter). ``request`` tells one request from
    another.
    """

    system: str = Field("", max_length=MAX_PROMPT)
    max_tokens: int | None = Field(None, ge=1)
    stop: tuple[str, ...] = Field((), max_length=4)
    json_object: bool = False
    json_schema: dict[str, JsonValue] | None = None
    json_strict: bool = False
    request: str = ""

    @property
    def is_json(self) -> bool:
        """True when the result has to be JSON and nothing else."""
        return self.json_object or self.json_schema is not None


class Plan(_Closed):
    """Everything one run needs to be played, and played again after a crash.

    ``seed`` draws the order in which the judge reads the letters. ``kind`` says who is asked and
    what: the whole ``council``; one ``member`` in its own thread; the ``synthesis``' writer alone;
    everybody about one ``crux`` (``point``); or only a judge about answers that are there
    (``judging``). ``asked`` are the letters that are asked, empty: every seat.
    """

    version: VersionOne = 1
    prompt: str = Field(min_length=1, max_length=MAX_PROMPT)
    council: Council
    history: tuple[Turn, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    seed: int = 0
    patience: Patience = Patience()
    kind: Kind = "council"
    asked: str = ""
    point: Point | None = None
    wishes: Wishes = Wishes()

    @property
    def letters(self) -> str:
        """The letters of the seats that are asked."""
        return self.asked or self.council.letters

    def seated(self, specs: Mapping[str, Seat]) -> "Plan":
        """The plan with these seats, by letter, in place of its own or after them."""
        if not specs:
            return self
        own = dict(zip(self.council.letters, self.council.seats, strict=True))
        seats = tuple(seat for _, seat in sorted((own | dict(specs)).items()))
        council = self.council.model_copy(update={"seats": seats})
        return self.model_copy(update={"council": council})

    @property
    def seats(self) -> tuple[tuple[str, Seat], ...]:
        """The seats that are asked, each with its letter."""
        return tuple((letter, self.council.seat(letter)) for letter in self.letters)

    @property
    def has_comparison(self) -> bool:
        """True when answers are compared: not where single members are asked, or about a point."""
        return self.kind in ("council", "judging") and len(self.letters) > 1

    def has_last_word(self, seat: str) -> bool:
        """True for whoever writes the result: the writer, or a council's only member."""
        return seat == "writer" if self.has_comparison else len(self.letters) == 1

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that is asked, each once."""
        if self.kind == "judging":
            return (self.council.judge.model,)
        chairs = [self.council.judge.model, self.council.writer_model]
        asked = [*(seat.model for _, seat in self.seats), *(chairs if self.has_comparison else [])]
        return tuple(dict.fromkeys(asked))

    @field_validator("prompt")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the prompt is empty")
        return value

    @model_validator(mode="after")
    def _asks_its_own_seats(self) -> Self:
        if not set(self.asked) <= set(self.council.letters):
            raise ValueError("a letter is asked that has no seat")
        return self
