"""How a graph of steps runs: order, overlap, failure, skips, interrupts. Nothing here depends on time."""

import threading
from collections.abc import Callable, Iterator

import pytest

from lab.core.errors import LabError, ToolError
from lab.process import shell, steps
from lab.process.shell import InterruptedLabError
from lab.process.steps import Graph, Record, Say, State, Step

PATIENCE = 20.0
"""Seconds after which a test that waits for another thread gives up."""


@pytest.fixture(autouse=True)
def _go_on() -> Iterator[None]:
    yield
    shell.resume()


def step(name: str, *needs: str, run: Callable[[Say], str | None] = lambda _: None) -> Step:
    return Step(name=name, needs=needs, run=run)


def states(graph: Graph) -> dict[str, str]:
    return {name: record.state.value for name, record in graph.records.items()}


def test_independent_steps_run_side_by_side() -> None:
    """Three steps that each wait for the other two can only end when all run at once."""
    together = threading.Barrier(3)

    def meet(_say: Say) -> None:
        together.wait(PATIENCE)

    graph = Graph([step("first"), *(step(name, "first", run=meet) for name in "abc")])
    graph.run()

    assert set(states(graph).values()) == {"done"}


def test_a_step_begins_when_its_own_needs_are_met_not_when_a_whole_level_is() -> None:
    passed = threading.Event()

    def slow(_say: Say) -> None:
        assert passed.wait(PATIENCE)

    graph = Graph([step("slow", run=slow), step("quick"), step("after quick", "quick", run=lambda _: passed.set())])
    graph.run()

    assert set(states(graph).values()) == {"done"}


def test_after_a_failure_what_runs_ends_and_nothing_new_begins() -> None:
    failed, may_fail = threading.Event(), threading.Event()

    def slow(_say: Say) -> str:
        may_fail.set()
        assert failed.wait(PATIENCE)
        return "ended well"

    def fail(_say: Say) -> None:
        assert may_fail.wait(PATIENCE)
        raise ToolError("k3d broke; run './invokew doctor'")

    graph = Graph(
        [step("slow", run=slow), step("bad", run=fail), step("after slow", "slow"), step("after bad", "bad")],
        on_change=lambda record: failed.set() if record.state is State.FAILED else None,
    )
    with pytest.raises(ToolError, match="k3d broke"):
        graph.run()

    assert states(graph) == {"slow": "done", "bad": "failed", "after slow": "not run", "after bad": "not run"}
    assert graph.records["slow"].note == "ended well"
    assert graph.records["bad"].note == "k3d broke; run './invokew doctor'"
    assert graph.records["after slow"].note == "stopped before it began"
    assert graph.records["after bad"].note == "needs bad"


def test_of_several_failures_the_first_is_raised() -> None:
    first, both = threading.Event(), threading.Barrier(2)

    def fail_first(_say: Say) -> None:
        both.wait(PATIENCE)
        raise ToolError("the cause")

    def fail_later(_say: Say) -> None:
        both.wait(PATIENCE)
        assert first.wait(PATIENCE)
        raise ToolError("what followed")

    graph = Graph(
        [step("later", run=fail_later), step("cause", run=fail_first)],
        on_change=lambda record: first.set() if record.state is State.FAILED else None,
    )
    with pytest.raises(ToolError, match="the cause"):
        graph.run()

    assert states(graph) == {"later": "failed", "cause": "failed"}


def test_an_error_that_nobody_foresaw_is_kept_and_raised() -> None:
    def crash(_say: Say) -> None:
        raise KeyError("x")

    graph = Graph([step("a", run=crash)])
    with pytest.raises(KeyError):
        graph.run()

    assert graph.records["a"].note == "KeyError('x')"


def test_what_is_done_is_skipped_with_its_reason_and_not_checked() -> None:
    def never(*_: object) -> None:
        pytest.fail("it was done already")

    told: list[tuple[State, str]] = []
    done = Step(name="a", is_done=lambda: "3 of 3 ready", run=never, check=never)
    graph = Graph([done, step("b", "a")], on_change=lambda record: told.append((record.state, record.note)))
    graph.run()

    assert (State.SKIPPED, "3 of 3 ready") in told
    assert states(graph) == {"a": "skipped", "b": "done"}


def test_whether_it_is_done_is_asked_after_its_needs_are_met() -> None:
    made: list[str] = []
    first = step("a", run=lambda _: made.append("a"))
    second = Step(name="b", needs=("a",), is_done=lambda: "there" if made else None, run=lambda _: "made")
    graph = Graph([second, first])
    graph.run()

    assert states(graph) == {"b": "skipped", "a": "done"}


