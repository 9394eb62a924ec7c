"""Whether a match rate was kept: fills of all shards by the engines' own counters, never by requests."""

from itertools import groupby

from lab.core.figures import PER_MINUTE, number
from lab.core.windows import SLICE, slices
from lab.judge.bound import Bound, Kind, Status
from lab.measure.measurements import CaseMeasurements
from lab.settings.slo import MatchesSettings

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
        kind=Kind.FILLS,
        status=Status.of(is_met=is_met),
        line=f"matches/min by {unit}: {' '.join(map(number, by_slice))}; {bound.minutes} consecutive >= "
        f"{number(bound.per_minute)}: "
        f"{'yes' if is_met else 'no'} (longest {kept})",
        figure=_kept(measured, bound.minutes),
        limit=bound.per_minute,
        unit=PER_MINUTE,
        is_more_better=True,
    )


def _longest(by_slice: tuple[float, ...], measured: CaseMeasurements, least: float) -> int:
    enough = [one >= least and is_full for one, is_full in _full(by_slice, measured)]
    return max((sum(run) for kept, run in groupby(enough) if kept), default=0)


def _kept(measured: CaseMeasurements, minutes: int) -> float:
    """The highest rate that was kept for so many minutes: the bound is met where it is at least the one asked for."""
    rates = [one if is_full else 0.0 for one, is_full in _full(measured.matches_per_minute, measured)]
    return max((min(rates[first : first + minutes]) for first in range(len(rates) - minutes + 1)), default=0.0)


def _full(by_slice: tuple[float, ...], measured: CaseMeasurements) -> list[tuple[float, bool]]:
    """Each slice's rate, and whether it is a whole one."""
    cut = slices(measured.load)
    return [(value, one.seconds >= FULL * cut[0].seconds) for one, value in zip(cut, by_slice, strict=False)]
