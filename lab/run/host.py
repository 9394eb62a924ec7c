"""Facts about this machine that a run's figures depend on."""

import json
import os
import platform
from pathlib import Path

from lab.core.errors import ToolError
from lab.process.shell import run
from lab.store.made_with import Host
from lab.tools import docker

CPUINFO = Path("/proc/cpuinfo")


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
        return parse_docker(run(docker.info_command(), check=False).stdout)
    except ToolError:
        return {}
