"""Which runtime a command uses: the named one, otherwise one that suits this machine and the lab that is up on it."""

from pathlib import Path
from typing import TYPE_CHECKING

from lab.cluster.lab import Lab
from lab.conduct.place import Say
from lab.core.causes import DOCKER_AWAY
from lab.core.errors import PreflightError, UsageError
from lab.core.paths import RUNS
from lab.runtime.k3d.runtime import K3dRuntime
from lab.runtime.kubernetes.runtime import of as kubernetes
from lab.runtime.kubernetes.runtime import refuse_search
from lab.runtime.process.runtime import ProcessRuntime
from lab.settings.loading import where
from lab.store import stored_run
from lab.store.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lab.runtime.runtime import Runtime

AUTO, KUBERNETES = "auto", "kubernetes"
RUNTIMES: "Mapping[str, Callable[..., Runtime]]" = {
    "process": ProcessRuntime,
    "k3d": K3dRuntime,
    KUBERNETES: kubernetes,
}
"""A new runtime is a folder, and a line here."""


def named(lab: Lab, name: str) -> "Runtime":
    """The runtime of this name.

    Raises:
        UsageError: There is none.
    """
    if name not in RUNTIMES:
        raise UsageError(f"runtime must be one of {', '.join((AUTO, *RUNTIMES))}; got {name!r}")
    return RUNTIMES[name](lab=lab)


def to_begin(lab: Lab, asked: str, say: Say) -> "Runtime":
    """The runtime on which a lab is to be brought up: k3d where a Docker engine answers, unless one is named.

    Args:
        lab: The lab.
        asked: What the command was told; empty for what the settings say.
        say: Told what was chosen, why, and how to get the other.

    Raises:
        UsageError: There is no such runtime.
        PreflightError: Docker is there but broken; or it is gone from a checkout that has runs on it.
    """
    wanted = asked or lab.settings.runtime
    if wanted != AUTO:
        runtime = _alone(lab, wanted)
        say(f"runtime {runtime.name}: asked for by {'--runtime' if asked else 'the settings'}")
        return runtime
    from lab.tools import docker  # noqa: PLC0415 - not needed to list the tasks

    why = docker.absence()
    if why is None:
        runtime = _alone(lab, "k3d")
        say("runtime k3d: a Docker engine answers; --runtime=process does without one")
        return runtime
    if run := run_on_k3d(RUNS):
        raise PreflightError(
            f"{why}, and run {run} of this checkout was made on k3d; start Docker, "
            "or name --runtime=process for a verdict that rests on less",
            cause=DOCKER_AWAY,
        )
    say(f"runtime process: {why}; --runtime=k3d runs on a cluster, and needs Docker")
    return named(lab, "process")


def to_load(lab: Lab, asked: str, say: Say) -> "Runtime":
    """The runtime on which a lab is to be brought up and loaded.

    Raises:
        UsageError: There is no such runtime, or no load from where the settings say reaches it.
        PreflightError: As of `to_begin`.
    """
    runtime = to_begin(lab, asked, say)
    if runtime.name == "process" and lab.settings.load.origin == "cluster":
        raise UsageError(
            f"{where('load', 'from')}: load.from must be here on the runtime process, which has no pods; got 'cluster'"
        )
    return runtime


def to_search(lab: Lab, asked: str, say: Say) -> "Runtime":
    """The runtime on which a lab is to be brought up and its capacity sought.

    Raises:
        UsageError: As of `to_load`, or its nodes and cores are not known.
        PreflightError: As of `to_begin`.
    """
    if (asked or lab.settings.runtime) == KUBERNETES:
        refuse_search()
    return to_load(lab, asked, say)


def _alone(lab: Lab, name: str) -> "Runtime":
    """A runtime, if no lab of processes is in the way of its cluster: both would take orders at the same port."""
    runtime = named(lab, name)
    if name == "k3d" and ProcessRuntime(lab=lab).stands():
        raise UsageError(
            "a lab of processes stands here; './invokew down --runtime=process' takes it down, "
            "or go on with it: --runtime=process"
        )
    return runtime


def to_look(lab: Lab, asked: str, say: Say) -> "Runtime":
    """The named runtime, otherwise that of the lab that is up; if none is up, the one that `up` would choose.

    Raises:
        UsageError: There is no such runtime.
        PreflightError: As of `to_begin`.
    """
    wanted = asked or lab.settings.runtime
    if wanted != AUTO:
        return named(lab, wanted)
    if ProcessRuntime(lab=lab).stands():
        return named(lab, "process")
    if lab.access.kubeconfig.exists():
        return named(lab, "k3d")
    return to_begin(lab, asked, say)


def to_end(lab: Lab, asked: str) -> "Sequence[Runtime]":
    """The runtimes to take down: the named one, otherwise all of which something may be left.

    Raises:
        UsageError: There is no such runtime.
        PreflightError: Docker is there but broken, and nothing else is left here.
    """
    wanted = asked or lab.settings.runtime
    if wanted != AUTO:
        return (named(lab, wanted),)
    from lab.tools import docker  # noqa: PLC0415 - not needed to list the tasks

    process, k3d = ProcessRuntime(lab=lab), named(lab, "k3d")
    here: tuple[Runtime, ...] = (process,) if process.keeps_anything() else ()
    if lab.access.kubeconfig.exists():
        return (*here, k3d)
    try:
        is_away = docker.absence() is not None
    except PreflightError:
        if not here:
            raise
        is_away = True  # a broken Docker is no reason to leave processes behind
    return (here or (process,)) if is_away else (*here, k3d)


def run_on_k3d(runs: Path) -> str:
    """The newest run that was made on k3d; empty if there is none."""
    folders = sorted((path for path in runs.iterdir() if path.is_dir()), reverse=True) if runs.is_dir() else ()
    return next((path.name for path in folders if stored_run.read(Folder(path)).runtime == "k3d"), "")
