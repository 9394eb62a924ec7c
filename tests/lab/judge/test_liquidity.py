import random
from collections import deque
from dataclasses import replace
from typing import Any

import pytest

from lab.core.windows import slices
from lab.judge.bound import Kind
from lab.judge.reason import Direction
from lab.judge.validity import reasons_of
from lab.measure.measurements import CaseMeasurements
from lab.settings.case_settings import BookSettings
from lab.settings.suites import Case
from tests.lab.made import case, measured, shards, suite


class Book:
    """The SELL side of one symbol with drawn quantities, enough of it to count fills."""

    def __init__(self, orders: int, levels: int, source: random.Random) -> None:
        self._source = source
        self._levels = [deque(self._quantity() for _ in range(orders // levels)) for _ in range(levels)]

    def _quantity(self) -> int:
        return self._source.randint(10, 199)

    def take(self) -> int:
        """The fills of one order of the contract's mix."""
        if self._source.random() >= 0.6:
            return 0
        wanted, reach, fills = self._quantity(), self._source.randrange(100), 0
        for level in self._levels[: reach + 1]:
            while level and wanted:
                filled = min(wanted, level[0])
                wanted, fills = wanted - filled, fills + 1
                level[0] -= filled
                if not level[0]:
                    level.popleft()
        return fills

    def __len__(self) -> int:
        return sum(map(len, self._levels))


def traded(name: str, seed: tuple[int, int], profile: Any = "full", source_seed: int = 1) -> CaseMeasurements:
    """A case whose every order was matched against books of so many orders over so many levels."""
    source, one = random.Random(source_seed), case(name, profile)  # noqa: S311 - no secret
    good = measured(name, profile=profile)
    owners = {symbol: shard.id for shard in suite(name).topology.shards for symbol in shard.symbols}
    books = {symbol: Book(*seed, source) for symbol in owners}
    orders = {shard.shard: [0.0] * len(slices(good.load)) for shard in good.shards}
    matches = {shard: list(minutes) for shard, minutes in orders.items()}
    for number, minute in enumerate(slices(good.load)):
        for _ in range(round(minute.seconds * rate_at(one, minute.start + minute.seconds * 500, good) / 60)):
            symbol = drawn(one, list(owners), source)
            orders[owners[symbol]][number] += 60 / minute.seconds
            matches[owners[symbol]][number] += books[symbol].take() * 60 / minute.seconds
    asks = {shard: sum(len(books[symbol]) for symbol in owners if owners[symbol] == shard) for shard in orders}
    return replace(
        good,
        shards=tuple(
            replace(
                shard,
                orders_per_minute=tuple(orders[shard.shard]),
                matches_per_minute=tuple(matches[shard.shard]),
                least_asks=float(asks[shard.shard]),
            )
            for shard in good.shards
        ),
    )


def rate_at(one: Case, instant: float, good: CaseMeasurements) -> float:
    """Orders a minute at an instant: of a ramp by its straight lines."""
    left, before = (instant - good.load.start) / 1000, one.settings.rate
    for stage in one.settings.stages:
        if left <= stage.for_:
            return before + (stage.rate - before) * left / stage.for_
        left, before = left - stage.for_, stage.rate
    return before


def drawn(one: Case, symbols: list[str], source: random.Random) -> str:
    hot = one.settings.hot
    if hot is None:
        return source.choice(symbols)
    return (
        hot.symbol if source.random() < hot.share else source.choice([name for name in symbols if name != hot.symbol])
    )


def test_the_specs_seed_of_500_orders_makes_the_peak_invalid() -> None:
    """Its matches fall to nothing whatever the engine does: that is no FAIL of the engine's, and no PASS."""
    dry = traded("b2", (500, 50))

    (reason, *_) = reasons_of(case("b2"), dry)

    assert dry.matches_per_minute[0] > 4750
    assert dry.matches_per_minute[4] < 500
    assert (Direction.DARKENS, Kind.FILLS) in reason.bends
    assert reason.line.startswith("the book of me-shard-a ran dry: ")
    assert reason.line.endswith("seed more in loadtests/test-asr2-b2-peak-sustained.js")


@pytest.mark.parametrize("profile", ["full", "smoke"])
@pytest.mark.parametrize("name", ["b2", "b3", "b4"])
@pytest.mark.parametrize("source_seed", [1, 2])
def test_a_book_that_holds_is_valid_under_a_peak_a_ramp_and_a_hot_symbol(
    name: str, profile: Any, source_seed: int
) -> None:
    """Few orders a minute on a cold shard, and few at a ramp's foot, make matches an order vary."""
    healthy = traded(name, (40_000, 1), profile, source_seed)

    assert reasons_of(case(name, profile), healthy) == ()


@pytest.mark.parametrize(("lowest", "is_told"), [(1010.0, False), (990.0, True)])
def test_half_of_the_best_minutes_matches_an_order_are_enough(lowest: float, *, is_told: bool) -> None:
    a, b, c = shards("b2")
    low = replace(b, matches_per_minute=(2000.0, 2000.0, lowest, 2000.0, 2000.0))

    found = reasons_of(case("b2"), measured("b2", shards=(a, low, c)))

    assert bool(found) is is_told
    assert not any(reason.bends for reason in found)


def test_fills_that_stop_while_orders_rest_are_the_engines_doing_and_not_a_dry_book() -> None:
    stopped = shards("a4")[0]
    hung = replace(stopped, matches_per_minute=(1200.0, 0.0, 0.0, 2400.0, *stopped.matches_per_minute[4:]))
    (reason,) = reasons_of(case("a4"), measured("a4", shards=(hung,)))

    assert "ran dry" not in reason.line
    assert not reason.bends


def test_too_few_orders_say_nothing_of_a_book() -> None:
    quiet = tuple(
        replace(shard, orders_per_minute=(99.0,) * 5, matches_per_minute=(120.0, 30.0, 120.0, 120.0, 120.0))
        for shard in shards("b4")
    )

    assert reasons_of(case("b4"), measured("b4", shards=quiet)) == ()


def test_shards_that_get_no_orders_have_no_book_to_run_dry() -> None:
    assert measured("b1").shards[1].least_asks == 0
    assert reasons_of(case("b1"), measured("b1")) == ()


def deep(name: str, **changes: Any) -> str:
    (only,) = shards(name)
    found = reasons_of(case(name), measured(name, shards=(replace(only, **changes),)))
    return "; ".join(reason.line for reason in found)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            deep("a3-100", first_asks=4213.0),
            "held 4,213 SELL orders at the start, 400 asked (limit ±10 %); make cases.",
        ),
        (deep("a3-1000", first_asks=3500.0), "held 3,500 SELL orders at the start, 4,000 asked"),
        (deep("a3-10000", least_asks=35_000.0), "fell to 35,000 SELL orders, 40,000 asked (limit -10 %)"),
        (deep("a3-100", first_asks=None, least_asks=None), "was not scraped during the load, 400 SELL orders asked"),
        (deep("a3-100", first_asks=0.0, least_asks=0.0), "ran dry: no SELL order rested"),
    ],
)
def test_a_case_about_a_depth_is_invalid_at_another(found: str, said: str) -> None:
    assert said in found


def test_a_depth_within_its_tolerance_is_valid() -> None:
    assert deep("a3-100", first_asks=439.0, least_asks=361.0) == ""


def test_a_drawn_book_may_have_been_taken_from_but_not_hold_more() -> None:
    book = BookSettings(orders=500, levels=50, sized=False)
    drawn_book = replace(case("b2"), settings=case("b2").settings.model_copy(update={"book": book}))

    def held(asks: float) -> CaseMeasurements:
        return measured("b2", shards=tuple(replace(shard, first_asks=asks, least_asks=9.0) for shard in shards("b2")))

    assert reasons_of(drawn_book, held(1500)) == ()
    assert len(reasons_of(drawn_book, held(2300))) == 3
