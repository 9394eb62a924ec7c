"""What a report says of one case, from the files in its folder and what the run's own say of it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lab.core.windows import WHOLE, Window
from lab.measure import counters
from lab.measure.counters import Series
from lab.measure.samples import Samples
from lab.present import held
from lab.present.breakdown import breakdown
from lab.present.case_document import (
    Breakdown,
    CaseReport,
    Event,
    Figures,
    Ratio,
    ShardReport,
    Slot,
    StretchReport,
    WindowReport,
)
from lab.present.case_files import CaseFiles
from lab.present.containers import containers
from lab.present.gaps import INVALID
from lab.present.gateway import gateway
from lab.present.recorded import of_shard
from lab.present.recovery import outage
from lab.present.slots import figures, slots
from lab.present.slots import windows as cut_in_slots
from lab.present.validity_checks import checks
from lab.store import loose

MATCHES = "me_matches_total"


def report(files: CaseFiles) -> CaseReport:
    """What the report says of a case."""
    measured, slo = files.measured, loose.table(files.settings.get("slo"))
    cut = _slots(files, files.samples, _matches(files))
    return CaseReport(
        case=files.case,
        title=loose.text(files.settings.get("title")),
        verdict=loose.text(files.verdict.get("verdict"), INVALID),
        reasons=_lines(files.verdict.get("reasons")) or ("the folder says nothing of its verdict",),
        bounds=held.bounds(files.verdict),
        duration=files.load.seconds if files.load else None,
        warmup=files.warmup,
        rate_asked=loose.number(loose.at(measured, "rate_asked")),
        rate_reached=loose.number(loose.at(measured, "rate_reached")),
        p99_limit=loose.number(slo.get("p99_ms")),
        matches_limit=loose.number(loose.at(slo, "matches", "per_minute")),
        figures=_figures(loose.at(measured, "client", WHOLE)) or _own_figures(files),
        **_engine(files, WHOLE),
        worst=_worst(files),
        matches=_mean(_by_minute(files.shards)),
        matches_by_minute=_by_minute(files.shards),
        windows=tuple(_window(files, window) for window in files.windows),
        slots=cut,
        shards=tuple(_shard(files, shard) for shard in files.shards),
        outage=outage(loose.at(measured, "outage"), files.start, files.warmup, cut, slo),
        ratios=_ratios(files, slo),
        breakdowns=_breakdowns(files),
        gateway=gateway(loose.at(measured, "gateway")),
        containers=containers(files.series, files.load, files.resources, limited=files.limited) if files.load else (),
        checks=checks(measured, files.limits, limited=files.limited),
        events=tuple(_event(one, files.start) for one in loose.items(files.events)),
        warnings=_lines(loose.at(measured, "warnings")),
        error=_lines(loose.at(files.error, "traceback")),
    )


def _lines(value: Any) -> tuple[str, ...]:
    return tuple(loose.text(line) for line in loose.items(value))


def _matches(files: CaseFiles, shard: str | None = None) -> Sequence[Series]:
    return files.series.named(MATCHES) if shard is None else files.series.named(MATCHES, of_shard(shard))


def _slots(files: CaseFiles, samples: Samples | None, matches: Sequence[Series]) -> tuple[Slot, ...]:
    if files.load is None or not (samples or matches):
        return ()
    orders = len(files.samples.orders) if files.samples else 0
    return slots(files.load, cut_in_slots(files.load, orders), samples, matches)


def _figures(seen: Any) -> Figures | None:
    if not loose.table(seen):
        return None
    percentiles = {name: loose.number(loose.at(seen, name)) for name in ("p50", "p95", "p99", "p999", "max")}
    orders, errors = loose.count(loose.at(seen, "orders")), loose.count(loose.at(seen, "errors"))
    return Figures(orders=orders, errors=errors, **percentiles)


def _own_figures(files: CaseFiles) -> Figures | None:
    """Of the orders themselves, where there are no measurements."""
    if files.load is None or files.samples is None:
        return None
    judged = Window(name=WHOLE, start=files.start + files.warmup * 1000, end=files.load.end)
    return figures(files.samples.within(judged))


def _engine(files: CaseFiles, window: str, shard: Any = None) -> dict[str, Any]:
    """The highest p99 of the engines, or of one, and whether it is only known to lie above."""
    found = [loose.at(one, "latency", window) for one in ([shard] if shard else files.shards)]
    known = [value for one in found if (value := loose.number(loose.at(one, "p99"))) is not None]
    is_beyond = any(loose.at(one, "is_beyond") is True for one in found)
    return {"engine_p99": max(known, default=None), "engine_is_beyond": is_beyond}


def _worst(files: CaseFiles) -> StretchReport | None:
    found = loose.at(files.measured, "worst")
    start, end = loose.number(loose.at(found, "start")), loose.number(loose.at(found, "end"))
    if start is None or end is None:
        return None
    return StretchReport(
        start=(start - files.start) / 1000,
        end=(end - files.start) / 1000,
        orders=loose.count(loose.at(found, "orders")),
        p99=loose.number(loose.at(found, "p99")),
    )


def _minutes(shard: Any) -> tuple[float, ...]:
    return tuple(loose.number(one) or 0.0 for one in loose.items(loose.at(shard, "matches_per_minute")))


def _by_minute(shards: Sequence[Any]) -> tuple[float, ...]:
    """Of all shards together, in the minutes that each has."""
    return tuple(sum(minute) for minute in zip(*(_minutes(shard) for shard in shards), strict=False))


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _window(files: CaseFiles, window: Window) -> WindowReport:
    matches = _matches(files)
    return WindowReport(
        name=window.name,
        start=(window.start - files.start) / 1000,
        end=(window.end - files.start) / 1000,
        client=_figures(loose.at(files.measured, "client", window.name)),
        **_engine(files, window.name),
        matches=counters.increase(matches, window) * 60 / window.seconds if matches and window.seconds else None,
    )


def _shard(files: CaseFiles, shard: Any) -> ShardReport:
    name = loose.text(loose.at(shard, "shard"), "?")
    own = tuple(order for order in files.samples.orders if order.shard == name) if files.samples else ()
    return ShardReport(
        shard=name,
        figures=_figures(loose.at(shard, "client", "latency", WHOLE)),
        **_engine(files, WHOLE, shard),
        orders=loose.number(loose.at(shard, "orders")),
        matches_by_minute=_minutes(shard),
        slots=_slots(files, Samples(orders=own, dropped=0) if own else None, _matches(files, name)),
    )


def _ratios(files: CaseFiles, slo: Mapping[str, Any]) -> tuple[Ratio, ...]:
    found = loose.table(loose.at(files.measured, "rise"))
    if not found:
        return ()
    low, ratio, high = (loose.number(found.get(name)) for name in ("low", "ratio", "high"))
    limit = loose.number(slo.get("rise"))
    return (Ratio(what="p99 during the outage / before it", ratio=ratio, low=low, high=high, limit=limit),)


def _breakdowns(files: CaseFiles) -> tuple[Breakdown, ...]:
    """Of every shard over the whole load, and of the only one also in each of its windows."""
    names = [loose.text(loose.at(shard, "shard"), "?") for shard in files.shards]
    wanted = [one for one in files.windows if one.name == WHOLE or len(names) == 1]
    found = (breakdown(files.series, name, window) for name in names for window in wanted)
    return tuple(one for one in found if one)


def _event(one: Any, start: float) -> Event:
    at = loose.number(loose.at(one, "at"))
    known = at is not None and start
    return Event(
        at=(at - start) / 1000 if known and at is not None else None, what=loose.text(loose.at(one, "what"), "?")
    )
