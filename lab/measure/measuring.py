"""Makes a case's measurements of what k6 and Prometheus recorded; pure: a run's folder can be measured again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lab.core.figures import counted
from lab.core.windows import STAGE, WHOLE, Outage, Window, judged, load_window, slices
from lab.measure import excuses, lab_state, latency, stretches
from lab.measure.control import ControlRecording
from lab.measure.counters import Series
from lab.measure.extract import Extract
from lab.measure.measurements import CaseMeasurements, GatewayMeasurements, Generator, ShardMeasurements
from lab.measure.records import Reading
from lab.measure.samples import Samples
from lab.measure.scraped import Scraped, drained, pod, whole
from lab.measure.shard_measuring import clients_of, measure_shard, orders_by_shard, scraped_of
from lab.measure.stretches import Stretch
from lab.measure.surroundings import NOTHING_SEEN, Surroundings, within
from lab.settings.case_settings import CaseSettings
from lab.settings.suites import Case
from lab.settings.topology import CONTROL, Topology

OVER = 1000.0
"""ms after a load's end by which its last order is due: a script that goes on for longer than its case sends more."""
GATEWAY_PREFIX = "edge-gateway-"
"""How the names of the gateway's pods begin."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What was recorded of a case while it ran.

    Args:
        testid: Its tag in Prometheus.
        started: When k6 was started (epoch ms); stands for the load's start when no order was sent.
        samples: What k6 recorded.
        extract: What Prometheus recorded; empty if it didn't answer.
        generator: How k6 fared.
        outage: When the broker was away.
        problems: What broke.
        fault_error: Why the outage isn't one.
        warnings: What else to know about it.
        around: What was seen around the load.
        control: What ran beside the load; None: nothing did.
        control_problem: What went wrong with it meanwhile; None if nothing did.
        reading: How the engines' records were read; None if they weren't.
        ended_early: What of the design's own the load could not get over, so that it was ended; None if it was not.
    """

    testid: str
    started: float
    samples: Samples
    extract: Extract
    generator: Generator
    outage: Outage | None
    problems: tuple[str, ...]
    fault_error: str | None
    warnings: tuple[str, ...] = ()
    around: Surroundings = NOTHING_SEEN
    control: ControlRecording | None = None
    control_problem: str | None = None
    reading: Reading | None = None
    ended_early: str | None = None


def measure(case: Case, topology: Topology, recording: Recording) -> CaseMeasurements:
    """All numbers of a case, and those of the orders that nothing excuses, if something excuses any."""
    load = load_of(case, recording.samples, recording.started)
    extract, last = whole(recording.extract, load), recording.samples.end
    # A script may go on for longer than its case: then nobody knows whose what is finished later is. k6 sends one order
    # more at the very end of its time.
    is_over = last is not None and last < load.end + OVER
    recording = replace(recording, extract=drained(extract, load) if is_over else extract)
    measured = _measured(case, topology, recording, load)
    judged_ = measured.windows[WHOLE]
    sent = replace(judged_, end=max(judged_.start, min(judged_.end, recording.samples.end or judged_.end)))
    beside = _control(recording, load)
    control = beside.figures(sent, begin=load.start) if beside else None
    trusted = beside if control and not control.untrusted else None
    found, left = excuses.of(recording.samples, trusted, sent)
    used = excuses.cores(recording.extract.get("cpu", ()), (*found.spells, *excuses.late_spells(recording.samples)))
    found = replace(found, cores=used, host_cores=recording.generator.host_cores)
    measured = replace(measured, control=control, excuses=found)
    if not found.orders:
        return measured
    rest = replace(
        recording,
        samples=left,
        extract=excuses.without(recording.extract, trusted.each(load) if trusted else (), recording.samples),
    )
    return replace(measured, unexcused=_measured(case, topology, rest, load))


def _measured(case: Case, topology: Topology, recording: Recording, load: Window) -> CaseMeasurements:
    samples, settings = recording.samples, case.settings
    scraped = Scraped.of_whole(recording.extract, load).counted_after(samples.answered or load.start)
    stages = [stage.for_ for stage in settings.stages]
    scraped = replace(scraped, last=samples.end or load.start)
    if recording.ended_early is not None:
        scraped = replace(scraped, ended=max(load.start, samples.end or load.start))
    windows = judged(load, warmup=settings.warmup, outage=recording.outage, stages=stages)
    loaded = settings.shards or tuple(shard.id for shard in topology.shards)
    by_shard = orders_by_shard(loaded, samples)
    peak, peak_rate = _peak(settings)
    gateway = _gateway(scraped, windows) if topology.has_gateway else None
    around = recording.around
    polls = within(around.polls, recording.outage)
    return CaseMeasurements(
        case=case.id,
        testid=recording.testid,
        rate_asked=settings.mean_rate,
        rate_reached=len(samples.within(load)) * 60 / load.seconds,
        least_rate=_least_rate(settings, samples, load),
        sent=sum(order.sent < scraped.until for order in samples.orders),
        accepted=sum(order.accepted and order.answered < scraped.until for order in samples.orders),
        load=load,
        ended=samples.end or load.start,
        windows={window.name: window for window in windows},
        client={window.name: latency.judged(samples.within(window)) for window in windows},
        shards=_shards(topology, loaded, by_shard or _only(loaded, samples), scraped, windows),
        peak=peak,
        peak_rate=peak_rate,
        gateway=gateway,
        generator=recording.generator,
        outage=recording.outage,
        stretches=_stretches(loaded, samples, by_shard, scraped, windows[0]),
        problems=recording.problems,
        fault_error=recording.fault_error,
        warnings=(
            *_warnings(samples, recording.generator),
            *_not_routed(gateway),
            *(lab_state.unverifiable(around.after) if around.after else ()),
            *recording.warnings,
        ),
        path=around.path,
        clock=around.clock,
        changes=_changes(around),
        deviations=_deviations(around, topology),
        unknown=around.unknown or (None if around.first and len(around.states) > 1 else "it was not read"),
        endings=lab_state.endings(around.after, since=load.start) if around.after else (),
        broker_polls=len(polls),
        broker_seen=sum(bool(poll.pods) for poll in polls),
        ended_early=recording.ended_early,
        truncated=samples.truncated,
    )


