"""What a report says of one case, from the files in its folder and what the run's own say of it."""

from collections.abc import Sequence

from lab.core import redact
from lab.core.windows import WHOLE, Window
from lab.judge.checks import checks
from lab.judge.verdict import Outcome
from lab.measure.counters import Series
from lab.measure.extract import of_shard
from lab.measure.latency import Latency, latency
from lab.measure.samples import Samples
from lab.present.breakdown import breakdown
from lab.present.case_document import Breakdown, CaseReport, Slot
from lab.present.containers import containers
from lab.present.percentiles import percentiles
from lab.present.recovery import outage
from lab.present.slots import slots
from lab.present.slots import windows as cut_in_slots
from lab.settings.settings import ResourcesSettings
from lab.store.stored_case import StoredCase

MATCHES = "me_matches_total"
NOTHING_SAID = "the folder has no verdict"


def report(files: StoredCase, resources: ResourcesSettings | None, *, limited: bool) -> CaseReport:
    """What the report says of a case.

    Args:
        files: Its files.
        resources: Of each kind of pod.
        limited: Whether these were in force: programs without a cluster have no limits.
    """
    measured, told, load = files.measured, files.verdict, files.load
    settings = files.case.settings if files.case else None
    cut = _slots(files, files.samples, files.series.named(MATCHES))
    return CaseReport(
        case=files.name,
        title=settings.title if settings else "",
        verdict=told.outcome if told else Outcome.INVALID,
        reasons=told.reasons if told else (NOTHING_SAID,),
        notes=told.notes if told else (),
        bounds=told.bounds if told else (),
        settings=settings,
        start=load.start if load else 0.0,
        duration=load.seconds if load else None,
        warmup=files.warmup,
        figures=measured.client.get(WHOLE) if measured else _own_figures(files),
        percentiles=percentiles(files.samples.within(_judged(load, files.warmup))) if files.samples and load else (),
        measured=measured,
        slots=cut,
        shard_slots={shard.shard: _shard_slots(files, shard.shard) for shard in measured.shards} if measured else {},
        outage=outage(measured.outage, measured.load.start, files.warmup, cut, settings.slo.rise if settings else None)
        if measured and measured.outage
        else None,
        breakdowns=_breakdowns(files),
        containers=containers(files.series, load, resources, limited=limited) if load else (),
        checks=checks(files.case, measured) if measured and files.case else (),
        events=tuple(files.events),
        error=tuple(map(redact.text, files.traceback)),
    )


def _slots(files: StoredCase, samples: Samples | None, matches: Sequence[Series]) -> tuple[Slot, ...]:
    if files.load is None or not (samples or matches):
        return ()
    orders = len(files.samples.orders) if files.samples else 0
    return slots(files.load, cut_in_slots(files.load, orders), samples, matches)


def _shard_slots(files: StoredCase, shard: str) -> tuple[Slot, ...]:
    own = tuple(order for order in files.samples.orders if order.shard == shard) if files.samples else ()
    return _slots(files, Samples(orders=own, dropped=0) if own else None, files.series.named(MATCHES, of_shard(shard)))


def _own_figures(files: StoredCase) -> Latency | None:
    """Of the orders themselves, where there are no measurements."""
    if files.load is None or files.samples is None:
        return None
    return latency(files.samples.within(_judged(files.load, files.warmup)))


def _judged(load: Window, warmup: float) -> Window:
    return Window(name=WHOLE, start=load.start + warmup * 1000, end=load.end)


def _breakdowns(files: StoredCase) -> tuple[Breakdown, ...]:
    """Of every shard over the whole load, and of the only one also in each of its windows."""
    names = [shard.shard for shard in files.measured.shards] if files.measured else []
    wanted = [one for one in files.windows if one.name == WHOLE or len(names) == 1]
    found = (breakdown(files.series, name, window) for name in names for window in wanted)
    return tuple(one for one in found if one)
