"""Filters and tags of the templates: words, standing, verdict and so on, by their own names."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from council import lookups, timeline, words
from council.core import crux
from council.core.state import Part, RunState
from council.disagreement import dissent, echoes, judge_card, minds, standing, verdict, voices
from council.files.reading import size_words
from council.sharing import share_words
from fusionsite.static import ALL_SHEETS, PRINTED, SHEETS

register = template.Library()

for _function in (
    words.state_words,
    words.tone,
    words.advice,
    words.run_words,
    words.dollars,
    words.cost_words,
    words.seconds,
    words.short_model,
    words.number_words,
    words.letters_words,
    size_words,
    words.stance_sign,
    words.stance_words,
    words.list_name,
    words.headline,
    words.kind_words,
    crux.changes,
    crux.is_disputed,
    crux.point_key,
    minds.how_words,
    standing.rows,
    standing.blind_spots,
    verdict.verdict,
    judge_card.judge_card,
    voices.voices,
    voices.about,
    voices.reasons,
    standing.grounding,
    dissent.untold,
    dissent.has_report,
    share_words.agreement,
    share_words.tick_words,
    timeline.timeline,
    timeline.calls,
    lookups.use_words,
    lookups.use_time,
    lookups.use_tone,
    lookups.asked_for,
    lookups.place,
    lookups.href,
    lookups.pages_found,
    lookups.used_sources,
    lookups.run_sources,
):
    register.filter(_function.__name__, _function)


register.filter("minds_summary", minds.summary)


@register.simple_tag
def styles() -> SafeString:
    """The style sheets of a page: one file, or each by itself where the files are not collected."""
    if settings.DEBUG:
        one_by_one = (
            (static(f"css/{name}.css"), "print" if name == PRINTED else "all") for name in SHEETS
        )
        return format_html_join("\n", '<link rel="stylesheet" href="{}" media="{}">', one_by_one)
    return format_html('<link rel="stylesheet" href="{}">', static(ALL_SHEETS))


@register.simple_tag
def prompt_chars() -> int:
    """Characters a question may have."""
    most: int = settings.ENV.prompt_chars
    return most


@register.filter
def get(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """``mapping|get:key``; None when it is not there."""
    return mapping.get(key) if mapping else None


@register.filter
def are_ties(dissents: list[dissent.Dissent]) -> bool:
    """True when nobody is outnumbered: then it is no minority that is heard."""
    return all(one.is_tie for one in dissents)


@register.filter
def shows_cost(run: RunState) -> bool:
    """False where whoever shared the run did not tell what it cost."""
    return all(part.cost_source != "hidden" for part in run.parts)


@register.filter
def uses_tools(time: timeline.Timeline) -> bool:
    """True when anybody used a tool."""
    return any(line.tools for line in time.lines)


@register.filter
def elapsed(run: RunState, part: Part | None = None) -> str:
    """How long the run, or one part of it, has taken or took, in words."""
    if part is None:
        return words.seconds(run.last_ms if run.ended_ms is None else run.ended_ms)
    if part.duration_ms is not None:
        return words.seconds(part.duration_ms)
    return words.seconds(None if part.started_ms is None else run.last_ms - part.started_ms)


@register.filter
def is_scripted(run: RunState) -> bool:
    """True when a member of the run is the rehearsal's, scripted and not AI."""
    return any(part.model.startswith("rehearsal/") for part in run.seats.values())


@register.filter
def is_silent(part: Part) -> bool:
    """True when the seat failed before it said or looked up anything."""
    is_failed = part.is_final and part.state not in ("done", "stopped")
    return is_failed and not (part.text or part.reasoning or part.tools)


@register.filter
def is_left_out(run: RunState, part: Part) -> bool:
    """True when the answer counts but the comparison does not know it."""
    return bool(run.order) and part.is_usable and part.seat not in run.judged


@register.filter
def echo(run: RunState, part: Part) -> str:
    """What a second sample shows beside the first."""
    return echoes.echo(run, part.seat)
