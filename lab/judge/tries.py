"""The outcome of one try of a rate: whether the topology held it, and who used how much CPU meanwhile; pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lab.core.figures import count, counted, ms, number, share
from lab.core.part_labels import GATEWAY
from lab.core.windows import WHOLE
from lab.judge.offered_load import FOREIGN, SPARE_ORDERS
from lab.judge.runners import has_other_clock
from lab.judge.unfinished import fell_behind
from lab.judge.verdict import CaseVerdict, Outcome
from lab.measure.measurements import CaseMeasurements, PodMeasurements
from lab.settings.suites import Case

THROTTLED = 0.05
"""Share of a part's CPU periods from which on it ran into its limit."""


class TryOutcome(StrEnum):
    """The outcome of a try: unmeasured if it says nothing about the topology."""

    HELD = "held"
    FAILED = "did not hold"
    UNMEASURED = "not measured"


@dataclass(frozen=True, kw_only=True)
class Cores:
    """CPU used during the load, in cores; None where cAdvisor has no such figures."""

    k6: float
    shards: Mapping[str, float | None]
    gateway: float | None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The numbers of a try.

    Args:
        reached: Orders a minute that were sent.
        matches: Fills a minute after the warm-up.
        p99: ms, the highest of the client's and the engines'.
        error_rate: Share of orders that failed.
        dropped: Orders that k6 could not send in time.
        cores: CPU used by each part.
        host_busy: Share of the machine's CPU that was used, by whatever.
        short_generator: Whether k6 was short of CPU.
        throttled: The parts that ran into their CPU limits.
        waited_outside: Whether the client missed the objective though gateway and engines met it by their own
            histograms: orders waited in k6, or on their way to the gateway.
    """

    reached: float
    matches: float
    p99: float
    error_rate: float
    dropped: int
    cores: Cores
    host_busy: float
    short_generator: bool
    throttled: tuple[str, ...]
    waited_outside: bool = False


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try of a rate (orders a minute): its outcome and why, in the folder of this name."""

    name: str
    rate: int
    outcome: TryOutcome
    reason: str
    figures: Figures | None = None


def try_of(name: str, case: Case, measured: CaseMeasurements, verdict: CaseVerdict, *, host_busy: float) -> Try:
    """Judge a try.

    What a case calls INVALID for the load that was asked (orders dropped or late) is what a capacity ends by: the rate
    does not hold. INVALID without a sign of too much load says nothing about the rate. An undecided case goes by its
    figures: a search knows noise, and asks more tries where one says little. A part that ran into its CPU limit is no
    sign by itself: it explains the others.
    """
    figures = _figures(case, measured, host_busy)
    signs = () if _says_nothing(case, measured) else tuple(_overload(case, measured, figures))
    if signs and figures.waited_outside:
        signs = (*signs, f"the gateway's p99 is within {ms(case.settings.slo.p99_ms)}")
    if signs and figures.throttled:
        signs = (*signs, f"{', '.join(figures.throttled)} throttled")
    if verdict.outcome is Outcome.PASS or (verdict.outcome is Outcome.UNDECIDED and not signs):
        outcome, reason = TryOutcome.HELD, f"p99 {ms(figures.p99)}, {share(figures.error_rate)} errors"
    elif signs:
        outcome, reason = TryOutcome.FAILED, ", ".join(signs)
    elif verdict.outcome is Outcome.FAIL:
        outcome, reason = TryOutcome.FAILED, verdict.reason
    else:
        outcome, reason = TryOutcome.UNMEASURED, verdict.reason
    return Try(name=name, rate=case.settings.rate, outcome=outcome, reason=reason, figures=figures)


def _figures(case: Case, measured: CaseMeasurements, host_busy: float) -> Figures:
    parts = {f"me-shard-{shard.shard}": shard for shard in measured.shards}
    pods: dict[str, PodMeasurements] = {**parts, **({GATEWAY: measured.gateway} if measured.gateway else {})}
    return Figures(
        reached=measured.rate_reached,
        matches=measured.match_rate(WHOLE),
        p99=measured.p99,
        error_rate=measured.error_rate,
        dropped=measured.generator.dropped,
        cores=Cores(
            k6=measured.generator.cores,
            shards={shard.shard: shard.cores for shard in measured.shards},
            gateway=measured.gateway.cores if measured.gateway else None,
        ),
        host_busy=host_busy,
        short_generator=measured.generator.cpu_share > case.limits.generator_cpu,
        throttled=tuple(who for who, pod in pods.items() if (pod.throttled or 0.0) > THROTTLED),
        waited_outside=_waited_outside(case, measured),
    )


def _waited_outside(case: Case, measured: CaseMeasurements) -> bool:
    """Of one shard without a gateway nobody knows: what waits in its socket is in no histogram, and its own."""
    limit, gateway = case.settings.slo.p99_ms, measured.gateway
    at_most = gateway.latency[WHOLE].p99_at_most if gateway and WHOLE in gateway.latency else None
    if limit is None or at_most is None:
        return False
    return max(at_most, measured.engine_p99) <= limit <= measured.client_p99 < math.inf


def _says_nothing(case: Case, measured: CaseMeasurements) -> bool:
    """Whether nothing is known of the rate: it broke, another lab was up, a clock was wrong, or others sent orders."""
    if any(has_other_clock(case, runner) for runner in measured.generator.runners):
        return True
    if measured.problems or measured.changes or measured.deviations or measured.unknown:
        return True
    taken = sum(shard.orders for shard in measured.shards)
    return taken > measured.sent + SPARE_ORDERS + FOREIGN * measured.sent


def _overload(case: Case, measured: CaseMeasurements, figures: Figures) -> Iterator[str]:
    """The signs that the rate was too high."""
    slo, limits = case.settings.slo, case.limits
    # An engine that was not scraped has an infinite p99 too, which says nothing.
    slow = [p99 for p99 in (measured.client_p99, _finite(measured.engine_p99)) if slo.p99_ms and p99 >= slo.p99_ms]
    if slow:
        yield f"p99 {ms(max(slow))}"
    if slo.error_rate is not None and figures.error_rate >= slo.error_rate:
        yield f"{share(figures.error_rate)} errors"
    if figures.dropped:
        yield f"{counted(figures.dropped, 'order')} dropped"
    if figures.reached < limits.rate_reached * measured.rate_asked:
        yield f"{number(figures.reached)} orders/min reached"
    if figures.short_generator:
        yield "k6 short of CPU"
    for shard in measured.shards:
        if fell_behind(shard):
            yield f"me-shard-{shard.shard} finished {count(shard.finished)} of {counted(shard.orders, 'order')}"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
