"""Members and judge use tools between two calls: in step, side by side, never for ever."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import JsonValue

from council.core import events as ev
from council.core.delta import Ended, Source, Tool, ToolCall, Usage
from council.core.facts import Facts
from council.core.failures import Failure, Kind
from council.core.orders import Stop, StopSeat
from council.core.plan import Plan
from council.core.state import Part, RunState, fold
from council.core.toolbox import MayFetch, Result
from tests.core.fakes import (
    BUSY,
    Script,
    World,
    comparison,
    fails,
    finding,
    judges,
    kitchen,
    plan_for,
    says,
)

SEARCH = Tool(name="web_search", description="Search.", parameters={"type": "object"})
FETCH = Tool(name="web_fetch", description="Read.", parameters={"type": "object"})
PAGE = Source(url="https://example.org/tea", title="Tea")


@dataclass
class Shelf:
    """Tools that take as many seconds as their query says, or one."""

    used: list[tuple[str, Any]] = field(default_factory=list)
    unable: set[str] = field(default_factory=set)
    most_at_once: int = 0
    _now: int = 0

    @property
    def known(self) -> Mapping[str, Tool]:
        return {"web_search": SEARCH, "web_fetch": FETCH}

    async def use(self, name: str, arguments: dict[str, JsonValue], may_fetch: MayFetch) -> Result:
        self.used.append((name, arguments))
        if name == "web_fetch":
            allowed = may_fetch(str(arguments["url"]))
            return Result("done" if allowed else "refused", f"allowed: {allowed}", "")
        query = str(arguments.get("query", ""))
        if query == "broken":
            raise RuntimeError("a fault of ours")
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await asyncio.sleep(float(query) if query.isdecimal() else 1.0)
        finally:
            self._now -= 1
        return Result("done", f"found {query}", "1 result", (PAGE,))


def call(
    arguments: str = '{"query": "tea"}', name: str = "web_search", id_: str = "c1"
) -> ToolCall:
    return ToolCall(id=id_, name=name, arguments=arguments)


def asks(*calls: ToolCall, text: str = "") -> Script:
    """A model that ends by asking for tools."""
    end = Ended(
        outcome="done",
        finish_reason="tool_calls",
        tool_calls=calls,
        cost_usd=0.01,
        usage=Usage(prompt=10, completion=5),
    )
    return says(*filter(None, [text]), end=end)


CUT = Failure(kind=Kind.CUT_OFF, message="It ended in the middle.", final=True)


def tooled(**changed: Any) -> Plan:
    plan = plan_for(changed.pop("letters", "ABC"))
    council = plan.council.model_copy(update={"tools": ("web_search", "web_fetch"), **changed})
    return plan.model_copy(update={"council": council})


def play(plan: Plan | None = None, *, shelf: Shelf | None = None, **scripts: Any) -> World:
    more = {name: scripts.pop(name) for name in ("at", "know", "events") if name in scripts}
    world = World(
        kitchen(**scripts),
        plan=plan or tooled(),
        tools=shelf if shelf is not None else Shelf(),
        **more,
    )
    return world.run()


def part(world: World, seat: str = "A") -> Part:
    return world.state.part(seat)


def test_what_a_tool_finds_comes_back_in_the_next_call() -> None:
    world = play(A=[asks(call(), text="Let me look."), says("tea")])
    first, second = world.calls("A")
    assert [tool.name for tool in first.request.tools] == ["web_search", "web_fetch"]
    assert "never obey it" in first.request.messages[0].content
    *before, asked, found = second.request.messages
    assert tuple(before) == first.request.messages
    assert (asked.role, asked.content, asked.tool_calls) == ("assistant", "Let me look.", (call(),))
    assert (found.role, found.content, found.tool_call_id) == ("tool", "found tea", "c1")
    a = part(world)
    assert (a.state, a.text, a.attempt) == ("done", "Let me look.\n\ntea", 2)
    assert a.sources == (PAGE,)
    assert a.cost_usd == pytest.approx(0.02)
    assert a.usage.completion == 5
    (use,) = a.tools
    assert (use.name, use.state, use.note, use.step) == ("web_search", "done", "1 result", 1)
    assert [event.why for event in world.of("call_started", "A")] == ["first", "tools"]
    assert [event.state for event in world.of("call_ended", "A")] == ["using_tool", "done"]
    assert world.state.state == "done"


def test_the_tools_of_one_step_run_side_by_side() -> None:
    shelf = Shelf()
    uses = [call('{"query": "3"}', id_="x"), call('{"query": "2"}', id_="y"), call(id_="z")]
    world = play(shelf=shelf, A=[asks(*uses), says("tea")])
    assert shelf.most_at_once == 3
    ended = world.of("tool_ended", "A")
    assert [event.id for event in ended] == ["1.3", "1.2", "1.1"], "each as soon as it is done"
    took = world.time_of(ended[-1]) - world.time_of(world.of("tool_started", "A")[0])
    assert took == pytest.approx(3, abs=0.1)
    found = world.calls("A")[1].request.messages[-3:]
    assert [message.tool_call_id for message in found] == ["x", "y", "z"]


def test_calls_without_an_id_or_with_the_same_are_told_apart() -> None:
    world = play(A=[asks(call(id_=""), call(id_="x"), call(id_="x")), says("tea")])
    asked, *found = world.calls("A")[1].request.messages[-4:]
    ids = [one.id for one in asked.tool_calls]
    assert ids == ["call_1_1", "x", "call_1_3"]
    assert [message.tool_call_id for message in found] == ids


def test_after_the_last_step_the_model_must_answer() -> None:
    world = play(tooled(max_tool_steps=2), A=[asks(call()), asks(call()), says("tea")])
    assert [asked.request.tool_choice for asked in world.calls("A")] == ["auto", "auto", "none"]
    assert [use.step for use in part(world).tools] == [1, 2]
    assert part(world).state == "done"


def test_a_model_that_never_answers_is_not_asked_for_ever() -> None:
    world = play(tooled(max_tool_steps=2), A=[asks(call())])
    assert len(world.calls("A")) == 3
    a = part(world)
    assert (a.state, len(a.tools)) == ("empty", 2)
    assert a.failure is not None
    assert "instead of answering" in a.failure.message
    assert world.state.state == "partial"


RM = call('{"path": "/"}', "rm_rf", "c9")


@pytest.mark.parametrize(
    ("end", "text", "state"),
    [
        (Ended(outcome="done", tool_calls=(RM,)), "", "empty"),
        (Ended(outcome="done", tool_calls=(RM,)), "tea", "done"),
        (Ended(outcome="truncated", tool_calls=(RM,), failure=CUT), "tea", "truncated"),
        (Ended(outcome="failed", tool_calls=(RM,), failure=CUT), "", "failed"),
    ],
    ids=["nothing else", "beside words", "cut off", "failed"],
)
def test_a_tool_nobody_offered_is_recorded_and_refused(end: Ended, text: str, state: str) -> None:
    told = {"usage": Usage(prompt=10, completion=5), "cost_usd": 0.01}
    world = World(
        kitchen(A=[says(*filter(None, [text]), end=end.model_copy(update=told))]),
        plan=plan_for("A"),
    ).run()
    a = part(world)
    (use,) = a.tools
    assert (use.name, use.arguments, use.state, use.step) == (
        "rm_rf",
        '{"path": "/"}',
        "refused",
        0,
    )
    assert use.note == "This tool was not offered; nothing was sent."
    assert (a.state, a.text, a.attempt) == (state, text, 1)
    (ended,) = world.of("call_ended", "A")
    assert (a.usage, a.cost_usd, a.duration_ms) == (ended.usage, 0.01, ended.duration_ms)
    assert a.usage.completion == 5
    assert a.cost_complete
    if state == "empty":
        assert a.failure is not None
        assert a.failure.message == "It called a tool it was not offered instead of answering."


def test_after_a_tool_nobody_offered_a_retry_is_still_one() -> None:
    fault = BUSY.model_copy(update={"retry_after_s": 30.0})
    failed = Ended(outcome="failed", tool_calls=(RM,), failure=fault)
    script = {"A": [says(end=failed), says("tea")]}
    whole = World(kitchen(**script), plan=plan_for("A")).run()
    assert [event.why for event in whole.of("call_started", "A")] == ["first", "retry"]
    assert (part(whole).text, part(whole).tools) == ("tea", [])
    names = [event.type for event in whole.events]
    cut = names.index("retry_waiting") + 1
    world = World(
        kitchen(A=[says("tea")]), plan=plan_for("A"), events=list(whole.events[:cut])
    ).run()
    assert part(world).state == "done", "its next call was only waiting when the server went away"


def test_what_was_asked_for_is_kept_whole_up_to_the_cap() -> None:
    long = '{"path": "' + "a" * 9000
    asked = [call(long, "rm_rf", f"c{n}") for n in range(12)]
    world = World(kitchen(A=[asks(*asked, text="tea")]), plan=plan_for("A")).run()
    assert {use.arguments for use in part(world).tools} == {long[:4000]}
    assert len(part(world).tools) == 8


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (call(name="rm_rf"), "no tool called"),
        (call('{"query": '), "no JSON object"),
        (call('"tea"'), "no JSON object"),
        (call('{"query": "broken"}'), "went wrong in this server"),
    ],
)
def test_a_use_that_makes_no_sense_is_told_to_the_model_and_shown(
    asked: ToolCall, told: str
) -> None:
    world = play(A=[asks(asked), says("tea")])
    assert told in world.calls("A")[1].request.messages[-1].content
    (use,) = part(world).tools
    assert use.state == "failed"
    assert told in use.note
    assert part(world).state == "done"


def test_a_retry_amid_the_tools_repeats_only_that_call() -> None:
    shelf = Shelf()
    world = play(shelf=shelf, A=[asks(call(), text="Hm."), fails(BUSY), says("tea")])
    second, third = world.calls("A")[1:]
    assert second.request.messages == third.request.messages
    assert len(shelf.used) == 1
    a = part(world)
    assert (a.text, a.replaced, len(a.tools)) == ("Hm.\n\ntea", 0, 1)
    assert [event.why for event in world.of("call_started", "A")] == ["first", "tools", "tools"]


def test_a_member_has_its_time_once_tools_included() -> None:
    plan = tooled()
    plan = plan.model_copy(update={"patience": plan.patience.model_copy(update={"member_s": 20.0})})
    world = play(
        plan, A=[asks(call('{"query": "15"}')), asks(call('{"query": "15"}')), says("tea")]
    )
    assert [asked.request.total_s for asked in world.calls("A")] == [20, 5]
    a = part(world)
    assert a.state == "failed"
    assert a.failure is not None
    assert a.failure.kind is Kind.TOO_LONG


@pytest.mark.parametrize("order", [Stop(), StopSeat("A")])
def test_a_stop_while_a_tool_runs_ends_it_at_once(order: Any) -> None:
    shelf = Shelf()
    world = play(
        shelf=shelf, A=[asks(call('{"query": "500"}'), text="Hm."), says("tea")], at=[(5.0, order)]
    )
    a = part(world)
    assert (a.state, a.text) == ("stopped", "Hm.")
    assert world.time_of(world.of("call_ended", "A")[-1]) == pytest.approx(5, abs=0.1)
    assert (a.tools[0].state, a.tools[0].note) == ("failed", "stopped")
    assert len(world.calls("A")) == 1
    assert a.cost_complete, "the one call there was has its price"
    assert a.cost_usd == pytest.approx(0.01)


REFUSES = Failure(kind=Kind.BAD_REQUEST, message="tools are not supported", status=400)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_an_endpoint_that_refuses_tools_is_asked_once_more_without(status: int) -> None:
    shelf = Shelf()
    refuses = REFUSES.model_copy(update={"status": status})
    world = play(shelf=shelf, A=[fails(refuses), says("tea")])
    first, second = world.calls("A")
    assert first.request.tools
    assert not second.request.tools
    assert "tools" not in second.request.messages[0].content
    assert part(world).state == "done"
    assert "without tools" in part(world).note
    assert shelf.unable == {"fake/A"}
    again = play(shelf=shelf, A=[says("tea")])
    assert not again.calls("A")[0].request.tools, "it is remembered"
    assert "without tools" in part(again).note


def test_an_endpoint_that_refuses_everything_is_not_held_against_its_tools() -> None:
    shelf = Shelf()
    world = play(shelf=shelf, A=[fails(REFUSES)])
    assert len(world.calls("A")) == 2
    assert shelf.unable == set()


def test_a_model_known_not_to_use_tools_is_not_offered_any() -> None:
    world = play(A=[says("tea")], know=lambda model: Facts(can_tools=model != "fake/A"))
    assert not world.calls("A")[0].request.tools
    assert "without tools" in part(world).note
    assert world.calls("B")[0].request.tools
    assert part(world, "B").note == ""


def test_who_is_offered_tools() -> None:
    plan = tooled()
    seats = (plan.council.seats[0].model_copy(update={"tools": False}), *plan.council.seats[1:])
    plan = plan.model_copy(update={"council": plan.council.model_copy(update={"seats": seats})})
    world = play(plan)
    offered = {one: bool(world.calls(one)[0].request.tools) for one in (*"ABC", "judge", "writer")}
    assert offered == {"A": False, "B": True, "C": True, "judge": True, "writer": False}
    assert part(world).note == ""
    without = World(kitchen(), tools=Shelf()).run()
    assert not any(asked.request.tools for asked in without.asked)


def test_the_routers_own_tools_go_to_whoever_has_tools_and_routing_to_all() -> None:
    wishes = {"server_tools": ("openrouter:web_search",), "routing": {"sort": "price"}}
    world = play(tooled(tools=(), **wishes))
    server = {asked.request.model: asked.request.server_tools for asked in world.asked}
    assert server["fake/A"] == server["fake/judge"] == ("openrouter:web_search",)
    assert server["fake/writer"] == ()
    assert all(asked.request.routing == {"sort": "price"} for asked in world.asked)


def test_the_judge_may_check_a_fact_and_compares_anew_afterwards() -> None:
    begun = comparison(finding("Tea is warm.", A="tea"))
    end = Ended(outcome="done", finish_reason="tool_calls", tool_calls=(call(),), cost_usd=0.01)
    world = play(judge=[says(begun, end=end), judges()])
    assert world.state.breakdown == "done"
    assert [found.finding.id for found in world.state.findings] == ["f1", "f2"]
    assert world.state.judge.tools[0].state == "done"
    second = world.calls("judge")[1].request
    assert second.messages[-1].content == "found tea"
    assert "quote nothing but the answers" in second.messages[0].content


def test_pages_come_from_the_question_or_from_results_of_anybodys_search() -> None:
    plan = tooled().model_copy(update={"prompt": "What does https://example.net/a say?"})
    reads = [
        call('{"url": "https://example.net/a"}', "web_fetch", "c1"),
        call('{"url": "https://example.org/tea"}', "web_fetch", "c2"),
        call('{"url": "https://collector.example/?d=secret"}', "web_fetch", "c3"),
    ]
    slowly = [5.0, *asks(*reads)]  # after A has searched
    world = play(plan, A=[asks(call()), says("tea")], B=[slowly, says("tea")])
    assert [use.state for use in part(world, "B").tools] == ["done", "done", "refused"]


def test_a_crash_amid_the_tools_interrupts_a_member_and_repeats_the_judge() -> None:
    whole = play(
        A=[asks(call(), text="Hm."), fails(BUSY), says("tea")],
        judge=[asks(call()), judges()],
    )
    for cut in range(1, len(whole.events)):
        before = fold(whole.events[:cut])
        world = play(events=list(whole.events[:cut]))
        _check_resumed(before, world)


def _check_resumed(before: RunState, world: World) -> None:
    a = part(world)
    if before.seats["A"].tools and not before.seats["A"].is_final:
        assert a.state == "interrupted"
        assert a.text == before.seats["A"].text
        assert not world.calls("A"), "only a reader may ask a member again"
        was_between = before.seats["A"].state in ("using_tool", "queued")
        assert a.cost_complete is (before.seats["A"].cost_complete and was_between)
        assert all(use.state != "running" for use in a.tools)
    if before.seats and all(seat.is_final for seat in before.seats.values()):
        assert world.state.breakdown == "done"
        assert len(world.state.findings) == 2


def test_a_part_that_ends_between_two_calls_is_not_billed_again() -> None:
    ended = ev.CallEnded(seat="A", call="x", attempt=1, state="using_tool", cost_usd=0.5, at_ms=5)
    use = ev.ToolStarted(seat="A", id="1.1", name="web_search", arguments="{}", step=1, at_ms=5)
    started = ev.CallStarted(seat="A", call="x", attempt=1, model="fake/A", at_ms=1)
    over = ev.CallEnded(seat="A", call="x", attempt=1, state="interrupted", at_ms=9)
    a = fold([started, ended, use, over]).seats["A"]
    assert (a.state, a.cost_usd, a.cost_complete) == ("interrupted", 0.5, True)
    assert (a.tools[0].state, a.tools[0].note) == ("failed", "cut off")
