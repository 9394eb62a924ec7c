"""The rows of a run's table: one a case, and below it its shards, stages, windows of an outage or repetitions."""

from collections.abc import Iterator, Mapping

from lab.core.figures import UNKNOWN, number, share
from lab.core.windows import AFTER, BEFORE, DURING, STAGE, WHOLE
from lab.judge.verdict import CaseVerdict, Outcome, Verdict
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.present import cells
from lab.present.case_document import Engine, mean

COLUMNS = ("case", "orders/min", "client p50", "p95", "p99", "engine p99", "errors", "matches/min", "verdict")
Row = tuple[tuple[str, ...], Outcome | None]
"""A row's texts, and of a case's row what the case came to."""


def rows(verdict: Verdict, measured: Mapping[str, CaseMeasurements]) -> list[Row]:
    """All rows, in the order of the cases."""
    table: list[Row] = []
    for case in verdict.cases:
        if case.repetitions:
            times = f"{len(case.repetitions)} times"
            table.append(((case.case, times, *("",) * (len(COLUMNS) - 3), case.outcome.value), case.outcome))
            table += [(_first(one, measured, "  "), one.outcome) for one in case.repetitions]
            continue
        table.append((_first(case, measured), case.outcome))
        if numbers := measured.get(case.case):
            table += [(row, None) for row in (*_shards(numbers), *_windows(numbers))]
    return table


def _first(case: CaseVerdict, measured: Mapping[str, CaseMeasurements], indent: str = "") -> tuple[str, ...]:
    """The row of a case or of one repetition."""
    numbers, name = measured.get(case.case), indent + case.case
    seen = numbers.client[WHOLE] if numbers else None
    return (name, *cells.of_case(numbers, seen), case.outcome.value)


def _shards(measured: CaseMeasurements) -> Iterator[tuple[str, ...]]:
    """The shards that share the load, each with its part of the orders."""
    total = sum(shard.orders for shard in measured.loaded)
    if len(measured.loaded) > 1:
        yield from (_shard(shard, measured, total) for shard in measured.loaded)


def _shard(shard: ShardMeasurements, measured: CaseMeasurements, total: float) -> tuple[str, ...]:
    client = shard.client.latency[WHOLE] if shard.client else None
    return (
        f"  shard {shard.shard}",
        f"{number(shard.orders * 60 / measured.load.seconds)} ({share(shard.orders / total)})" if total else UNKNOWN,
        *cells.of_client(client),
        cells.of_engine(Engine(shard.latency[WHOLE])),
        cells.errors(client),
        number(mean(shard.matches_per_minute)),
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
            number(client.orders * 60 / window.seconds) if is_stage else "",
            *cells.of_client(client),
            cells.of_engines(measured, name),
            cells.errors(client),
            number(measured.match_rate(name)) if is_stage else "",
            f"rise {measured.rise}" if name == DURING and measured.rise else "",
        )
