"""Calibrates the null path: what `/health` takes at the entry at a case's highest rate, right before its load."""

import time
from pathlib import Path

from lab.core.errors import ToolError
from lab.measure import null_path as path_
from lab.measure.null_path import NullPath
from lab.process import ports
from lab.process.shell import Command
from lab.run import steady
from lab.run.k6_process import K6Process
from lab.run.steady import Requests
from lab.settings.suites import Case
from lab.tools import k6

FOLDER = "path"
"""Within a case's folder, with what k6 leaves."""
GRACE = 30.0
"""Seconds that k6 may take on top: its start, requests under way, writing its points."""
LOOK = 0.2


def calibrate(program: str, entry: str, case: Case, folder: Path) -> NullPath:
    """Measure the path for as long as the case's limits say.

    Args:
        program: k6.
        entry: The orders' way in.
        case: Whose rate; of a ramp its highest one.
        folder: Of the case.

    Returns:
        What it took; or why nothing was measured, for a case must be judged by that too.
    """
    seconds, rate = case.limits.calibration, peak(case)
    own = folder / FOLDER
    own.mkdir(exist_ok=True)
    api = f"127.0.0.1:{ports.free()}"
    try:
        with K6Process(command(program, entry, own, api=api, rate=rate, seconds=seconds), api=api, folder=own) as run:
            while run.look():
                time.sleep(LOOK)
            if run.overdue:
                return path_.failed(f"k6 did not end within {seconds + GRACE:g} s")
            if problem := k6.problem(run.exit_code or 0):
                said = k6.last_error(run.log.read_text(encoding="utf-8", errors="replace"))
                return path_.failed(f"{problem}: {said}")
        return path_.read(own / k6.SAMPLES, asked=int(rate * seconds / 60))
    except ToolError as error:
        return path_.failed(error.summary)


def peak(case: Case) -> int:
    """The highest rate (orders a minute) that a case asks for."""
    return max((case.settings.rate, *(stage.rate for stage in case.settings.stages)))


def command(program: str, entry: str, folder: Path, *, api: str, rate: int, seconds: int) -> Command:  # noqa: PLR0913 - by name
    """Asks for /health at a rate (requests a minute)."""
    asked = Requests(url=f"{entry}/health", name="health", rate=rate)
    return steady.command(program, asked, folder, api=api, seconds=seconds, grace=GRACE)
