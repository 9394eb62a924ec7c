"""Whether a match rate was kept: fills of all shards by the engines' own counters, never by requests."""

from itertools import groupby

from lab.experiment.slo import MatchesSettings
from lab.judging.bound import Bound, rates
from lab.measure.measurements import CaseMeasurements
from lab.measure.windows import SLICE, slices

FULL = 0.99
"""Of a minute: the shorter rest of a load is no minute in which a rate was kept."""


def matches_kept(bound: MatchesSettings, measured: CaseMeasurements) -> Bound:
    """The longest run of minutes with that rate against the run that is asked; of a short load its thirds."""
    by_slice = measured.matches_per_minute
    kept = _longest(by_slice, measured, bound.per_minute)
    is_met = kept >= bound.minutes
    unit = "minute" if slices(measured.load)[0].seconds == SLICE else "third"
    return Bound(
        name="matches",
        is_met=is_met,
        line=f"matches/min by {unit}: {rates(by_slice)}; {bound.minutes} consecutive >= {bound.per_minute:,}: "
        f"{'yes' if is_met else 'no'} (longest {kept})",
    )


def _longest(by_slice: tuple[float, ...], measured: CaseMeasurements, least: float) -> int:
    cut = slices(measured.load)
    enough = [rate >= least and one.seconds >= FULL * cut[0].seconds for one, rate in zip(cut, by_slice, strict=False)]
    return max((sum(run) for kept, run in groupby(enough) if kept), default=0)
