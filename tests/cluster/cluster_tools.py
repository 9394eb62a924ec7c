"""What the cluster tests need to look at and disturb a lab."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.cluster.lab import Lab
from lab.process.environment import environment
from tests.claims.world import World

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a command left: exit code, all it printed, and the seconds it took."""

    code: int
    output: str
    seconds: float


def run_invokew(*words: str, deadline: float = 600, **environment: str) -> Ended:
    """Run a command of the lab as a user would."""
    began = time.monotonic()
    result = subprocess.run(
        ["./invokew", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=deadline,
        check=False,
    )
    return Ended(code=result.returncode, output=result.stdout + result.stderr, seconds=time.monotonic() - began)


Invokew = Callable[..., Ended]


def kubectl(lab: Lab, *words: str, deadline: float = 60, stdin: str | None = None) -> str:
    """What kubectl prints on the lab's cluster."""
    argv = lab.access.kubectl(*words, kubectl=lab.tools.path("kubectl"))
    result = subprocess.run(
        argv,
        env=environment(os.environ, {}),
        capture_output=True,
        text=True,
        timeout=deadline,
        input=stdin,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def running(lab: Lab, namespace: str) -> Mapping[str, tuple[str, str]]:
    """The pods of each workload that stay: their names, and what another start of theirs has not, uid and restarts."""
    try:
        found = json.loads(kubectl(lab, "get", "pods", "-n", namespace, "-o", "json"))["items"]
    except AssertionError:
        return {}  # there is no cluster
    stay = [pod for pod in found if "deletionTimestamp" not in pod["metadata"] and "app" in pod["metadata"]["labels"]]
    return {_part(pod["metadata"]["labels"]): (pod["metadata"]["name"], _start(pod)) for pod in stay}


def world_of(lab: Lab, runtime: str, environment: Mapping[str, str] | None = None) -> World:
    """A lab of this checkout on a cluster, as claims that hold on every runtime see it.

    Args:
        lab: The lab.
        runtime: What it stands on.
        environment: Of its commands, beyond this process' own.
    """
    space = lab.access.namespaces.workloads

    def pods() -> Mapping[str, tuple[str, str]]:
        return running(lab, space)

    def kill(name: str) -> None:
        kubectl(lab, "delete", "pod", pods()[name][0], "-n", space, "--force", "--grace-period=0")

    return World(
        runtime=runtime,
        root=ROOT,
        invokew=("./invokew",),
        running=pods,
        kill=kill,
        environment=environment or {},
    )


def _part(labels: Mapping[str, str]) -> str:
    if "shard" in labels:
        return f"me-shard-{labels['shard']}"
    return {"redpanda": "broker"}.get(labels["app"], labels["app"])


def _start(pod: Mapping[str, dict[str, object]]) -> str:
    statuses: object = pod["status"].get("containerStatuses")
    restarts = [one["restartCount"] for one in statuses] if isinstance(statuses, list) else []
    return f"{pod['metadata']['uid']} {restarts}"


def begin(*words: str, output: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a command of the lab; its output goes to a file."""
    with output.open("wb") as file:
        return subprocess.Popen(
            ["./invokew", *words],
            cwd=ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **environment},
        )


def until(condition: Callable[[], Any], *, deadline: float, what: str) -> Any:
    """What the condition gives once it gives something; fails after the deadline (seconds)."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.25)
    raise AssertionError(f"not within {deadline:g} s: {what}")


def end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the command itself, and to nothing that it started."""
    os.kill(process.pid, number)
