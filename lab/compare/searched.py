"""The capacity that a search found as a figure: between the highest rate that held and the lowest that didn't."""

import math
from pathlib import Path

from lab.compare.resampling import Estimate
from lab.store import loose
from lab.store.folder import CAPACITY, Folder


def capacity(path: Path) -> Estimate | None:
    """The capacity in orders a minute; None if the search did not get so far.

    Args:
        path: The search's folder.
    """
    found = Folder(path).json(CAPACITY)
    held, failed = (loose.number(loose.at(found, "bracket", name)) for name in ("held", "failed"))
    if held is None and failed is None:
        return None
    low, high = held or 0.0, math.inf if failed is None else failed
    return Estimate(value=low, resamples=((low, high),))
