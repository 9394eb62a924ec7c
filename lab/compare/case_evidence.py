"""Reads what a run's folder has of a case, once for each time that the case was run, in stretches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.compare.stretch import Execution, Stretch, cut, ordered
from lab.core.windows import Window
from lab.judge.verdict import Outcome
from lab.measure import counters
from lab.measure.extract import of_shard
from lab.measure.samples import Samples
from lab.present.case_document import CaseReport
from lab.present.case_report import MATCHES
from lab.store import stored_case, stored_run
from lab.store.folder import Folder
from lab.store.stored_case import StoredCase

HISTOGRAM = "me_match_duration_seconds_bucket"


def executions(path: Path, case: CaseReport) -> tuple[Execution, ...]:
    """The executions of a case of which there is enough to be cut in stretches; without those that are INVALID.

    Args:
        path: The run's folder.
        case: What its report says of the case.
    """
    folder = Folder(path)
    valid = [one.case for one in case.repetitions if one.verdict is not Outcome.INVALID]
    names = valid if case.repetitions else [case.case]
    run = stored_run.read(folder)
    found = (execution(stored_case.read(folder, name, run.case(name))) for name in names if (path / name).is_dir())
    return tuple(one for one in found if one)


def execution(files: StoredCase) -> Execution:
    """What was measured of a case, in stretches; none if its orders or its windows are lost."""
    if files.samples is None:
        return ()
    return tuple(_stretches(files, files.samples, cut(files.windows)))


def _stretches(files: StoredCase, samples: Samples, windows: Sequence[Window]) -> Iterator[Stretch]:
    matches = files.series.named(MATCHES)
    loaded = files.measured.loaded if files.measured else ()
    engines = [files.series.named(HISTOGRAM, of_shard(one.shard)) for one in loaded]
    for window in windows:
        yield Stretch(
            window=window.name,
            seconds=window.seconds,
            latencies=ordered(samples.within(window)),
            matches=counters.increase(matches, window) if matches else None,
            buckets=tuple(counters.buckets(one, window) for one in engines),
        )
