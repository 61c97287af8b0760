"""What was looked up, in words; and which pages a run rests on."""

import pytest

from council import lookups
from council.core.delta import Source
from council.core.state import Part, RunState, ToolUse

TEA = Source(url="https://example.org/tea", title="Tea")
SOUP = Source(url="https://example.org/soup", title="")
CITED = Source(url="https://example.com/cited", title="Named by the provider")


def use(name: str, arguments: str, state: str = "done", *sources: Source) -> ToolUse:
    return ToolUse.model_validate(
        {
            "id": "1.1",
            "name": name,
            "arguments": arguments,
            "step": 1,
            "state": state,
            "sources": [source.model_dump() for source in sources],
            "started_ms": 100,
            "ended_ms": None if state == "running" else 1_350,
        }
    )


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (use("web_search", '{"query": "tea"}', "running"), "searching “tea”"),
        (use("web_search", '{"query": "tea"}'), "searched “tea”"),
        (use("web_search", '{"query": "tea"}', "failed"), "could not search “tea”"),
        (use("web_fetch", '{"url": "https://a.org/b/"}', "running"), "reading a.org/b"),
        (use("web_fetch", '{"url": "https://a.org/b?d=secret"}'), "read a.org/b?…"),
        (use("web_fetch", '{"url": "https://a.org/"}', "refused"), "may not read a.org"),
        (use("web_fetch", '{"url": "http://[bad/"}', "refused"), "may not read http://[bad/"),
        (use("web_fetch", "no json", "failed"), "could not read no json"),
        (use("rm", "{}", "failed"), "could not use rm"),
        (use("web_search", ""), "searched something on the web"),
        (use("web_fetch", "", "refused"), "may not read something on the web"),
        (use("rm", "", "failed"), "could not use rm"),
        (use("rm\u202e", "{}", "refused"), "may not use rm"),
        (use("web_fetch", '{"url": "javascript:a"}', "refused"), "may not read javascript:a"),
        (use("web_search", '{"query": "\u202eaet\u2069"}'), "searched “aet”"),
        (use("web_search", '{"query": {"a": 1}}', "failed"), "could not search “{'a': 1}”"),
    ],
)
def test_every_use_is_a_line(made: ToolUse, words: str) -> None:
    assert lookups.use_words(made) == words


def test_a_long_query_is_cut_in_the_line_and_whole_beneath() -> None:
    query = "steel or aluminium " * 20
    made = use("web_search", f'{{"query": "{query}"}}')
    assert len(lookups.use_words(made)) < 80
    assert lookups.asked_for(made) == query


def test_the_time_a_use_took_is_said_once_it_is_over() -> None:
    assert lookups.use_time(use("web_search", "{}")) == "1.2 s"
    assert lookups.use_time(use("web_search", "{}", "running")) == ""


def test_only_web_addresses_become_links() -> None:
    assert lookups.href("https://example.org/") == "https://example.org/"
    for other in ("javascript:alert(1)", "data:text/html,x", "//example.org", "file:///etc"):
        assert lookups.href(other) == ""


def asked(seat: str, text: str = "", state: str = "done") -> Part:
    """Found two pages, read one of them, and its provider names a third."""
    found, read = use("web_search", "{}", "done", TEA, SOUP), use("web_fetch", "{}", "done", TEA)
    return Part.model_validate(
        {
            "seat": seat,
            "text": text,
            "state": state,
            "tools": [found.model_dump(), read.model_dump()],
            "sources": [source.model_dump() for source in (TEA, SOUP, CITED)],
        }
    )


def test_an_answer_rests_on_pages_it_read_or_names_not_on_all_a_search_found() -> None:
    assert lookups.used_sources(asked("A")) == (TEA, CITED)
    names_it = "As https://example.org/soup says."
    assert lookups.used_sources(asked("A", names_it)) == (TEA, SOUP, CITED)
    assert lookups.used_sources(asked("A", names_it, "streaming")) == (TEA, CITED)


def test_the_runs_sources_name_everybody_once_and_the_shared_ones_first() -> None:
    other = Part(seat="B", state="done", sources=(CITED, SOUP))
    run = RunState(seats={"A": asked("A"), "B": other}, judge=Part(seat="judge", sources=(CITED,)))
    found = [(source.url, source.used_by) for source in lookups.run_sources(run)]
    assert found == [
        (CITED.url, ("A", "B", "judge")),
        (TEA.url, ("A",)),
        (SOUP.url, ("B",)),
    ]
