"""Reads the state of a lab of processes: the programs as the system tells of them, and their sources."""

import time
from collections.abc import Mapping
from typing import Any

from lab.cluster.lab import Lab
from lab.core.content_hash import content_hash
from lab.core.part_labels import GATEWAY
from lab.measure.lab_state import Container, LabState
from lab.run.input_files import files
from lab.runtime.process import parts, programs
from lab.runtime.process.part import BROKER
from lab.runtime.process.programs import Child
from lab.settings.topology import CONTROL, listed_symbols

NAMESPACE = "process"
"""Stands where a cluster's namespace would."""
ROLES = {GATEWAY: "gateway", CONTROL: CONTROL}
"""The roles of the programs that are no engine, by their names."""
OWN = ("SHARD_ID", "SHARD_SYMBOLS", "KAFKA_BOOTSTRAP", "HTTP_PORT", "METRICS_PORT", "ME_SHARD_MAP", "SHARD_SYMBOLS_MAP")
"""The variables that decide what a program does."""


def read(lab: Lab) -> LabState:
    """The state of a lab of processes.

    Raises:
        LabError: A file can't be read.
    """
    children = programs.known()
    environments = {name: child.environment() for name, child in children.items()}
    of_orders = {name: child for name, child in children.items() if name != BROKER}
    # The folders as they are now: a program that is restarted for a clean book would run what was changed.
    roles = dict.fromkeys(ROLES.get(name, "engine") for name in of_orders)
    return LabState(
        at=time.time() * 1000,
        shards={
            name: listed_symbols(environments[name].get("SHARD_SYMBOLS", ""))
            for name, child in children.items()
            if child.part.shard is not None
        },
        parts={
            **{
                f"the program {name}": content_hash(_told(child, environments[name]))
                for name, child in children.items()
            },
            **{f"the source of the {role}": parts.program(lab.settings, role).digest for role in roles},
        },
        files=files(lab.settings),
        containers=tuple(map(container, children.values())),
        applied={name: child.part.source for name, child in of_orders.items()},
        built={},
    )


def container(child: Child) -> Container:
    """A program as a container is told of: it has ended for good, since nobody starts it again."""
    alive = child.alive
    code = child.exit_code
    how = "killed" if code is None else f"exit code {code}"
    return Container(
        namespace=NAMESPACE,
        pod=child.pod,
        workload=child.part.name,
        image=child.part.source,
        digest=f"sha256:{child.part.digest}",
        restarts=0 if alive else 1,
        ended=None if alive else f"ended, {how}",
        ended_at=None if alive else child.ended_at or time.time() * 1000,
    )


def _told(child: Child, environment: Mapping[str, str]) -> Mapping[str, Any]:
    own = {name: environment[name] for name in OWN if name in environment}
    return {"argv": child.part.argv, "cwd": child.part.cwd, "env": own}
