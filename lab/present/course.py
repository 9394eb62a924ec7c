"""The course of a case over time: its client's latency and its engines' matches, of all shards and of each."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from lab.core.figures import count, ms, number, seconds, span
from lab.core.windows import STAGE
from lab.measure.stretches import Stretch
from lab.present.case_document import CaseReport, Slot
from lab.present.case_tables import p999, percentile
from lab.present.figure import THIRD, Figure, Table, large, small
from lab.present.plot import Band, Limit, Line, Plot, Tip, axis_ms

PERCENTILES = ("p50", "p95", "p99")
"""Slots' fields, which are also the lines' labels and CSS classes."""
SECONDS_A_MINUTE = 60
MOST_SHARDS = 12
"""That are drawn: a topology may have 1,000; the table and report.json have them all."""


def latency(case: CaseReport) -> Figure | None:
    """Percentiles at the client over time."""
    plot = _plot(
        case,
        title=f"{case.case}: Latency at the client over time",
        lines=tuple(Line(label=name, points=_points(case.slots, name), style=name) for name in PERCENTILES),
        limits=_slo(case),
        told=_latency_told,
    )
    if not plot:
        return None
    plot = _with_worst(plot, case)
    length = seconds(case.slots[0].end - case.slots[0].start)
    mean = count(sum(slot.orders for slot in case.slots) / len(case.slots))
    caption = (
        f"Each point is exact: a percentile (nearest rank) of all orders due in {length}, about {mean} of them; "
        "nothing is averaged. An order that failed counts as infinitely slow (▲)."
        f"{_worst_told(case)}"
    )
    return large(plot, caption, latency_table(case.slots))


def _with_worst(plot: Plot, case: CaseReport) -> Plot:
    """The plot with the worst stretch: a bar as long as it, at its p99."""
    if (worst := _worst(case)) is None:
        return plot
    ends = tuple((case.since(instant), worst.p99) for instant in (worst.start, worst.end))
    return replace(
        plot,
        lines=(*plot.lines, Line(label="", points=ends, style="worst")),
        description=f"{plot.description};{_worst_told(case)}",
    )


def _worst(case: CaseReport) -> Stretch | None:
    return case.measured.worst if case.measured else None


def _worst_told(case: CaseReport) -> str:
    if (worst := _worst(case)) is None:
        return ""
    told = f"p99 {percentile(worst.p99, worst.orders)} of {number(worst.orders)} orders"
    return f" The bar is the worst stretch: {told}, {span(case.since(worst.start), case.since(worst.end))}."


def matches(case: CaseReport) -> Figure | None:
    """Fills a minute over time, beside the orders sent."""
    bound = case.settings.slo.matches if case.settings else None
    limit = bound.per_minute if bound else None
    sent = tuple((_middle(slot), _a_minute(slot)) for slot in case.slots if slot.orders)
    plot = _plot(
        case,
        title=f"{case.case}: Matches and orders a minute over time",
        lines=(
            Line(label="orders", points=sent, style="second"),
            Line(label="matches", points=tuple((_middle(slot), slot.matches) for slot in case.slots), style="p99"),
        ),
        limits=() if limit is None else (Limit(label=f"SLO {number(limit)} a minute", value=limit),),
        told=_matches_told,
        of_latency=False,
    )
    if not plot or all(slot.matches is None for slot in case.slots):
        return None
    rows = tuple((span(slot.start, slot.end), number(_a_minute(slot)), number(slot.matches)) for slot in case.slots)
    caption = "Matches: the rise of the engines' own counters, all shards together. Orders: as k6 sent them."
    return large(plot, caption, Table(head=("time", "orders/min", "matches/min"), rows=rows))


def by_shard(case: CaseReport) -> list[Figure]:
    """Each shard's p99 and matches on axes that reach equally far, so that they can be compared; none for one shard."""
    if len(case.shards) < 2:  # noqa: PLR2004 - there is nothing to compare
        return []
    some = {shard.shard: case.shard_slots[shard.shard] for shard in case.shards[:MOST_SHARDS]}
    all_slots = [slot for slots in some.values() for slot in slots]
    slowest = max((slot.p99 for slot in all_slots if math.isfinite(slot.p99)), default=None)
    fastest = max((slot.matches for slot in all_slots if slot.matches is not None), default=None)
    found = [_shard_latency(case, shard, slots, slowest) for shard, slots in some.items()]
    found += [_shard_matches(case, shard, slots, fastest) for shard, slots in some.items()]
    return [one for one in found if one]


