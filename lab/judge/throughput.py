"""Whether a match rate was kept: fills of all shards by the engines' own counters, never by requests."""

from collections.abc import Sequence
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
    least, most = ([ends[side] for ends in measured.matches_between] for side in (0, 1))
    low, high = (_kept(one, measured, bound.minutes) for one in (least, most))
    is_met = low >= bound.per_minute
    status = Status.UNDECIDED if not is_met and high >= bound.per_minute else Status.of(is_met=is_met)
    unit = "minute" if slices(measured.load)[0].seconds == SLICE else "third"
    answer = {Status.MET: "yes", Status.MISSED: "no"}.get(status, "undecided: a minute's edges lie between two scrapes")
    return Bound(
        name="matches",
        kind=Kind.FILLS,
        status=status,
        line=f"matches/min by {unit}: {' '.join(map(number, by_slice))}; {bound.minutes} consecutive >= "
        f"{number(bound.per_minute)}: {answer} (longest {_longest(by_slice, measured, bound.per_minute)})",
        figure=_kept(by_slice, measured, bound.minutes),
        limit=bound.per_minute,
        unit=PER_MINUTE,
        is_more_better=True,
        low=low,
        high=high,
        advice="a longer case, or scrapes at shorter intervals" if status is Status.UNDECIDED else "",
    )


def _longest(by_slice: Sequence[float], measured: CaseMeasurements, least: float) -> int:
    enough = [one >= least and is_full for one, is_full in _full(by_slice, measured)]
    return max((sum(run) for kept, run in groupby(enough) if kept), default=0)


def _kept(by_slice: Sequence[float], measured: CaseMeasurements, minutes: int) -> float:
    """The highest rate that was kept for so many minutes: the bound is met where it is at least the one asked for."""
    rates = [one if is_full else 0.0 for one, is_full in _full(by_slice, measured)]
    return max((min(rates[first : first + minutes]) for first in range(len(rates) - minutes + 1)), default=0.0)


def _full(by_slice: Sequence[float], measured: CaseMeasurements) -> list[tuple[float, bool]]:
    """Each slice's rate, and whether it is a whole one."""
    cut = slices(measured.load)
    return [(value, one.seconds >= FULL * cut[0].seconds) for one, value in zip(cut, by_slice, strict=False)]
