"""The benchmarks that need a lab which is up run, in their shortest form."""

import subprocess
import sys

from lab.cluster.lab import Lab
from tests.cluster.cluster_tools import ROOT


def test_up_can_be_measured(lab: Lab) -> None:
    """Where nothing is to be done; the other ways take the lab away first."""
    assert lab
    argv = (sys.executable, "benchmarks/up.py", "--only", "again")
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert ended.returncode == 0, ended.stderr
    assert "\nagain  " in ended.stdout
