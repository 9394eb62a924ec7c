from typing import Any

import pytest

from lab.core import causes
from lab.core.errors import ToolError
from lab.measure.counters import Series
from lab.measure.metrics import HANDLERS, Selector
from lab.run import books
from lab.run.books import Books, Emptied
from lab.settings.topology import Shard, Topology
from tests.lab.caused import by
from tests.lab.runtimes import Silent
from tests.lab.served import served

SHARDS = (Shard(id="a", symbols=("A",)), Shard(id="b", symbols=("B",)))
MULTI = Topology(name="multi", shards=SHARDS)


class Engines:
    """The engines of two shards, of which each restart makes new ones."""

    def __init__(self) -> None:
        self.generation = 1

    def restart(self) -> dict[str, str]:
        self.generation += 1
        return {f"me-shard-{shard}-{self.generation}": f"agent-{shard}" for shard in "ab"}


class Scrapes(Silent):
    """What was scraped: `up` and the depth of each pod."""

    def __init__(self, depths: dict[str, float], *, ups: dict[str, float] | None = None) -> None:
        every = {f"me-shard-{shard}-{number}": 1.0 for shard in "ab" for number in range(2, 5)}
        self._found = {"me_orderbook_depth": depths, str(HANDLERS): every if ups is None else ups}

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        return tuple(
            Series(labels={"pod": name, "side": "ask"}, points=((0.0, value),))
            for name, value in self._found[str(wanted)].items()
        )


def emptied(
    monkeypatch: pytest.MonkeyPatch,
    *,
    scrapes: Scrapes | None = None,
    answers: dict[str, tuple[int, Any]] | None = None,
) -> tuple[Emptied, list[str]]:
    """Empty the books of two shards behind a gateway; what was asked of it."""
    monkeypatch.setattr(books, "SEEN", 0.0)
    with served(answers or {"/seed/a": (200, {"seeded": 0}), "/seed/b": (200, {"seeded": 0})}) as gateway:
        found = Books(Engines().restart, scrapes or Scrapes({}), MULTI, entry=gateway.url).empty()
    return found, [path for path, *_ in gateway.asked]


def test_every_shard_gets_a_new_engine_which_is_reached_where_its_orders_are(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked = emptied(monkeypatch)

    assert found.pods == {"me-shard-a-2": "agent-a", "me-shard-b-2": "agent-b"}
    assert asked == ["/seed/a", "/seed/b"]
    took = str(Emptied(restart=3.14, seconds=9.06, pods={}))
    assert took == "the shards restarted in 3.14 s, their books are empty after 9.06 s"


def test_fails_when_each_new_engine_has_orders_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """It replays its write-ahead log, say."""
    resting = {f"me-shard-b-{number}": 4213.0 for number in range(2, 5)}

    with pytest.raises(
        ToolError,
        match=r"the book of me-shard-b-4 holds 4,213 orders \(ask\) after 3 restarts",
        check=by(causes.BOOKS_NOT_CLEAN),
    ):
        emptied(monkeypatch, scrapes=Scrapes(resting))


@pytest.mark.parametrize(
    ("depths", "generation"), [({"me-shard-a-2": 43.0}, 3), ({"me-shard-a-1": 900.0}, 2)], ids=["new", "old"]
)
def test_orders_that_an_overloaded_entry_delivers_late_are_restarted_away(
    monkeypatch: pytest.MonkeyPatch, depths: dict[str, float], generation: int
) -> None:
    """What rested in an old engine's book doesn't count; its last value may be known for a while."""
    found, _ = emptied(monkeypatch, scrapes=Scrapes(depths))

    assert found.pods == {f"me-shard-{shard}-{generation}": f"agent-{shard}" for shard in "ab"}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"/seed/a": (200, {}), "/seed/b": (502, {"error": "Shard unavailable: b"})}, r"/seed/b answers 502 0 s after"),
        ({"/seed/a": (504, {})}, r"/seed/a answers 504"),
    ],
)
def test_fails_when_the_gateway_does_not_reach_a_new_engine(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, tuple[int, Any]], message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        emptied(monkeypatch, answers=answers)


def test_fails_when_a_new_engine_is_not_scraped(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolError, match="me-shard-b-2 is not scraped"):
        emptied(monkeypatch, scrapes=Scrapes({}, ups={"me-shard-a-2": 1.0, "me-shard-b-2": 0.0}))


def test_an_engine_that_cannot_be_replaced_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(_engines: Engines) -> dict[str, str]:
        raise ToolError("pod me-shard-a-1 has not ended")

    monkeypatch.setattr(Engines, "restart", stuck)

    with pytest.raises(ToolError, match="has not ended"):
        emptied(monkeypatch)
