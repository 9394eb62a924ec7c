import math
import random
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.measure.latency import P99, percentile
from lab.measure.rise import rise


def drawn(seed: int, count: int, scale: float = 1.0) -> list[float]:
    source = random.Random(seed)  # noqa: S311 - no secret
    return [scale * source.lognormvariate(0, 0.5) for _ in range(count)]


def test_the_interval_is_that_of_drawing_with_replacement() -> None:
    """The shortcut by order statistics against the bootstrap as it is defined."""
    before, during = drawn(1, 300), drawn(2, 500, scale=1.5)
    source = random.Random(3)  # noqa: S311 - no secret
    ratios = sorted(
        percentile(sorted(source.choices(during, k=500)), P99) / percentile(sorted(source.choices(before, k=300)), P99)
        for _ in range(2000)
    )

    found = rise(before, during)

    assert found.low == pytest.approx(ratios[50], rel=0.1)
    assert found.high == pytest.approx(ratios[1949], rel=0.1)
    assert found.ratio == percentile(sorted(during), P99) / percentile(sorted(before), P99)


@patch("lab.measure.rise.RESAMPLES", 100)  # what holds of few holds of many
@given(st.lists(st.floats(0.1, 100), min_size=5, max_size=50), st.lists(st.floats(0.1, 100), min_size=5, max_size=50))
def test_the_interval_is_ordered_and_the_same_each_time(before: list[float], during: list[float]) -> None:
    found = rise(before, during)

    assert found.low <= found.high
    assert found == rise(before, during)


def test_equal_windows_did_not_rise() -> None:
    found = rise(drawn(1, 2000), drawn(2, 2000))

    assert found.low < 1 < found.high


@pytest.mark.parametrize(
    ("before", "during"),
    [([], [1.0]), ([1.0], []), ([1.0], [math.inf]), ([math.inf], [1.0]), ([math.inf], [math.inf]), ([0.0], [1.0])],
)
def test_what_cannot_be_compared_rose_endlessly(before: list[float], during: list[float]) -> None:
    assert rise(before, during).ratio == math.inf
