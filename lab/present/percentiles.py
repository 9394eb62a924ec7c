"""The distribution of a case's latency at the client: its percentiles up to p99.9, and the slowest order."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from lab.core.figures import count, ms
from lab.measure.latency import percentile
from lab.measure.samples import Order
from lab.present.case_document import CaseReport, Percentile
from lab.present.figure import Figure, Table, large
from lab.present.plot import Limit, Line, Plot, Tip, axis_ms

SHARES = tuple(1 - Fraction(10) ** -whole * step for whole in range(3) for step in map(Fraction, ("1", "0.5", "0.2")))[
    1:
]
"""From the half to 99.8 %, three a decade of those that are slower."""
NAMED = {Fraction(1, 2): "p50", Fraction(9, 10): "p90", Fraction(99, 100): "p99", Fraction(999, 1000): "p99.9"}
FULL = Fraction(1)


def percentiles(orders: Iterable[Order]) -> tuple[Percentile, ...]:
    """The percentiles that the plot shows, those that so many orders have, and the slowest order as 100 %.

    A percentile needs an order beyond it: p99.9 needs 1,000 orders.
    """
    values = sorted(order.judged_latency for order in orders)
    shares = [share for share in (*SHARES, Fraction(999, 1000)) if len(values) * (1 - share) >= 1]
    return tuple(Percentile(share=float(share), latency=percentile(values, share)) for share in (*shares, FULL))


def plot(case: CaseReport) -> Figure | None:
    """The percentiles on an axis on which each decade of slower orders is as wide as the one before; None of none."""
    if case.figures is None or not case.figures.orders or not case.percentiles:
        return None
    orders, places = case.figures.orders, _places(case.percentiles)
    limit = case.settings.slo.p99_ms if case.settings else None
    names = {place: _name(one.share) for place, one in zip(places, case.percentiles, strict=True)}
    drawn = Plot(
        title=f"{case.case}: Percentiles of latency at the client",
        description="; ".join(f"{_name(one.share)} {ms(one.latency)}" for one in case.percentiles),
        seconds=places[-1],
        lines=(
            Line(
                label="",
                points=tuple(zip(places, (one.latency for one in case.percentiles), strict=True)),
                style="p99",
            ),
        ),
        limits=() if limit is None else (Limit(label=f"SLO {ms(limit)} at p99", value=limit),),
        tips=tuple(_tips(places, case.percentiles)),
        ticks=tuple((place, name) for place, name in names.items() if name in (*NAMED.values(), "max")),
        may_be_log=True,
        format=axis_ms,
    )
    rows = tuple((_name(one.share), ms(one.latency)) for one in case.percentiles)
    caption = (
        f"All {count(orders)} orders after the warm-up, from when each was due to its answer; exact, by nearest rank. "
        "Each step to the right is a rarer, slower order; the limit holds at p99."
    )
    return large(drawn, caption, Table(head=("percentile", "latency"), rows=rows))


def _places(some: Sequence[Percentile]) -> tuple[float, ...]:
    """Where each is on the axis: decades of what is slower; the slowest order a third of one after the last."""
    known = [-math.log10(1 - one.share) for one in some[:-1]]
    return (*known, (known[-1] if known else 0.0) + 1 / 3)


def _tips(places: Sequence[float], some: Sequence[Percentile]) -> Iterable[Tip]:
    for at, (place, one) in enumerate(zip(places, some, strict=True)):
        before = (places[at - 1] + place) / 2 if at else place
        after = (place + places[at + 1]) / 2 if at + 1 < len(places) else place
        yield Tip(start=before, end=after, text=f"{_name(one.share)}  {ms(one.latency)}")


def _name(share: float) -> str:
    return "max" if share == 1 else f"p{share * 100:.6g}"
