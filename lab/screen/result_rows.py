"""The rows of a run's table: one a case, and below it what its shards, its stages or its outage make of it."""

import math
from collections.abc import Iterator, Mapping

from lab.judging.verdict import Outcome, Verdict
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.measure.samples import Latency
from lab.measure.windows import AFTER, BEFORE, DURING, STAGE, WHOLE

COLUMNS = ("case", "orders/min", "client p50", "p95", "p99", "engine p99", "errors", "matches/min", "verdict")
Row = tuple[tuple[str, ...], Outcome | None]
"""A row's texts, and of a case's row what the case came to."""


def rows(verdict: Verdict, measured: Mapping[str, CaseMeasurements]) -> list[Row]:
    """All rows, in the order of the cases."""
    table: list[Row] = []
    for case in verdict.cases:
        numbers = measured.get(case.case)
        if numbers is None:
            table.append(((case.case, *("-",) * (len(COLUMNS) - 2), case.outcome.value), case.outcome))
            continue
        table.append((_case(case.case, numbers, case.outcome.value), case.outcome))
        table += [(row, None) for row in (*_shards(numbers), *_windows(numbers))]
    return table


def _case(name: str, measured: CaseMeasurements, last: str) -> tuple[str, ...]:
    by_minute = measured.matches_per_minute
    return (
        name,
        f"{measured.rate_reached:.0f} of {measured.rate_asked:.0f}",
        *_client(measured.client[WHOLE]),
        _engine(measured, WHOLE),
        f"{measured.client[WHOLE].error_rate:.2%}",
        f"{sum(by_minute) / len(by_minute):.0f}" if by_minute else "-",
        last,
    )


def _shards(measured: CaseMeasurements) -> Iterator[tuple[str, ...]]:
    """The shards that share the load, each with its part of the orders."""
    total = sum(shard.orders for shard in measured.loaded)
    if len(measured.loaded) > 1:
        yield from (_shard(shard, measured, total) for shard in measured.loaded)


def _shard(shard: ShardMeasurements, measured: CaseMeasurements, total: float) -> tuple[str, ...]:
    client = shard.client.latency[WHOLE] if shard.client else None
    by_minute = shard.matches_per_minute
    return (
        f"  shard {shard.shard}",
        f"{shard.orders * 60 / measured.load.seconds:.0f} ({shard.orders / total:.0%})" if total else "-",
        *(_client(client) if client else ("-",) * 3),
        _ms(shard.latency[WHOLE].p99),
        f"{client.error_rate:.2%}" if client else "-",
        f"{sum(by_minute) / len(by_minute):.0f}" if by_minute else "-",
        "",
    )


def _windows(measured: CaseMeasurements) -> Iterator[tuple[str, ...]]:
    """The parts that an outage or a ramp makes of the load."""
    for name, window in measured.windows.items():
        is_stage = name.startswith(STAGE)
        if not is_stage and name not in {BEFORE, DURING, AFTER}:
            continue
        client = measured.client[name]
        yield (
            f"  {name}",
            f"{client.orders * 60 / window.seconds:.0f}" if is_stage else "",
            *_client(client),
            _engine(measured, name),
            f"{client.error_rate:.2%}",
            f"{measured.match_rate(name):.0f}" if is_stage else "",
            f"rise {measured.rise}" if name == DURING and measured.rise else "",
        )


def _client(latency: Latency) -> tuple[str, str, str]:
    return _ms(latency.p50), _ms(latency.p95), _ms(latency.p99)


def _engine(measured: CaseMeasurements, window: str) -> str:
    return _ms(max((shard.latency[window].p99 for shard in measured.loaded), default=math.inf))


def _ms(value: float) -> str:
    return f"{value:.1f} ms" if math.isfinite(value) else "-"