def _control(recording: Recording, load: Window) -> ControlRecording | None:
    """What ran beside the load; one that ended meanwhile says nothing of its way."""
    beside, after = recording.control, recording.around.after
    ended = lab_state.endings(after, since=load.start) if after else ()
    why = next((f"it ended: {one.cause}" for one in ended if one.workload == CONTROL), None)
    return replace(beside, problem=beside.problem or recording.control_problem or why) if beside else None


def load_of(case: Case, samples: Samples, started: float) -> Window:
    """The load proper: from the first order; from k6's start when there was none."""
    return load_window(samples.start or started, case.settings.duration)


def _least_rate(settings: CaseSettings, samples: Samples, load: Window) -> float:
    """Of what each minute of the load was to send, the least that it sent or, for all that is known, k6 dropped."""

    def asked(minute: Window) -> float:
        begin, end = ((instant - load.start) / 1000 for instant in (minute.start, minute.end))
        return settings.orders_by(end) - settings.orders_by(begin)

    return min((len(samples.within(one)) + samples.dropped) / max(asked(one), 1.0) for one in slices(load))


def _stretches(
    loaded: Sequence[str], samples: Samples, by_shard: Mapping[str, Samples], scraped: Scraped, whole: Window
) -> tuple[Stretch, ...]:
    """The worst stretches at the client, over all shards and of each, and at each engine."""
    clients = by_shard if len(loaded) > 1 else {}
    looks = 1 + len(clients) + len(loaded)
    found = [*stretches.at_client(samples, whole, looks=looks)]
    for shard, orders in clients.items():
        found += stretches.at_client(orders, whole, of=shard, looks=looks)
    for shard in loaded:
        found += stretches.at_engine(scraped_of(scraped, shard).of("match_duration"), whole, of=shard, looks=looks)
    return tuple(found)


def _warnings(samples: Samples, generator: Generator) -> list[str]:
    warnings = []
    if samples.unplanned:
        warnings.append(
            f"latency counts from when each order was sent, since it isn't known when it was due: {samples.unplanned}"
        )
    if generator.late_writes:
        warnings.append(
            f"k6 wrote to Prometheus late {counted(generator.late_writes, 'time')}: its series there may have gaps"
        )
    if generator.series == 0:
        warnings.append("no k6 series with this testid is in Prometheus: dashboards show nothing of the load")
    return warnings


def _peak(settings: CaseSettings) -> tuple[str, float]:
    """The window of the highest constant rate, and that rate; of a ramp that never holds one, its last stage."""
    if not settings.stages:
        return WHOLE, settings.rate
    rates = (settings.rate, *(stage.rate for stage in settings.stages))
    held = [number for number, (before, rate) in enumerate(pairwise(rates), start=1) if before == rate]
    number = max(held, key=lambda one: rates[one], default=len(settings.stages))
    return f"{STAGE} {number}", (rates[number - 1] + rates[number]) / 2


def _shards(
    topology: Topology,
    loaded: Sequence[str],
    by_shard: Mapping[str, Samples],
    scraped: Scraped,
    windows: Sequence[Window],
) -> tuple[ShardMeasurements, ...]:
    clients = clients_of(by_shard, windows)
    return tuple(
        measure_shard(
            shard,
            scraped,
            windows,
            is_loaded=shard.id in loaded,
            client=clients.get(shard.id),
            answered=_answered(by_shard.get(shard.id)),
        )
        for shard in topology.shards
    )


def _only(loaded: Sequence[str], samples: Samples) -> Mapping[str, Samples]:
    return {loaded[0]: samples} if len(loaded) == 1 else {}


def _answered(samples: Samples | None) -> Sequence[float]:
    return sorted(order.answered for order in samples.orders if order.accepted) if samples else ()


def _gateway(scraped: Scraped, windows: Sequence[Window]) -> GatewayMeasurements:
    own = scraped.owned_by(_is_gateways)
    pods = own.pods(evidence="gateway_duration", duration="gateway_duration", windows=windows)
    return GatewayMeasurements(
        **vars(pods),
        answers=own.counts_by("gateway_requests", "status"),
        errors=own.counts_by("gateway_errors", "reason"),
    )


def _changes(around: Surroundings) -> tuple[str, ...]:
    """What is no more as it was when the run began, at the load's begin or at its end."""
    lines = (line for state in around.states for line in lab_state.changed(around.first or state, state))
    return tuple(dict.fromkeys(lines))


def _deviations(around: Surroundings, topology: Topology) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for state in around.states for line in lab_state.deviations(state, topology)))


def _is_gateways(series: Series) -> bool:
    return pod(series).startswith(GATEWAY_PREFIX)


def _not_routed(gateway: GatewayMeasurements | None) -> Iterator[str]:
    errors = {reason: round(count) for reason, count in (gateway.errors if gateway else {}).items() if round(count)}
    if errors:
        said = ", ".join(f"{count} {reason}" for reason, count in errors.items())
        yield f"the gateway could not route {counted(sum(errors.values()), 'request')}: {said}"
