"""Shows what the programs of a lab of processes wrote."""

import sys

from lab.cluster.lab import Lab
from lab.core.errors import ToolError, UsageError
from lab.core.part_labels import GATEWAY
from lab.process import shell
from lab.process.shell import Command
from lab.runtime.process import part
from lab.runtime.process.part import BROKER
from lab.settings.topology import CONTROL, SHARD_PREFIX

LINES = 200
"""Lines of each program that are shown first."""
A_DAY = 86400.0
NAMES = {"gateway": GATEWAY, "control": CONTROL, "broker": BROKER, "redpanda": BROKER}
"""What `--name` may say beside a shard's id; the last so that a word of the other runtime does."""


def logs(lab: Lab, name: str, *, follow: bool, previous: bool) -> None:
    """Show the logs of a part of the lab; of all shards when none is named.

    Raises:
        UsageError: There is no part of this name.
        ToolError: It has written none.
    """
    files = [path for one in _parts(lab, name) if (path := part.log(one, previous=previous)).is_file()]
    if not files:
        which = f"part {name!r} has" if name else "the shards have"
        raise ToolError(f"{which} written no {'earlier ' if previous else ''}log; run './invokew status'")
    if not follow and not any(path.stat().st_size for path in files):
        sys.stdout.write(f"nothing was written to {', '.join(path.name for path in files)}\n")
        return
    argv = ("tail", f"-n{LINES}", *(("-f",) if follow else ()), *map(str, files))
    shell.attach(Command(argv=argv, deadline=A_DAY if follow else 60))


def _parts(lab: Lab, name: str) -> list[str]:
    shards = sorted({shard for topology in lab.settings.topologies.values() for shard in topology.shards})
    if not name:
        return [SHARD_PREFIX + shard for shard in shards]
    if name in NAMES:
        return [NAMES[name]]
    if name not in shards:
        raise UsageError(f"name must be one of {', '.join((*NAMES, *shards))}; got {name!r}")
    return [SHARD_PREFIX + name]
