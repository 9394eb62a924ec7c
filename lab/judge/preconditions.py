"""Whether what lies around a load let it measure the design: the machine, the path, the clocks, the lab state."""

import math
from collections.abc import Iterator

from lab.core.figures import count, counted, ms, seconds, share
from lab.judge.bound import Kind
from lab.judge.reason import NOTHING, Reason, darkens, flatters
from lab.measure.measurements import CaseMeasurements
from lab.settings.suites import Case

WRITES_EVERY = 5.0
"""Seconds between two of k6's writes to Prometheus."""
SHOWN = 5
"""Lines of what changed that a reason shows."""


def not_as_asked(measured: CaseMeasurements) -> Iterator[str]:
    """Why the lab was not the one that was asked for, or did not stay it; what else is measured says nothing then."""
    if measured.unknown is not None:
        yield f"the lab state around the load is unknown: {measured.unknown}; run './invokew status'"
    if measured.deviations:
        yield (
            f"{counted(len(measured.deviations), 'deviation')} from the requested lab (limit 0): "
            f"{_some(measured.deviations)}; run './invokew up'"
        )
    if measured.changes:
        yield (
            f"{counted(len(measured.changes), 'part')} of the lab or its settings changed during the run (limit 0): "
            f"{_some(measured.changes)}; run it again, and leave them alone meanwhile"
        )


def bad_surroundings(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    """What lies around the load and was not as it should be.

    What can only make the client wait longer darkens, and where a control ran beside the load it is a note: the control
    tells which orders waited for it.
    """
    waits = NOTHING if is_controlled(measured) else darkens(Kind.LATENCY, Kind.ERRORS, Kind.FILLS)
    for line in (*_host(case, measured), *_path(case, measured), *_unexplained(case, measured)):
        yield Reason(line=line, bends=waits)
    if measured.control is not None and measured.control.untrusted is not None:
        yield Reason(line=f"the control beside the load excuses nothing: {measured.control.untrusted}")
    for line in _clock(case, measured):
        yield Reason(line=line, bends=flatters())
        yield Reason(line=line, bends=darkens(), spares_client=True)
    yield from (Reason(line=line) for line in _late_writes(case, measured))
    yield from (Reason(line=line, bends=flatters()) for line in _broker(case, measured))


def is_controlled(measured: CaseMeasurements) -> bool:
    """Whether a control ran beside the load: it alone tells then what the surroundings did, or nothing does."""
    return measured.control is not None and measured.control.requests > 0


def _host(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    busy, limit = measured.generator.host_busy, case.limits.host_busy
    if busy is None:
        yield (
            f"the CPU use of this machine and of k6 is unknown (limit {share(limit)}): k6's REST API never reported "
            "its load; look at k6.log"
        )
    elif busy > limit:
        yield (
            f"this machine was saturated: {share(busy)} of its CPU was used in the busiest minute (limit "
            f"{share(limit)}): stop other programs on it, or take one with more cores"
        )


def _clock(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    limit = case.limits.clock
    if measured.clock is None:
        yield (
            f"the clock of the metrics is unknown (limit {seconds(limit)} apart from this machine's); "
            "run './invokew status'"
        )
    elif abs(measured.clock) > limit:
        way = "ahead of" if measured.clock > 0 else "behind"
        yield (
            f"the clock of the metrics is {seconds(abs(measured.clock))} {way} this machine's (limit "
            f"{seconds(limit)}): set this machine's time, and restart Docker if it has a virtual machine of its own"
        )


def _late_writes(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    late, limit = measured.generator.late_writes, case.limits.late_writes
    if late > most_late_writes(case, measured):
        yield (
            f"k6 wrote to Prometheus late {counted(late, 'time')} in {seconds(measured.load.seconds)}, one write each "
            f"{seconds(WRITES_EVERY)} (limit {share(limit)}): stop other programs on this machine, or raise "
            "resources.prometheus.limits.cpu"
        )


def most_late_writes(case: Case, measured: CaseMeasurements) -> float:
    """How many of k6's writes may be late; one always, for of the few of a short load it would be a large share."""
    return max(1.0, case.limits.late_writes * measured.load.seconds / WRITES_EVERY)


def _path(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    """The calibration, where one is asked for."""
    if not case.limits.calibration:
        return
    path, limits = measured.path, case.limits
    if path is None or path.problem is not None:
        why = path.problem if path else "it was not measured"
        yield f"the path's calibration failed: {why}; look at path/k6.log, or run './invokew status'"
        return
    if path.answered < limits.rate_reached * path.asked:
        yield (
            f"the path's calibration failed: {count(path.answered)} of {count(path.asked)} requests for /health were "
            f"answered (limit {share(limits.rate_reached)}); look at path/k6.log"
        )
    elif (slo := case.settings.slo.p99_ms) is not None and path.p99 > limits.path * slo:
        yield (
            f"the path is slow: p99 {ms(path.p99)} for /health alone (limit {ms(limits.path * slo)}, "
            f"{share(limits.path)} of {ms(slo)}): look at what lies between k6 and the entry"
        )


def _unexplained(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    """Of the client's p99 what no histogram accounts for: it is the way there, or the client's own queue.

    A bucket's upper bound stands for p99 in it, so that coarse buckets raise no alarm. An infinite p99 at the client
    comes from orders that failed, which is judged as it is, and so is an engine that misses the objective by its own
    figures. An engine's above the client's is no wonder: it answers before it matches. What is excused is explained.
    """
    limit, path = most_unexplained(case, measured), measured.path
    if limit is None or path is None or not math.isfinite(path.p99):
        return
    for name, client in (measured.unexcused or measured).client.items():
        inside = most_inside(measured, name)
        rest = client.p99 - path.p99 - inside
        if math.isfinite(client.p99) and rest > limit:
            yield (
                f"client and engine are too far apart: of p99 {ms(client.p99)} at the client in window '{name}' "
                f"the path takes {ms(path.p99)} and the engine {ms(inside)} at most, {ms(rest)} are unexplained "
                f"(limit {ms(limit)}): they waited where no histogram sees it, in a socket or on the way there"
            )
            return


def most_unexplained(case: Case, measured: CaseMeasurements) -> float | None:
    """How much of the client's p99 (ms) may be unexplained; None where an engine misses the objective by itself."""
    slo = case.settings.slo.p99_ms
    return None if slo is None or measured.engine_p99 >= slo else case.limits.unexplained * slo


def most_inside(measured: CaseMeasurements, window: str) -> float:
    """The highest p99 that an engine or the gateway can have had in a window, ms."""
    pods = (*measured.loaded, *((measured.gateway,) if measured.gateway else ()))
    bounds = (pod.latency[window].p99_at_most for pod in pods if window in pod.latency)
    return max((bound for bound in bounds if bound is not None), default=0.0)


def _broker(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    """Whether the broker stayed away all the time; that it went and came back, the outage itself proves."""
    if case.settings.fault is None or measured.outage is None:
        return
    if not measured.broker_polls:
        yield "whether the broker stayed down is unknown: its pods were not polled meanwhile; run './invokew status'"
    elif measured.broker_seen:
        yield (
            f"the broker was not down all the time: it had a pod at {measured.broker_seen} of "
            f"{measured.broker_polls} polls during its outage (limit 0): find who scales it up"
        )


def _some(lines: tuple[str, ...]) -> str:
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return ", ".join(lines[:SHOWN]) + more
