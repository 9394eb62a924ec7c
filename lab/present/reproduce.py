"""The commands that make a run again: what was checked out, the settings that were in force, what was run."""

import re
from collections.abc import Sequence

SETTINGS_OUT = "rerun.yaml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What may stand in a command as it is: a folder's JSON may hold anything."""
TAKE_SETTINGS = "import json, sys; json.dump(json.load(sys.stdin)['settings'], sys.stdout)"


def task(suite: str, profile: str, cases: Sequence[str], all_cases: Sequence[str], *, rounds: int = 1) -> str:
    """The task that ran these of a suite's cases; empty if a name among them can't be one.

    A case runs after those that it is compared with, so it is the last of them.
    """
    if not all(NAME.fullmatch(word) for word in (suite, profile, *cases)):
        return ""
    what = f"case {cases[-1]}" if cases and set(cases) < set(all_cases) else suite
    flags = ([] if profile == "full" else [f"--profile={profile}"]) + ([f"--repeat={rounds}"] if rounds > 1 else [])
    return " ".join([what, *flags])


def search(topology: str, profile: str, engine_cpu: str | None = None, demand: int | None = None) -> str:
    """The task that sought the capacity of a topology, or the one that carries a demand."""
    if not all(NAME.fullmatch(word) for word in (topology, profile, engine_cpu or "none")):
        return ""
    flags = ([f"--engine-cpu={engine_cpu}"] if engine_cpu else []) + (
        [] if profile == "full" else [f"--profile={profile}"]
    )
    what = f"--topology={topology}" if demand is None else f"--for={demand}"
    return " ".join([f"capacity {what}", *flags])


def on(what: str, runtime: str) -> str:
    """A task on the runtime that it was run on: the one that is chosen by itself may be another there."""
    return f"{what} --runtime={runtime}" if what and NAME.fullmatch(runtime) else what


def seeded(what: str, seed: int | None) -> str:
    """A task with the seed of its loads, where that is known."""
    return what if seed is None or not what else f"{what} --seed={seed}"


def commands(run: str, what: str, *, commit: str, changed: bool) -> tuple[str, ...]:
    """The commands, a line each; comments say what they can't bring back.

    Args:
        run: The run's id.
        what: The task that made it.
        commit: What was checked out; empty if unknown.
        changed: Whether files differed from it.
    """
    if not (NAME.fullmatch(run) and what):
        return ()
    lines = [f"git checkout {commit}"] if NAME.fullmatch(commit) else []
    if changed or not lines:
        lines.append("# files differed from that commit, or it is unknown: the run may not come out the same")
    return (
        *lines,
        f'python3 -c "{TAKE_SETTINGS}" < runs/{run}/settings.json > {SETTINGS_OUT}',
        f"LAB_SETTINGS={SETTINGS_OUT} ./invokew {what}",
        f"./invokew report --run={run}  # makes this page again from the folder",
    )
