"""The capacity that a search found as a figure, with its interval."""

import math
from pathlib import Path

from lab.compare.resampling import Estimate
from lab.store.files import CapacityFile
from lab.store.folder import Folder


def capacity(path: Path) -> Estimate | None:
    """The capacity in orders a minute; None if the search did not get so far.

    Args:
        path: The search's folder.
    """
    found = Folder(path).read(CapacityFile)
    interval = found.capacity.interval if found else None
    if interval is None:
        return None
    low, high = float(interval.low or 0), math.inf if interval.high is None else float(interval.high)
    return Estimate(value=float(interval.rate), resamples=((low, high),))
