"""What must hold of the rule, on executions made as the stand gives them: ten pairs each way."""

from collections.abc import Sequence
from functools import cache

import pytest

from lab.compare import resampling
from lab.compare.comparison import Row, rows
from lab.compare.resampling import ENGINE, P50_, P99_, Drawn
from lab.compare.rule import Word
from lab.compare.stretch import Execution
from tests.lab.compare.simulated import simulated

PAIRS = range(10)
LENGTHS = pytest.mark.parametrize("seconds", [270.0, 26.0], ids=["full", "smoke"])


_DRAWN: dict[tuple[int, int], tuple[Sequence[Execution], dict[str, Drawn]]] = {}
_DRAW = resampling.drawn


@pytest.fixture(autouse=True)
def _each_run_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which takes long, and many pairs have a run in common."""

    def drawn(executions: Sequence[Execution], seed: int) -> dict[str, Drawn]:
        key = (id(executions), seed)
        if key not in _DRAWN:
            _DRAWN[key] = (executions, _DRAW(executions, seed))  # kept, so that no other ones get their identity
        return _DRAWN[key][1]

    monkeypatch.setattr(resampling, "drawn", drawn)


@cache
def run(name: str, seed: int, *, slower: float, seconds: float, times: int) -> list[Execution]:
    return [simulated((name, seed, number), slower=slower, seconds=seconds) for number in range(times)]


def compared(seed: int, *, slower: float = 0.0, seconds: float = 270.0, times: int = 1) -> tuple[Row, ...]:
    before = run("before", seed, slower=0.0, seconds=seconds, times=times)
    return rows(before, run("after", seed, slower=slower, seconds=seconds, times=times))


def worse(found: tuple[Row, ...]) -> set[str]:
    return {row.name for row in found if row.word is Word.WORSE}


@LENGTHS
@pytest.mark.parametrize("seed", PAIRS)
def test_two_equal_runs_name_no_regression(seed: int, seconds: float) -> None:
    assert worse(compared(seed, seconds=seconds)) == set()


@pytest.mark.parametrize(("seconds", "named"), [(270.0, {P50_, P99_, ENGINE}), (26.0, {P50_})], ids=["full", "smoke"])
@pytest.mark.parametrize("seed", PAIRS)
def test_an_engine_slower_by_30_ms_a_match_is_named(seed: int, seconds: float, named: set[str]) -> None:
    """In a full run by the objective's own figures too."""
    assert named <= worse(compared(seed, slower=30.0, seconds=seconds))


@pytest.mark.parametrize("seed", [0, 1])
def test_repetitions_name_what_one_run_leaves_to_noise(seed: int) -> None:
    """Five of each tell how they differ, so nothing has to be assumed of it."""
    slower = 3.5

    assert worse(compared(seed, slower=slower)) == set()
    assert P50_ in worse(compared(seed, slower=slower, times=5))


@pytest.mark.parametrize("seed", [0, 1])
def test_equal_repetitions_name_nothing(seed: int) -> None:
    assert worse(compared(seed, times=5)) == set()


def test_a_run_against_itself_is_the_same_or_noise() -> None:
    one = [simulated("one")]

    assert {row.word for row in rows(one, one)} <= {Word.SAME, Word.NOISE}


def test_faster_is_better_and_no_regression() -> None:
    found = rows([simulated("a", slower=30.0)], [simulated("b")])

    assert worse(found) == set()
    assert P50_ in {row.name for row in found if row.word is Word.BETTER}
