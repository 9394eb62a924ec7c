"""Whether the match rate grows with the shards: that of all of them against that of fewer."""

from collections.abc import Mapping

from lab.core.figures import PER_MINUTE, TIMES, number, ratio
from lab.judge.bound import Bound, Kind, Status, no_reference
from lab.measure.measurements import CaseMeasurements
from lab.settings.slo import ScalingSettings

NEAR = 0.1
"""Growth this near to the load's own (a share of it) says that the load was the limit, not the engines."""


def scaled(bound: ScalingSettings, measured: CaseMeasurements, others: Mapping[str, CaseMeasurements]) -> Bound:
    """throughput(N) against efficiency * N / M * throughput(M), each at its case's highest constant rate."""
    base = others.get(bound.baseline)
    if base is None:
        return no_reference("scaling", Kind.FILLS, bound.baseline)
    many, few = len(measured.loaded), len(base.loaded)
    wanted, asked = bound.efficiency * many / few, measured.peak_rate / base.peak_rate
    if base.throughput <= 0 or asked < wanted:
        return _cannot(bound, base, asked, wanted)
    grown = measured.throughput / base.throughput
    return Bound(
        name="scaling",
        kind=Kind.FILLS,
        status=Status.of(is_met=measured.throughput >= wanted * base.throughput),
        line=f"throughput({many}) = {number(measured.throughput, PER_MINUTE)}, {ratio(grown, limit=wanted)} times "
        f"throughput({few}) = {number(base.throughput)} of {bound.baseline} "
        f"(at least {ratio(wanted)} = {ratio(bound.efficiency)} * {many}/{few})" + _limited(grown, asked),
        figure=grown,
        limit=wanted,
        unit=TIMES,
        is_more_better=True,
    )


def _limited(grown: float, asked: float) -> str:
    if abs(grown - asked) > NEAR * asked:
        return f"; the load asked for {ratio(asked)} times as much"
    return (
        f"; the load asked for {ratio(asked)} times as much, so it was the limit, not the engines: "
        "how far they go is what './invokew capacity' measures"
    )


def _cannot(bound: ScalingSettings, base: CaseMeasurements, asked: float, wanted: float) -> Bound:
    why = (
        f"scaling: {bound.baseline} had no match to compare with; look at its book"
        if base.throughput <= 0
        else f"scaling: the load is {ratio(asked)} times that of {bound.baseline} and can't show {ratio(wanted)} times "
        "its matches; raise the highest rate"
    )
    return Bound(name="scaling", kind=Kind.FILLS, status=Status.UNMEASURED, line=why)
