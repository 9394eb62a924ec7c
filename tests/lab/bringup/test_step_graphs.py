"""Any graph of steps, whatever becomes of each: needs come first, and every step ends in a state that fits."""

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.core.errors import ToolError
from lab.process.steps import Graph, Say, State, Step

FATES = ["done", "skipped", "fails", "check fails", "can't be read"]


@st.composite
def dags(draw: st.DrawFn) -> list[tuple[str, tuple[str, ...], str]]:
    """Steps in any order, each with needs and what becomes of it."""
    names = [f"s{n}" for n in range(draw(st.integers(1, 7)))]
    fates = st.sampled_from(FATES[: draw(st.sampled_from([1, 2, 5]))])
    rows = []
    for index, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3)) if index else []
        rows.append((name, tuple(needs), draw(fates)))
    return draw(st.permutations(rows))


class World:
    """Steps that note when they begin and end, and end as they are fated to."""

    def __init__(self, dag: list[tuple[str, tuple[str, ...], str]]) -> None:
        self.lock = threading.Lock()
        self.events: list[tuple[str, str]] = []
        self.graph = Graph([self._step(*row) for row in dag])

    def _note(self, event: str, name: str) -> None:
        with self.lock:
            self.events.append((event, name))

    def _step(self, name: str, needs: tuple[str, ...], fate: str) -> Step:
        def is_done() -> str | None:
            self._note("began", name)
            if fate == "can't be read":
                raise ToolError(name)
            return "as it is to be" if fate == "skipped" else None

        def run(_say: Say) -> None:
            if fate == "fails":
                raise ToolError(name)

        def check() -> None:
            if fate == "check fails":
                raise ToolError(name)
            self._note("ended", name)

        return Step(name=name, needs=needs, is_done=is_done, run=run, check=check)


@settings(deadline=None, max_examples=60)
@given(dags())
def test_needs_come_first_and_each_step_ends_in_a_state_that_fits(dag: list[tuple[str, tuple[str, ...], str]]) -> None:
    world = World(dag)
    fate = {name: fate for name, _, fate in dag}
    fails = {name for name in fate if fate[name] not in {"done", "skipped"}}

    try:
        world.graph.run()
        raised = None
    except ToolError as error:
        raised = error.summary

    began = [name for event, name in world.events if event == "began"]
    assert len(began) == len(set(began))
    for name, needs, _ in dag:
        record = world.graph.records[name]
        if name not in began:
            assert record.state is State.NOT_RUN
            continue
        assert record.state.value == {"done": "done", "skipped": "skipped"}.get(fate[name], "failed")
        for need in needs:
            assert world.graph.records[need].state in {State.DONE, State.SKIPPED}
            assert (record.began or 0) >= (world.graph.records[need].ended or 0)
    assert (raised in fails) if fails & set(began) else (raised is None and len(began) == len(dag))
    assert not fails or fails & set(began), "a graph that holds a failing step never ends well"


@settings(deadline=None, max_examples=60)
@given(dags())
def test_the_order_of_a_plan_has_needs_first(dag: list[tuple[str, tuple[str, ...], str]]) -> None:
    order = [name for name, _, _ in World(dag).graph.plan()]

    assert sorted(order) == sorted(name for name, _, _ in dag)
    assert all(order.index(need) < order.index(name) for name, needs, _ in dag for need in needs)
