"""What went wrong around a case: each reason with its number, limit and remedy, and what it can do to which figures."""

from collections.abc import Iterator, Sequence

from lab.core.figures import count, counted, seconds, share
from lab.core.part_labels import BROKER, GATEWAY
from lab.core.windows import AFTER
from lab.judge.bound import Kind
from lab.judge.liquidity import ENOUGH_ORDERS, bad_book
from lab.judge.offered_load import FOREIGN, SPARE_ORDERS, are_counted, bad_load, bad_mix, spare_orders
from lab.judge.preconditions import bad_surroundings, not_as_asked
from lab.judge.reason import EITHER_WAY, Reason, darkens, flatters
from lab.judge.runners import bad_runners
from lab.measure.counters import LONGEST_GAP
from lab.measure.lab_state import Ending
from lab.measure.measurements import CaseMeasurements, PodMeasurements, ShardMeasurements
from lab.settings.suites import Case
from lab.settings.topology import CONTROL, SHARD_PREFIX

SILENT = 0.0
"""Seconds of a load's end that no scrape follows: what was taken in them may never have been matched."""
LATE_FAULT = 5.0
"""Seconds by which a fault may begin late, or be longer or shorter than asked."""


def reasons_of(case: Case, measured: CaseMeasurements) -> tuple[Reason, ...]:
    """What went wrong around this case.

    What broke while it ran is told alone: few orders, or none scraped, are what follows from it.

    Args:
        case: What was asked, and the limits of validity.
        measured: What was measured.
    """
    lines = (*measured.problems, *_fault_failed(measured), *not_as_asked(measured))
    broken = tuple(Reason(line=line, bends=EITHER_WAY) for line in lines)
    return broken or (
        *bad_load(case, measured),
        *(bad_runners(case, measured) if measured.generator.runners else _generator(case, measured)),
        *bad_surroundings(case, measured),
        *_fault(case, measured),
        *_other_load(case, measured),
        *bad_mix(case, measured),
        *_gateway(case, measured),
        *_others_ended(measured),
        *(reason for shard in measured.shards for reason in _shard(case, measured, shard)),
    )


