"""Fewer resamples, for claims that don't rest on their number; and a comparison for all that look at its page."""

import pytest

from lab.compare import comparison, resampling
from lab.compare.comparison import Comparison
from tests.lab.compare.runs import run_in
from tests.lab.present.made_run import MadeCase

LONG = "word" * 60
FEW = 100
"""Resamples: 1,000 take a quarter of a second a comparison. `test_noise.py` holds what rests on their number."""


@pytest.fixture
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """For runs that are so alike, or so different, that a hundred resamples say what a thousand do."""
    monkeypatch.setattr(resampling, "RESAMPLES", FEW)


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A case that is worse, one that isn't, one that is INVALID, and a machine with an overlong name."""
    runs = tmp_path_factory.mktemp("runs")
    outage = MadeCase(name="a4", has_outage=True, seconds=120)
    invalid = MadeCase(name="a3", verdict="INVALID", reasons=(LONG,))
    with pytest.MonkeyPatch.context() as few:
        few.setattr(resampling, "RESAMPLES", FEW)
        return comparison.compare(
            run_in(runs, "20261122T180000Z-asr1-single", MadeCase(), outage, MadeCase(name="a3")),
            run_in(runs, "20261122T190000Z-asr1-single", MadeCase(slow=40), outage, invalid, processor=LONG),
        )
