"""Has k6 read a suite's scripts before anything is loaded: what is wrong with the last one is told before the first."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from lab.cluster.lab import Lab
from lab.core.causes import SCRIPT_ERROR
from lab.core.errors import UsageError
from lab.core.figures import counted
from lab.core.version_range import within
from lab.process.shell import Result, run
from lab.process.steps import Step
from lab.settings.suites import Case, Suite
from lab.tools import k6
from lab.tools.tools import Tool


def step(lab: Lab, suite: Suite, *, entry: str) -> Step:
    """The part of bringing a suite's lab up that reads its scripts; it is done beside everything else.

    Args:
        lab: Whose k6.
        suite: Whose scripts.
        entry: The orders' way in, which a script may ask for while it is read.
    """
    inspect = partial(_inspect, lambda: lab.tools.tool("k6"), suite, entry)
    return Step(
        name="scripts",
        needs=("preflight",),
        run=lambda _say: inspect(),
        plan=lambda: [f"k6 inspect {script}" for script in _scripts(suite)],
    )


def _scripts(suite: Suite) -> dict[str, Case]:
    """Each script once, with one of its cases."""
    return {case.script: case for case in suite.cases}


def _inspect(program: Callable[[], Tool], suite: Suite, entry: str) -> str:
    """Read them all, side by side.

    Raises:
        UsageError: One can't be run; the message has k6's own words.
        ToolError: k6 did not come to an end.
    """
    found, scripts = program(), tuple(_scripts(suite).values())
    endpoints = k6.Endpoints(entry=entry, remote_write=None, api="")

    def read(case: Case) -> Result:
        load = k6.Load(case=case, topology=suite.topology, seed=suite.seed, testid=case.id, folder=Path())
        return run(k6.inspect_command(str(found.path), load, endpoints), check=False)

    with ThreadPoolExecutor() as pool:
        results = tuple(zip(scripts, pool.map(read, scripts), strict=True))
    if said := [line for case, result in results if not result.ok for line in _complaint(case, result)]:
        raise UsageError(said[0], details=said[1:], cause=SCRIPT_ERROR)
    drops = not within(found.version, f">={k6.MERGES}")
    dropping = (case.script for case, result in results if drops and json.loads(result.stdout).get("tags"))
    why = f"k6 {found.version} drops its options.tags, since the lab has a tag too; k6 {k6.MERGES} keeps them"
    return "; ".join((f"k6 reads {counted(len(scripts), 'script')}", *(f"{one}: {why}" for one in dropping)))


def _complaint(case: Case, result: Result) -> tuple[str, ...]:
    first, *others = k6.error_lines(result.stderr)
    return (f"case {case.id!r}: k6 can't run {case.script}, and nothing was loaded: {first}", *others)
