"""What `test` runs: the project's own checks, and the tests that need a cluster."""

import os
import sys

from lab.core.errors import ToolError
from lab.core.paths import ROOT
from lab.process import shell
from lab.process.shell import Command
from lab.tools.node import node_path

DEADLINE = 1500.0
CLUSTER_DEADLINE = 3600.0


def commands() -> list[tuple[str, Command]]:
    """Name and command of each check, in the order in which their failures are told."""
    python = sys.executable
    environment = {"JSII_NODE": node_path(), "LAB_SETTINGS": ""}
    # Some tests wait for a load that runs: one worker more than cores has work meanwhile.
    workers = str((os.cpu_count() or 1) + 1)
    listed: list[tuple[str, tuple[str, ...]]] = [
        ("format", (python, "-m", "ruff", "format", "--check", "--quiet", ".")),
        ("lint", (python, "-m", "ruff", "check", "--quiet", ".")),
        ("types", (python, "-m", "mypy")),
        ("tests", (python, "-m", "pytest", "-q", "-n", workers, "--dist=worksteal", "-m", "not cluster")),
    ]
    return [(name, Command(argv=argv, env=environment, cwd=ROOT, deadline=DEADLINE)) for name, argv in listed]


def cluster_command() -> Command:
    """The tests that need Docker and bring the lab up for real; the settings in force apply."""
    argv = (sys.executable, "-m", "pytest", "-q", "-m", "cluster", "-x", "--durations=20", "tests/cluster")
    return Command(argv=argv, env={"JSII_NODE": node_path()}, cwd=ROOT, deadline=CLUSTER_DEADLINE)


def run_all() -> None:
    """Run every check, whatever the one before said.

    Raises:
        ToolError: One failed; all that failed are named.
    """
    failed = []
    for name, command in commands():
        sys.stdout.write(f"--- {name}\n")
        sys.stdout.flush()
        if shell.attach(command) != 0:
            failed.append(name)
    if failed:
        raise ToolError(f"{', '.join(failed)} failed; see above")
    sys.stdout.write("all checks passed\n")


def run_cluster() -> None:
    """Run the tests that need a cluster.

    Raises:
        ToolError: They failed.
    """
    if shell.attach(cluster_command()) != 0:
        raise ToolError("the cluster tests failed; see above")
