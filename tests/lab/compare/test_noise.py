"""What must hold of the rule, on executions made as the stand gives them: ten pairs of equals, five that differ."""

import pytest

from lab.compare.comparison import Row, rows
from lab.compare.resampling import CLIENT_P50, CLIENT_P99, ENGINE_P99
from lab.compare.rule import Assessment
from tests.lab.compare.simulated import simulated

FULL, SMOKE = 270.0, 26.0


def compared(seed: int, *, slower: float = 0.0, seconds: float = FULL, times: int = 1) -> tuple[Row, ...]:
    before, after = (
        [simulated((name, seed, number), slower=by, seconds=seconds) for number in range(times)]
        for name, by in (("before", 0.0), ("after", slower))
    )
    return rows(before, after)


def worse(found: tuple[Row, ...]) -> set[str]:
    return {row.name for row in found if row.assessment is Assessment.WORSE}


@pytest.mark.parametrize("seconds", [FULL, SMOKE], ids=["full", "smoke"])
@pytest.mark.parametrize("seed", range(10))
def test_two_equal_runs_name_no_regression(seed: int, seconds: float) -> None:
    assert worse(compared(seed, seconds=seconds)) == set()


@pytest.mark.parametrize(
    ("seconds", "named"),
    [(FULL, {CLIENT_P50, CLIENT_P99, ENGINE_P99}), (SMOKE, {CLIENT_P50})],
    ids=["full", "smoke"],
)
@pytest.mark.parametrize("seed", range(5))
def test_an_engine_slower_by_30_ms_a_match_is_named(seed: int, seconds: float, named: set[str]) -> None:
    """In a full run by the objective's own figures too."""
    assert named <= worse(compared(seed, slower=30.0, seconds=seconds))


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("seed", [0, 1])
def test_repetitions_name_what_one_run_leaves_to_noise(seed: int) -> None:
    """Five of each tell how they differ, so nothing has to be assumed of it."""
    assert worse(compared(seed, slower=3.5)) == set()
    assert CLIENT_P50 in worse(compared(seed, slower=3.5, times=5))


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("seed", [0, 1])
def test_equal_repetitions_name_nothing(seed: int) -> None:
    assert worse(compared(seed, times=5)) == set()


def test_a_run_against_itself_is_the_same_or_noise() -> None:
    one = [simulated("one")]

    assert {row.assessment for row in rows(one, one)} <= {Assessment.SAME, Assessment.NOISE}


def test_faster_is_better_and_no_regression() -> None:
    found = rows([simulated("a", slower=30.0)], [simulated("b")])

    assert worse(found) == set()
    assert CLIENT_P50 in {row.name for row in found if row.assessment is Assessment.BETTER}
