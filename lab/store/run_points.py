"""The raw points of all that a run's cases kept of the metrics."""

from lab.core.errors import UsageError
from lab.measure import openmetrics
from lab.measure.counters import Series
from lab.store.files import ExtractFile
from lab.store.folder import Folder


def of(folder: Folder) -> tuple[Series, ...]:
    """Every series of a run, once.

    Raises:
        UsageError: The run keeps no point; the message has the first reason.
    """
    files = (folder.read(ExtractFile, case) for case in folder.measured())
    found = openmetrics.merged(one for file in files if file for series in file.extract.values() for one in series)
    if not any(one.points for one in found):
        gap = next((f": {one.file} {one.why}" for one in folder.gaps if one.file.endswith(ExtractFile.FILE)), "")
        raise UsageError(f"{folder.path.name} keeps no points of the metrics{gap}; './invokew runs' lists other runs")
    return found