def test_a_step_says_what_it_is_at_and_what_came_of_it() -> None:
    told: list[tuple[str, str]] = []

    def run(say: Say) -> str:
        say("building")
        return "took the cache"

    def note(record: Record) -> None:
        told.append((record.state.value, record.note))

    Graph([step("a", run=run)], on_change=note).run()

    assert told == [("running", ""), ("running", "building"), ("done", "took the cache")]


def test_a_check_that_fails_makes_a_step_that_seemed_well_fail() -> None:
    def check() -> None:
        raise ToolError("it did not come true")

    graph = Graph([Step(name="a", run=lambda _: "fine", check=check), step("b", "a")])
    with pytest.raises(ToolError, match="it did not come true"):
        graph.run()

    assert states(graph) == {"a": "failed", "b": "not run"}


def test_the_plan_asks_only_what_can_be_known_now() -> None:
    """A step whose needs are still to be met is planned, whatever it would find today; one that only looks is no need."""
    here = Step(name="cluster", is_done=lambda: "4 nodes run", run=lambda _: None, plan=lambda: ["k3d"])
    unread = Step(name="image", is_done=_unreadable, run=lambda _: None, plan=lambda: ["docker build"])
    look = step("heal", "cluster")
    ready = Step(name="topics", needs=("heal",), is_done=lambda: "there", run=lambda _: None)
    after = Step(name="shards", needs=("image",), is_done=lambda: "there", run=lambda _: None, plan=lambda: ["apply"])

    rows = {
        name: (reason, tuple(commands)) for name, reason, commands in Graph([here, unread, look, ready, after]).plan()
    }

    assert rows == {
        "cluster": ("4 nodes run", ()),
        "image": (None, ("docker build",)),
        "heal": (None, ()),
        "topics": ("there", ()),
        "shards": (None, ("apply",)),
    }


def test_what_only_looks_at_something_that_is_still_to_be_made_is_to_come_too() -> None:
    """What comes after it would look at what isn't there."""
    made = Step(name="synth", is_done=lambda: None, run=lambda _: None)
    look = Step(name="admitted", needs=("synth",), run=lambda _: None)
    after = Step(name="apply", needs=("admitted",), is_done=_unexpected, run=lambda _: None)

    assert [reason for _, reason, _ in Graph([made, look, after]).plan()] == [None, None, None]


def _unexpected() -> str | None:
    raise FileNotFoundError


def _unreadable() -> str | None:
    raise ToolError("Docker does not answer")


def test_an_interrupt_ends_commands_under_way_and_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The main thread gets Ctrl-C while it waits; the steps under way get an error of `shell.run`."""
    begun, stopped = threading.Event(), threading.Event()

    def interrupted(*_: object, **__: object) -> None:
        assert begun.wait(PATIENCE)
        raise KeyboardInterrupt

    def run(_say: Say) -> None:
        begun.set()
        assert stopped.wait(PATIENCE)
        raise InterruptedLabError("interrupted")

    monkeypatch.setattr(steps, "wait", interrupted)
    monkeypatch.setattr(shell, "stop_all", stopped.set)
    graph = Graph([step("a", run=run), step("b", "a")])
    with pytest.raises(KeyboardInterrupt):
        graph.run()

    assert states(graph) == {"a": "failed", "b": "not run"}
    assert graph.records["a"].note == "interrupted"


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ([step("a"), step("a")], "two steps have the same name"),
        ([step("a", "b", "c")], "no step is called b, c"),
        ([step("a", "b"), step("b", "a")], "steps depend on each other in a cycle: "),
        ([step("a", "a")], "steps depend on each other in a cycle: a"),
    ],
)
def test_a_graph_that_can_not_run_is_refused(chosen: list[Step], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Graph(chosen)


def test_a_graph_without_steps_is_done() -> None:
    Graph([]).run()


def test_seconds_are_those_from_its_beginning_to_its_end() -> None:
    assert Record("a").seconds(9.0) == 0.0
    assert Record("a", began=2.0).seconds(9.0) == 7.0
    assert Record("a", began=2.0, ended=3.5).seconds(9.0) == 1.5


def test_a_lab_error_s_summary_is_the_note_without_its_details() -> None:
    def fail(_say: Say) -> None:
        raise LabError("one line", details=("two", "three"))

    graph = Graph([step("a", run=fail)])
    with pytest.raises(LabError):
        graph.run()

    assert graph.records["a"].note == "one line"
