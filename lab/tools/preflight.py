"""What this machine must have before anything is made: facts, and what they mean."""

import resource
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lab.core.causes import PORT_TAKEN
from lab.core.errors import PreflightError
from lab.core.figures import number, size
from lab.core.quantity import amount
from lab.process import ports
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.tools import docker

OPEN_FILES = 1024
"""File descriptors that k6 and the forwards need at the rates of the suites, with room to spare."""
HEADROOM = 1.5 * 2**30
"""Bytes of memory that the nodes' own processes take: about 350 MiB a node as measured on k3s 1.33, rounded up."""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """CPU cores and bytes of memory."""

    cpu: float
    memory: float


def requested(settings: Settings, topology: Topology) -> Totals:
    """What the pods of a topology ask for together; computed, since the spec's table is rounded against its rows."""
    resources = settings.resources
    asked = [one.requests for one in (resources.redpanda, resources.prometheus, resources.grafana, resources.control)]
    asked += [resources.engine.requests] * len(topology.shards) + [resources.gateway.requests] * topology.has_gateway
    return Totals(cpu=sum(amount(a.cpu) for a in asked), memory=sum(amount(a.memory) for a in asked))


def warnings(settings: Settings, topology: Topology, engine: docker.Engine, open_files: int) -> Iterator[str]:
    """What may spoil a run on this machine but doesn't forbid one; a run's record keeps it.

    Each k3d node claims all of the host's cores, so the scheduler can't see this.
    """
    wanted = requested(settings, topology)
    if wanted.cpu > engine.cpus:
        cores = f"{number(wanted.cpu)} cores, Docker has {engine.cpus}"
        yield f"the pods request {cores}: they share; saturation is measured"
    if wanted.memory + HEADROOM > engine.memory:
        whole = size(wanted.memory + HEADROOM)
        yield f"pods and nodes need {whole}, Docker has {size(engine.memory)}; give Docker more"
    if engine.cgroup not in {"1", "2"}:
        yield f"Docker says cgroup version {engine.cgroup!r}; throttling may not be measurable"
    if open_files < OPEN_FILES:
        yield f"only {open_files} files may be open at once; run 'ulimit -n {OPEN_FILES}'"


def open_files() -> int:
    """How many files a process of this user may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def taken_ports(named: Mapping[str, int]) -> dict[str, int]:
    """Those of the named ports on 127.0.0.1 on which something listens already."""
    return {name: port for name, port in named.items() if not ports.is_free(port)}


def require_free(named: Mapping[str, int]) -> None:
    """Nothing may listen on the ports that the lab is about to take.

    Raises:
        PreflightError: Something does; the message names it.
    """
    taken = taken_ports(named)
    if taken:
        words = [f"port {port} on 127.0.0.1 is taken by {ports.holder(port)}" for port in taken.values()]
        name = next(iter(taken))
        hint = f"free it, or set ports.{name} in experiment.local.yaml"
        raise PreflightError(f"{words[0]}; {hint}", details=words[1:], cause=PORT_TAKEN)
