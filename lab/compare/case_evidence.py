"""Reads what a run's folder has of a case, once for each time that the case was run, in stretches."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lab.compare.stretch import Execution, Stretch, cut, ordered
from lab.core.windows import Window
from lab.measure import counters
from lab.measure.samples import Samples
from lab.present import case_files
from lab.present.breakdown import histogram
from lab.present.case_document import CaseReport
from lab.present.case_files import CaseFiles
from lab.present.case_report import MATCHES
from lab.present.gaps import INVALID
from lab.present.recorded import of_shard
from lab.store import loose
from lab.store.folder import Folder

HISTOGRAM = "me_match_duration_seconds_bucket"


def executions(path: Path, case: CaseReport, settings: Mapping[str, object]) -> tuple[Execution, ...]:
    """The executions of a case of which there is enough to be cut in stretches; without those that are INVALID.

    Args:
        path: The run's folder.
        case: What its report says of the case.
        settings: Those in the run's folder.
    """
    folder = Folder(path)
    names = [one.case for one in case.repetitions if one.verdict != INVALID] if case.repetitions else [case.case]
    found = (execution(case_files.read(folder, name, {}, settings)) for name in names if (path / name).is_dir())
    return tuple(one for one in found if one)


def execution(files: CaseFiles) -> Execution:
    """What was measured of a case, in stretches; none if its orders or its windows are lost."""
    if files.samples is None:
        return ()
    return tuple(_stretches(files, files.samples, cut(files.windows)))


def _stretches(files: CaseFiles, samples: Samples, windows: Sequence[Window]) -> Iterator[Stretch]:
    matches = files.series.named(MATCHES)
    engines = [
        files.series.named(HISTOGRAM, of_shard(loose.text(loose.at(one, "shard")))) for one in _loaded(files.shards)
    ]
    for window in windows:
        yield Stretch(
            window=window.name,
            seconds=window.seconds,
            latencies=ordered(samples.within(window)),
            matches=counters.increase(matches, window) if matches else None,
            buckets=tuple(histogram(one, window) for one in engines),
        )


def _loaded(shards: Sequence[object]) -> list[object]:
    """Those that the case sends orders to; older measurements don't say which."""
    return [one for one in shards if loose.at(one, "is_loaded") is not False]
