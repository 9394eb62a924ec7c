"""Whether several shards keep up with N times the load of one as one does with its own: fills, CPU and latency.

It is no scaling: the load is given, and whoever keeps up with it is asked for no more. How far a topology goes is what
a search for its capacity finds (`lab.judge.scaling`).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, stdev

from lab.core.figures import MILLISECONDS, PER_MINUTE, TIMES, figure, interval, ms, number, ratio
from lab.judge.bound import Bound, Kind, Status, no_reference
from lab.measure.interval import NORMAL
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.settings.slo import KeepsUpSettings

FILLS, CPU, P99 = "keeps_up", "keeps_up_cpu", "keeps_up_p99"
"""The bounds' names."""
CHANCE = 3.0
"""Standard deviations by which a shard's share of the orders may differ for the symbols are drawn."""
REPETITIONS = 6
"""Those that are said to decide what is undecided."""
DRIFT = 0.2
"""Standard deviation of the logarithm of a p99 from one load to the next: the middle of the 0.13 to 0.27 that tries at
four rates on the stand differed by (docs/compare.md). With the largest, a p99 equal to the baseline's would be
undecided at a limit of 2."""
SAMPLING = 2.0
"""Standard deviation of the logarithm of a p99, times the root of the number of orders: that of a sample's quantile,
sqrt(p (1 - p)) / (q f(q)) (David and Nagaraja, Order Statistics, 10.3), is 2.2 of exponential latencies and 1.9 of
log-normal ones with a sigma of 0.5."""
CPU_DRIFT = 0.05
"""The same of CPU per order: its 95 % interval is at least 15 % wide on each side."""


def kept_up(
    bound: KeepsUpSettings, measured: CaseMeasurements, others: Mapping[str, CaseMeasurements], *, floor: float
) -> Iterator[Bound]:
    """Fills, CPU an order and p99 at the highest constant rate against the baseline at the same load per shard.

    Args:
        bound: The baseline, and the limits.
        measured: The case with several shards.
        others: The run's valid cases so far, by id.
        floor: p99s (ms) below it are alike: they are harmless, and their ratio is noise.
    """
    base = others.get(bound.baseline)
    if base is None:
        yield no_reference(FILLS, Kind.FILLS, bound.baseline)
        return
    yield _fills(bound, measured, base)
    yield from _cpu(bound, measured, base)
    yield _p99(bound, measured, base, floor)


def _fills(bound: KeepsUpSettings, measured: CaseMeasurements, base: CaseMeasurements) -> Bound:
    """throughput(N) against efficiency * N / M * throughput(M), which is to be had at the same load per shard alone."""
    if base.throughput <= 0:
        return _unmeasured(FILLS, Kind.FILLS, f"{bound.baseline} had no match to compare with; look at its book")
    if uneven := _uneven(bound, measured, base):
        return _unmeasured(FILLS, Kind.FILLS, uneven)
    times = len(measured.loaded) / len(base.loaded)
    grown, wanted = measured.throughput / base.throughput, bound.efficiency * times
    error = math.sqrt(sum(1 / max(one.throughput * _minutes(one), 1.0) for one in (measured, base)))
    low, high = grown * math.exp(-NORMAL * error), grown * math.exp(NORMAL * error)
    line = (
        f"kept up with the load: throughput({len(measured.loaded)}) = {number(measured.throughput, PER_MINUTE)}, "
        f"{ratio(grown, limit=wanted)} times throughput({len(base.loaded)}) = {number(base.throughput)} of "
        f"{bound.baseline} at the same load per shard (95 % interval {interval(low, high)}; at least {ratio(wanted)} = "
        f"{ratio(bound.efficiency)} * {len(measured.loaded)}/{len(base.loaded)})"
    )
    is_beyond = low > times * (2 - bound.efficiency)
    return Bound(
        name=FILLS,
        kind=Kind.FILLS,
        status=Status.UNMEASURED if is_beyond else Status.of_interval(low, high, wanted, is_more_better=True),
        line=line + (f"; ALARM: more than {ratio(times)} times, which no honest load gives" if is_beyond else ""),
        figure=grown,
        limit=wanted,
        unit=TIMES,
        is_more_better=True,
        low=low,
        high=high,
    )


def _uneven(bound: KeepsUpSettings, measured: CaseMeasurements, base: CaseMeasurements) -> str:
    """Why the load per shard is not the baseline's, so that nothing is shown; empty if it is."""
    asked = _orders(base) / len(base.loaded)
    taken = {shard.shard: _taken(measured, shard) for shard in measured.loaded}
    few = min(one * _minutes(measured) for one in taken.values()) if taken else 0.0
    slack = 1 - bound.efficiency + CHANCE / math.sqrt(max(few, asked * _minutes(base), 1.0))
    if taken and asked > 0 and all(abs(one / asked - 1) <= slack for one in taken.values()):
        return ""
    each = ", ".join(f"{shard} {number(one)}" for shard, one in taken.items())
    above = max(taken.values(), default=0.0) > asked * (1 + slack)
    alarm = "ALARM: more than the baseline's load on one shard: " if above else ""
    return (
        f"{alarm}the shards took {each} orders/min at the peak, one of {bound.baseline} {number(asked)}: at another "
        f"load per shard nothing is shown; spread the load evenly, or set the rate of {bound.baseline}"
    )


