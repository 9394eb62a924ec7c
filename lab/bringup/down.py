"""`down`: takes away what the lab made, from whatever state it is in, and checks that nothing is left."""

import shutil
from contextlib import suppress

from lab.bringup.k3d_cluster import left_of, remove_leftovers
from lab.bringup.standing import require_own, standing
from lab.bringup.throwaway import take_away
from lab.cluster.lab import Lab
from lab.core.errors import ToolError
from lab.core.ownership import registry_name
from lab.core.paths import STATE
from lab.process import ledger
from lab.process.shell import run
from lab.process.steps import Say
from lab.tools import docker, k3d

KEPT = ("failures", "process")
"""What stays in the lab's folder: why something broke, and what a lab of processes keeps of itself."""


def down(lab: Lab, say: Say, *, keep_registry: bool) -> list[str]:
    """Take the lab down; doing so twice is no error.

    Args:
        lab: The lab.
        say: Told what takes a while.
        keep_registry: Whether the registry stays, so that the next `up` pushes nothing again.

    Returns:
        What was done, a line each.

    Raises:
        PreflightError: The cluster is another checkout's.
        ToolError: Something is left that could not be taken away.
    """
    docker.engine()
    k3d_path, name = lab.tools.path("k3d"), lab.settings.name
    require_own(name, standing(name), "down")
    done = [*ledger.end_commands(), *_stop_processes()]
    stood = k3d.cluster_state(k3d_path, name) is not None
    if stood or left_of(name):
        say(f"deleting cluster {name}")
        run(k3d.delete_command(k3d_path, name))
        done += [f"cluster {name} deleted"] if stood else []
    done += remove_leftovers(name)
    done += [f"{item} removed" for item in take_away(lab.settings, k3d_path)]
    done += _registry(lab, keep=keep_registry)
    _forget()
    left = left_of(name)
    if left:
        raise ToolError(
            f"{left[0]} is left after 'down'; remove it by hand, for instance with 'docker rm'", details=left
        )
    return done or ["nothing of the lab is there"]


def _forget() -> None:
    """Remove what is kept of this cluster's lab."""
    for path in STATE.iterdir() if STATE.exists() else ():
        if path.name in KEPT:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    with suppress(OSError):  # what stays is in it
        STATE.rmdir()


def plan(lab: Lab, *, keep_registry: bool) -> list[str]:
    """The commands that `down` would give."""
    k3d_path, name = lab.tools.shown("k3d"), lab.settings.name
    commands = [k3d.delete_command(k3d_path, name)]
    if not keep_registry:
        commands.append(k3d.registry_delete_command(k3d_path, name))
    return [*map(str, commands), f"rm -r {STATE}  # but {' and '.join(KEPT)}"]


def _stop_processes() -> list[str]:
    entries = ledger.alive()
    ledger.stop(entries)
    return [f"{entry.purpose} (pid {entry.identity.pid}) stopped" for entry in entries]


def _registry(lab: Lab, *, keep: bool) -> list[str]:
    k3d_path, name = lab.tools.path("k3d"), lab.settings.name
    if k3d.registry_state(k3d_path, name) is None:
        return []
    if keep:
        return [f"registry {registry_name(name)} kept; './invokew down --no-keep-registry' removes it too"]
    run(k3d.registry_delete_command(k3d_path, name))
    return [f"registry {registry_name(name)} deleted"]