def latency_table(slots: Sequence[Slot]) -> Table:
    """Percentiles of slots."""
    return Table(
        head=("time", "orders", "failed", "p50", "p95", "p99", "p99.9", "max"),
        rows=tuple(
            (
                span(slot.start, slot.end),
                number(slot.orders),
                number(slot.errors),
                *(percentile(value, slot.orders) for value in (slot.p50, slot.p95, slot.p99)),
                p999(slot),
                percentile(slot.max, slot.orders),
            )
            for slot in slots
        ),
    )


def bands(case: CaseReport) -> tuple[Band, ...]:
    """What is shaded: the warm-up, and the outage with the stretch in which the broker was surely away."""
    found = [Band(label="warm-up", start=0.0, end=case.warmup, style="warmup")] if case.warmup else []
    if (outage := case.outage) is not None:
        found.append(Band(label="broker away", start=outage.began, end=outage.over, style="fault"))
        found.append(Band(label="", start=outage.in_force, end=outage.ending, style="fault"))
    return tuple(found)


def _shard_latency(case: CaseReport, shard: str, slots: Sequence[Slot], most: float | None) -> Figure | None:
    lines = (Line(label="", points=_points(slots, "p99"), style="p99"),)
    title = f"{case.case}: Shard {shard}, p99 at the client"
    plot = _plot(case, title=title, lines=lines, limits=_slo(case), told=_latency_told, slots=slots, most=most)
    return small(plot, THIRD, latency_table(slots)) if plot else None


def _shard_matches(case: CaseReport, shard: str, slots: Sequence[Slot], most: float | None) -> Figure | None:
    points = tuple((_middle(slot), slot.matches) for slot in slots)
    title = f"{case.case}: Shard {shard}, matches a minute"
    plot = _plot(
        case,
        title=title,
        lines=(Line(label="", points=points, style="p99"),),
        told=_matches_told,
        slots=slots,
        most=most,
        of_latency=False,
    )
    rows = tuple((span(slot.start, slot.end), number(slot.matches)) for slot in slots)
    return small(plot, THIRD, Table(head=("time", "matches/min"), rows=rows)) if plot else None


def _plot(  # noqa: PLR0913 - private
    case: CaseReport,
    *,
    title: str,
    lines: tuple[Line, ...],
    told: Callable[[Slot], str],
    limits: tuple[Limit, ...] = (),
    slots: Sequence[Slot] | None = None,
    most: float | None = None,
    of_latency: bool = True,
) -> Plot:
    some = case.slots if slots is None else slots
    stages = tuple((window.start, window.name) for window in case.windows if window.name.startswith(STAGE))
    return Plot(
        title=title,
        description=_description(case, lines, limits, of_latency=of_latency),
        seconds=case.duration or 0.0,
        lines=lines,
        limits=limits,
        bands=bands(case),
        marks=stages[1:],
        tips=tuple(Tip(start=slot.start, end=slot.end, text=told(slot)) for slot in some),
        may_be_log=of_latency,
        most=most,
        format=axis_ms if of_latency else number,
    )


def _description(case: CaseReport, lines: Sequence[Line], limits: Sequence[Limit], *, of_latency: bool) -> str:
    """What the plot shows, for those who don't see it."""
    write = ms if of_latency else number
    parts = []
    for line in lines:
        known = [value for _, value in line.points if value is not None and math.isfinite(value)]
        if known:
            parts.append(f"{line.label or 'values'} from {write(min(known))} to {write(max(known))}")
    parts += [limit.label for limit in limits]
    parts += [f"{band.label} from {span(band.start, band.end)}" for band in bands(case) if band.label]
    return "; ".join(parts)


def _slo(case: CaseReport) -> tuple[Limit, ...]:
    limit = case.settings.slo.p99_ms if case.settings else None
    return () if limit is None else (Limit(label=f"SLO {ms(limit)}", value=limit),)


def _points(slots: Sequence[Slot], name: str) -> tuple[tuple[float, float | None], ...]:
    return tuple((_middle(slot), getattr(slot, name) if slot.orders else None) for slot in slots)


def _middle(slot: Slot) -> float:
    return (slot.start + slot.end) / 2


def _a_minute(slot: Slot) -> float:
    return slot.orders * SECONDS_A_MINUTE / max(slot.end - slot.start, 1e-3)


def _latency_told(slot: Slot) -> str:
    lines = [f"{name}  {percentile(getattr(slot, name), slot.orders)}" for name in reversed(PERCENTILES)]
    failed = f", {number(slot.errors)} failed" if slot.errors else ""
    return "\n".join([span(slot.start, slot.end), *lines, f"{number(slot.orders)} orders{failed}"])


def _matches_told(slot: Slot) -> str:
    lines = [f"matches  {number(slot.matches)} a minute"]
    lines += [f"orders  {number(_a_minute(slot))} a minute"] if slot.orders else []
    return "\n".join([span(slot.start, slot.end), *lines])
