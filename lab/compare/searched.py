"""The capacity that a search found as a figure: between the highest rate that held and the lowest that didn't."""

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
    bracket = found.capacity.bracket if found else None
    if bracket is None or (bracket.held is None and bracket.failed is None):
        return None
    low, high = float(bracket.held or 0), math.inf if bracket.failed is None else float(bracket.failed)
    return Estimate(value=low, resamples=((low, high),))
