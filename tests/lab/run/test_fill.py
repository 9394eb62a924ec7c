"""The fill that each shard is asked for before anything is loaded: what is sent, and what refuses the load."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lab.core.causes import FILL_UNSEEN
from lab.core.errors import ToolError
from lab.measure.counters import Series
from lab.measure.metrics import Selector
from lab.run import fill
from tests.lab.caused import by
from tests.lab.runtimes import Silent
from tests.lab.served import Served, served
from tests.lab.sites import MULTI, SINGLE

ACCEPTED = (200, {"status": "ACCEPTED"})
SEEDED = (200, {"seeded": 1})


class Counted(Silent):
    """Matches by pod, which begins with its shard, at one look after another; the last one stays."""

    def __init__(self, *readings: Mapping[str, float]) -> None:
        self._readings = list(readings)

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        assert str(wanted) == "me_matches_total"
        found = self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]
        return tuple(
            Series(labels={"shard": pod[0], "pod": pod}, points=((0.0, value),)) for pod, value in found.items()
        )


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "SHOWN", 0.05)
    monkeypatch.setattr(fill, "PAUSE", 0.01)


@pytest.fixture
def entry() -> Iterator[Served]:
    with served({"/orders": ACCEPTED, "/seed": SEEDED, **{f"/seed/{one}": SEEDED for one in "abc"}}) as state:
        yield state


def test_a_fill_is_a_sell_below_the_market_and_the_buy_that_takes_it(entry: Served) -> None:
    assert fill.send(entry.url, SINGLE, SINGLE.shards[0]) == ""

    (seed, _, seeded, _), (path, _, buy, _) = entry.asked
    (sell,) = seeded["orders"]
    assert (seed, path) == ("/seed", "/orders")
    assert (sell["side"], buy["side"]) == ("SELL", "BUY")
    assert sell["symbol"] == buy["symbol"] == "TEST-ASSET-A"
    assert (sell["price"], sell["quantity"]) == (buy["price"], buy["quantity"]) == (1, 1)
    assert sell["orderId"] != buy["orderId"]


def test_behind_the_gateway_a_shard_is_seeded_by_its_id(entry: Served) -> None:
    assert fill.send(entry.url, MULTI, MULTI.shards[1]) == ""

    assert [path for path, *_ in entry.asked] == ["/seed/b", "/orders"]
    assert entry.asked[1][2]["symbol"] == "TEST-ASSET-E"


@pytest.mark.parametrize(
    ("refusing", "answer", "said", "asked"),
    [
        ("/seed", (502, {"error": "x"}), 'the SELL to shard a was not taken: HTTP 502 {"error": "x"}', 1),
        ("/orders", (503, {"x": 1}), 'the BUY to shard a was not accepted: HTTP 503 {"x": 1}', 2),
    ],
)
def test_a_refused_order_is_told_and_no_buy_is_sent_when_the_sell_does_not_rest(
    entry: Served, refusing: str, answer: Any, said: str, asked: int
) -> None:
    """It could take another's order."""
    entry.answers[refusing] = answer

    assert fill.send(entry.url, SINGLE, SINGLE.shards[0]) == said
    assert len(entry.asked) == asked


def test_the_load_may_begin_once_the_metrics_show_a_fill_of_each_shard(entry: Served) -> None:
    """Shard b has had none before, so its counter is new."""
    seen = Counted({"a": 5, "c": 0}, {"a": 5, "c": 1}, {"a": 6, "b": 1, "c": 1})

    assert fill.require(seen, entry.url, MULTI).startswith("each shard filled an order and was seen to (")
    assert [path for path, *_ in entry.asked] == ["/seed/a", "/orders", "/seed/b", "/orders", "/seed/c", "/orders"]


def test_a_fill_of_an_engine_that_has_just_begun_is_seen_beside_what_its_predecessor_had(entry: Served) -> None:
    seen = Counted({"a-old": 500}, {"a-old": 500}, {"a-new": 1})

    assert fill.require(seen, entry.url, SINGLE).startswith("each shard filled an order")


def test_a_fill_that_the_metrics_do_not_show_refuses_the_load(entry: Served) -> None:
    with pytest.raises(
        ToolError, match=r"shard b, c did not rise within .* nothing was loaded; run", check=by(FILL_UNSEEN)
    ):
        fill.require(Counted({"a": 5, "b": 2}, {"a": 6, "b": 2}), entry.url, MULTI)


def test_a_shard_that_takes_no_order_refuses_the_load(entry: Served) -> None:
    entry.answers["/orders"] = (503, {"status": "REJECTED"})

    with pytest.raises(ToolError, match=r"the BUY to shard a was not accepted: HTTP 503 .*; nothing was loaded"):
        fill.require(Counted({}), entry.url, SINGLE)