def _generator(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    """A k6 that waits for a core makes orders late, and refuses none for an engine."""
    used, limit = measured.generator.cpu_share, case.limits.generator_cpu
    if used > limit:
        line = (
            f"k6 was short of CPU: it used {share(used)} of what it could have had (limit {share(limit)}): "
            "stop other programs on this machine, or take one with more cores"
        )
        yield Reason(line=line, bends=darkens(Kind.LATENCY, Kind.FILLS))


def _fault_failed(measured: CaseMeasurements) -> Iterator[str]:
    if measured.fault_error is not None:
        yield f"the broker's outage failed: {measured.fault_error}"


def _fault(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    """An outage that was none is the easier load; one at another time, or of another length, may be either."""
    fault, outage = case.settings.fault, measured.outage
    if fault is None:
        return
    if outage is None:
        line = "the broker was not taken down: the load ended before its outage; look at k6.log"
        yield Reason(line=line, bends=flatters())
        yield Reason(line=line, bends=darkens(Kind.LATENCY), only=(("rise", ""),))
        return
    late = (outage.began - measured.load.start) / 1000 - fault.after
    if abs(late) > LATE_FAULT:
        line = f"the outage began {seconds(late)} late (limit {seconds(LATE_FAULT)}): look at events.json"
        yield Reason(line=line, bends=flatters())
        yield Reason(line=line, bends=darkens(Kind.LATENCY, Kind.FILLS, Kind.CORRECTNESS))
    lasted = (outage.ending - outage.in_force) / 1000
    if abs(lasted - fault.for_) > LATE_FAULT:
        asked = f"{seconds(fault.for_)} asked (limit ±{seconds(LATE_FAULT)})"
        line = f"the outage lasted {seconds(lasted)}, {asked}: look at events.json"
        yield Reason(line=line, bends=EITHER_WAY)
    if outage.over >= measured.load.end and AFTER in measured.windows:
        line = (
            f"the broker was back {seconds((outage.over - measured.load.end) / 1000)} after the load's end: "
            f"raise cases.{case.id}.duration"
        )
        yield Reason(line=line, bends=EITHER_WAY)


def _other_load(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    """Each order that k6 sent is one that the engines took: any other figure means other orders, or another engine.

    Other orders make the engines slower and fill more. Orders that were answered with 200 and never counted were
    rejected inside of the answer, lost, or taken by an engine that nobody watches: what is measured looks too good.
    """
    if not are_counted(measured):
        return
    taken, spare = sum(shard.orders for shard in measured.shards), spare_orders(measured)
    if taken > measured.sent + spare:
        line = (
            f"the engines took {counted(taken, 'order')}, k6 sent {count(measured.sent)} (limit {share(FOREIGN)} "
            "more): somebody else sends orders to this lab; stop them"
        )
        bends = darkens(Kind.LATENCY, Kind.ERRORS) + flatters(Kind.FILLS)
        yield Reason(line=line, bends=bends)
    elif taken < measured.accepted - spare:
        line = (
            f"the engines took {counted(taken, 'order')} of the {count(measured.accepted)} that k6 got accepted (limit "
            f"{share(FOREIGN)} fewer): they reject orders with an answer of 200, or other engines are scraped than k6 "
            "loads; run './invokew status'"
        )
        yield from _hidden(case, measured, measured.loaded, line)


def _gateway(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    if measured.gateway is not None:
        yield from _pods(case, measured, measured.gateway, GATEWAY, "gateway")


def _shard(case: Case, measured: CaseMeasurements, shard: ShardMeasurements) -> Iterator[Reason]:
    yield from _pods(case, measured, shard, f"{SHARD_PREFIX}{shard.shard}", "engine")
    yield from _unmatched(case, shard)
    yield from _others_observed(shard)
    if shard.is_loaded and shard.scrapers:
        yield from bad_book(case, measured, shard)


def _others_observed(shard: ShardMeasurements) -> Iterator[Reason]:
    """A histogram of more than orders: its percentiles are of no order, and what was never matched does not show."""
    more = shard.finished - shard.orders
    if shard.scrapers == 1 and not shard.restarts and more > SPARE_ORDERS + FOREIGN * shard.orders:
        line = (
            f"me-shard-{shard.shard} took {counted(shard.orders, 'order')}, and its histogram has "
            f"{count(shard.finished)} (limit {share(FOREIGN)} more): it observes something else than orders"
        )
        yield Reason(line=line, bends=flatters(Kind.LATENCY))


def _unmatched(case: Case, shard: ShardMeasurements) -> Iterator[Reason]:
    """Orders of which none was ever filled: six in ten of the load meet a resting one (docs/load.md).

    Where fills are what the case asks for, their lack is a miss.
    """
    if case.settings.slo.matches or case.settings.slo.keeps_up:
        return
    if shard.is_loaded and shard.orders >= ENOUGH_ORDERS and shard.scrapers and not sum(shard.matches_per_minute):
        line = (
            f"me-shard-{shard.shard} took {counted(shard.orders, 'order')} and filled none (limit 1): it matches "
            "nothing, or nothing rests in its book; run './invokew logs'"
        )
        yield Reason(line=line, bends=flatters())


def _others_ended(measured: CaseMeasurements) -> Iterator[Reason]:
    """An engine without its broker has less to do, or waits for it; without another part figures are missing."""
    for ending in unasked_endings(measured):
        line = f"{ending.workload} ended during the load ({ending.cause}; limit 0); run './invokew logs'"
        yield Reason(line=line, bends=EITHER_WAY if ending.workload == BROKER else flatters())


def unasked_endings(measured: CaseMeasurements) -> tuple[Ending, ...]:
    """What else of the lab than shards and gateway ended during the load: the broker, Prometheus.

    The control is none of it: without one the figures are what they are. A broker that needs a second start on its way
    back from an outage is not over it until then.
    """
    own, outage = {GATEWAY, CONTROL, *(f"{SHARD_PREFIX}{shard.shard}" for shard in measured.shards)}, measured.outage

    def comes_back(ending: Ending) -> bool:
        return outage is not None and ending.workload == BROKER and outage.began <= ending.at <= outage.over

    return tuple(one for one in measured.endings if one.workload not in own and not comes_back(one))


def _pods(case: Case, measured: CaseMeasurements, pods: PodMeasurements, who: str, workload: str) -> Iterator[Reason]:
    """What makes figures of a workload's pods worth less.

    A gap or a restart hides figures, which can only flatter; what is missed without them is missed. Throttling under
    the limits that were asked for is the design's own.

    Args:
        case: What was asked.
        measured: What was measured.
        pods: Their figures.
        who: Their name for people.
        workload: Their name in the settings' `resources`.
    """
    if pods.scrapers == 0:
        line = (
            f"{who} was not scraped: there is no series of it, or no histogram with a bucket up to +Inf; run "
            "'./invokew status'"
        )
        yield from _hidden(case, measured, [pods], line)
        return
    if pods.scrapers > 1:
        line = f"{who} was scraped by {pods.scrapers} jobs (limit 1), so its rates count double; run './invokew up'"
        yield from _of_metrics(case, measured, line)
    if pods.longest_gap > LONGEST_GAP:
        gap = f"{seconds(pods.longest_gap)} (limit {seconds(LONGEST_GAP)})"
        line = f"{who} gave no metrics for {gap}: the target was down; run './invokew logs'"
        yield from _hidden(case, measured, [pods], line)
    elif pods.silent > SILENT:
        line = (
            f"{who} gave no metrics for the last {seconds(pods.silent)} of the load, nor after it: what it did with "
            "those orders is not known; run './invokew logs'"
        )
        yield from _hidden(case, measured, [pods], line)
    endings = [ending.cause for ending in measured.endings if ending.workload == who]
    if restarts := max(pods.restarts, len(endings)):
        cause = f" ({', '.join(endings)})" if endings else ""
        times = counted(restarts, "time")
        line = f"{who} restarted {times} during the load{cause} (limit 0); {_remedy(endings, workload)}"
        yield from _hidden(case, measured, [pods], line)
    limit = case.limits.throttled
    if pods.throttled is not None and pods.throttled > limit:
        yield Reason(
            line=f"{who} was throttled in {share(pods.throttled)} of its CPU periods (more than {share(limit)}): it "
            f"works at resources.{workload}.limits.cpu"
        )


def _hidden(case: Case, measured: CaseMeasurements, pods: Sequence[PodMeasurements], line: str) -> Iterator[Reason]:
    """What lost figures do: without any of a window its p99 has no end, which is no miss unless the client saw one.

    What the client alone saw is its own: what an engine that is gone answered to none is no lack of figures.
    """
    yield Reason(line=line, bends=flatters())
    slo = case.settings.slo
    is_late = slo.p99_ms is not None and measured.client_p99 >= slo.p99_ms
    busy = [one for one in pods if isinstance(one, ShardMeasurements) and one.is_loaded]
    if is_late:
        return
    if any(one.orders <= 0 for one in busy):
        bends = darkens(Kind.LATENCY, Kind.FILLS, Kind.CORRECTNESS)
        yield Reason(line=line, bends=bends, spares_client=True)
    elif any(not one.scrapers or min(window.orders for window in one.latency.values()) <= 0 for one in busy):
        # Fills and what is finished are counted all the same.
        yield Reason(line=line, bends=darkens(Kind.LATENCY), spares_client=True)


def _of_metrics(case: Case, measured: CaseMeasurements, line: str) -> Iterator[Reason]:
    """What makes the metrics worth nothing: the client has its figures without them."""
    yield Reason(line=line, bends=flatters())
    slo = case.settings.slo
    if slo.p99_ms is None or measured.client_p99 < slo.p99_ms:
        yield Reason(line=line, bends=darkens(), spares_client=True)


def _remedy(endings: Sequence[str], workload: str) -> str:
    if any("OOMKilled" in cause for cause in endings):
        return f"raise resources.{workload}.limits.memory"
    return "run './invokew logs'"
