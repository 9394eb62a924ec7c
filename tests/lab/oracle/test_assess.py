"""What the oracle is given of a case."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.measure.counters import Series
from lab.oracle.assess import Asked, _was_empty
from tests.lab.made import case, suite


def recorded(*depths: tuple[str, str, float]) -> Any:
    """A recording of a load that began at 100,000, with what rested just before it."""
    series = tuple(
        Series(labels={"shard": shard, "side": side}, points=((97_000.0, rested), (102_000.0, 500.0)))
        for shard, side, rested in depths
    )
    return SimpleNamespace(started=100_000.0, extract={"depth": series})


EMPTY = (("a", "bid", 0.0), ("a", "ask", 0.0))


@pytest.mark.parametrize(
    ("depths", "was_empty"),
    [
        (EMPTY, True),
        ((("a", "bid", 0.0), ("a", "ask", 1.0)), False),
        (EMPTY[:1], False),
        ((), False),
        ((*EMPTY, ("b", "ask", 7.0)), True),
    ],
    ids=["empty", "an ask rests", "one side wasn't scraped", "nothing was", "another shard's gets no orders"],
)
def test_a_book_is_known_to_be_empty_by_its_gauges_alone(depths: Any, *, was_empty: bool) -> None:
    assert _was_empty(recorded(*depths), ("a",)) is was_empty


def test_a_load_without_a_seed_has_no_plan() -> None:
    asked = Asked(case=case(), topology=suite().topology, folder=Path(), seed=None)

    assert asked.plan("r1-a2") is None
