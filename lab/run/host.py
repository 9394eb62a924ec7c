"""Facts about this machine that a run's figures depend on."""

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from lab.core.errors import ToolError
from lab.process.shell import Command, run

CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, kw_only=True)
class Host:
    """The machine as it is when a run begins.

    Args:
        system: Its operating system and kernel.
        architecture: Its machine type.
        processor: The CPU's model.
        cores: Logical cores that the lab may use.
        memory: In bytes.
        load: Processes that wanted to run, averaged over 1, 5 and 15 minutes.
        docker: Docker's own version, cores, memory, storage driver and cgroup version; empty if it doesn't answer.
    """

    system: str
    architecture: str
    processor: str
    cores: int
    memory: int
    load: tuple[float, float, float]
    docker: dict[str, str | int]

    @property
    def node_cores(self) -> float:
        """The cores that all k3d nodes share: Docker's, which may run in a virtual machine of its own."""
        return float(self.docker.get("cores", self.cores))


def facts() -> Host:
    """Look at this machine."""
    import psutil  # noqa: PLC0415 - not needed to list the tasks

    return Host(
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        processor=_processor(),
        cores=_cores(),
        memory=psutil.virtual_memory().total,
        load=os.getloadavg(),
        docker=_docker(),
    )


def _cores() -> int:
    # macOS has no affinity.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    if CPUINFO.exists():
        for line in CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def docker_command() -> Command:
    """Asks Docker about itself."""
    return Command(argv=("docker", "info", "--format", "{{json .}}"), deadline=10)


def parse_docker(text: str) -> dict[str, str | int]:
    """What of `docker info` figures depend on."""
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    names = {
        "version": "ServerVersion",
        "cores": "NCPU",
        "memory": "MemTotal",
        "storage": "Driver",
        "cgroup": "CgroupVersion",
        "system": "OperatingSystem",
    }
    return {name: said[key] for name, key in names.items() if said.get(key)}


def _docker() -> dict[str, str | int]:
    try:
        return parse_docker(run(docker_command(), check=False).stdout)
    except ToolError:
        return {}