def _cpu(bound: KeepsUpSettings, measured: CaseMeasurements, base: CaseMeasurements) -> Iterator[Bound]:
    """The engine that needs most CPU an order against the baseline's; nothing where that is not known."""
    known = {shard.shard: blocks for shard in measured.loaded if (blocks := _cpu_of(measured, shard))}
    alone = [blocks for shard in base.loaded if (blocks := _cpu_of(base, shard))]
    if not known or not alone:
        return
    if lacking := [shard.shard for shard in measured.loaded if shard.shard not in known]:
        why = f"CPU of an engine per order: it is not known of shard {', '.join(lacking)}"
        yield _unmeasured(CPU, Kind.LATENCY, why)
        return
    of = max(known, key=lambda shard: fmean(known[shard]))
    most, least = known[of], max(alone, key=fmean)
    grown = fmean(most) / fmean(least)
    error = math.sqrt(_error(most) ** 2 + _error(least) ** 2 + 2 * CPU_DRIFT**2)
    low, high = grown * math.exp(-NORMAL * error), grown * math.exp(NORMAL * error)
    yield _most(
        CPU,
        bound.cpu,
        (low, grown, high),
        f"CPU of an engine per order {figure(fmean(most), MILLISECONDS)} in shard {of}, "
        f"{ratio(grown, limit=bound.cpu)} times the {figure(fmean(least), MILLISECONDS)} of {bound.baseline} "
        f"(95 % interval {interval(low, high)}; limit {ratio(bound.cpu)})",
    )


def _cpu_of(case: CaseMeasurements, shard: ShardMeasurements) -> tuple[float, ...]:
    """By blocks of time; none where they are too few to say anything of their own noise."""
    blocks = shard.cpu_per_order.get(case.peak, ())
    return blocks if len(blocks) > 1 else ()


def _p99(bound: KeepsUpSettings, measured: CaseMeasurements, base: CaseMeasurements, floor: float) -> Bound:
    """The slowest shard's p99 at the peak against the baseline's, at the client or by the engine's own histogram."""
    slow, alone = (max((_slowest(one, shard) for shard in one.loaded), default=math.inf) for one in (measured, base))
    if not math.isfinite(alone):
        return _unmeasured(P99, Kind.LATENCY, f"{bound.baseline} has no p99 to compare with")
    held = max(alone, floor)
    grown = max(slow, floor) / held if held > 0 else 1.0
    error = math.sqrt(
        sum(
            DRIFT**2 + SAMPLING**2 / max(_orders(one) * _minutes(one) / len(one.loaded), 1.0)
            for one in (measured, base)
        )
    )
    spread = math.exp(NORMAL * error)
    low, high = grown / spread, grown * spread
    if slow <= floor:
        low = high = grown
    by_floor = f"; both count as {ms(floor)} at least" if min(slow, alone) < floor else ""
    return _most(
        P99,
        bound.p99,
        (low, grown, high),
        f"p99 at the peak {ms(slow)}, {ms(alone)} in {bound.baseline}: {ratio(grown, limit=bound.p99)} times "
        f"(95 % interval {interval(low, high)}; limit {ratio(bound.p99)}{by_floor})",
    )


def _most(name: str, limit: float, around: tuple[float, float, float], line: str) -> Bound:
    """A ratio that may be so much at most: the beginning of its interval, itself, and the end."""
    low, grown, high = around
    status = Status.of_interval(low, high, limit)
    return Bound(
        name=name,
        kind=Kind.LATENCY,
        status=status,
        line=line,
        figure=grown,
        limit=limit,
        unit=TIMES,
        low=low,
        high=high,
        decided_by=REPETITIONS if status is Status.UNDECIDED else None,
    )


def _slowest(case: CaseMeasurements, shard: ShardMeasurements) -> float:
    if case.peak not in shard.latency:
        return math.inf
    engine = shard.latency[case.peak]
    seen = [math.inf if engine.is_beyond else engine.p99]
    if shard.client:
        seen.append(shard.client.latency[case.peak].p99)
    return max(seen)


def _unmeasured(name: str, kind: Kind, why: str) -> Bound:
    return Bound(name=name, kind=kind, status=Status.UNMEASURED, line=f"kept up with the load: {why}")


def _minutes(case: CaseMeasurements) -> float:
    peak = case.windows.get(case.peak)
    return peak.seconds / 60 if peak else 0.0


def _orders(case: CaseMeasurements) -> float:
    """Orders a minute at the peak that the engines took."""
    return sum(_taken(case, shard) for shard in case.loaded)


def _taken(case: CaseMeasurements, shard: ShardMeasurements) -> float:
    minutes = _minutes(case)
    return shard.latency[case.peak].orders / minutes if minutes and case.peak in shard.latency else 0.0


def _error(blocks: Sequence[float]) -> float:
    """The relative standard error of the mean of blocks of time."""
    return stdev(blocks) / math.sqrt(len(blocks)) / fmean(blocks) if len(blocks) > 1 else 0.0
