"""Calibrates the null path: what `/health` takes at the entry at a case's highest rate, right before its load."""

import time
from pathlib import Path

from lab.core.errors import ToolError
from lab.measure import null_path as path_
from lab.measure.null_path import NullPath
from lab.run.runner import text
from lab.run.steady import MakeSteady, Requests
from lab.settings.suites import Case
from lab.tools import k6

FOLDER = "path"
"""Within a case's folder, with what k6 leaves."""
GRACE = 30.0
"""Seconds that k6 may take on top: its start, requests under way, writing its points."""
LOOK = 0.2


def calibrate(make: MakeSteady, entry: str, case: Case, folder: Path) -> NullPath:
    """Measure the path for as long as the case's limits say.

    Args:
        make: Makes what asks.
        entry: The orders' way in.
        case: Whose rate; of a ramp its highest one.
        folder: Of the case.

    Returns:
        What it took; or why nothing was measured, for a case must be judged by that too.
    """
    seconds, rate = case.limits.calibration, peak(case)
    own = folder / FOLDER
    own.mkdir(exist_ok=True)
    asked = Requests(url=f"{entry}/health", name="health", rate=rate)
    try:
        with make(asked, own, seconds=seconds, grace=GRACE) as run:
            while run.look():
                time.sleep(LOOK)
        if run.overdue:
            return path_.failed(f"k6 did not end within {seconds + GRACE:g} s")
        if problem := run.trouble or k6.problem(run.exit_code or 0):
            return path_.failed(f"{problem}: {k6.last_error(text(run.log))}")
        return path_.read(own / k6.SAMPLES, asked=int(rate * seconds / 60))
    except ToolError as error:
        return path_.failed(error.summary)


def peak(case: Case) -> int:
    """The highest rate (orders a minute) that a case asks for."""
    return max((case.settings.rate, *(stage.rate for stage in case.settings.stages)))
