"""Calls k6 on the project's scripts."""

import json
import os
import subprocess
from functools import cache
from typing import Any

from lab.core.paths import ROOT
from lab.process.environment import environment
from lab.tools.k6 import CONFIG
from tests import k6

SCRIPTS = {
    "a1": "loadtests/test-asr1-a1-warmup.js",
    "a2": "loadtests/test-asr1-a2-normal-load.js",
    "a3": "loadtests/test-asr1-a3-depth.js",
    "a4": "loadtests/test-asr1-a4-kafka-degradation.js",
    "b1": "loadtests/test-asr2-b1-baseline.js",
    "b1-peak": "loadtests/test-asr2-b1-peak.js",
    "b2": "loadtests/test-asr2-b2-peak-sustained.js",
    "b3": "loadtests/test-asr2-b3-ramp.js",
    "b4": "loadtests/test-asr2-b4-hot-symbol.js",
    "capacity": "loadtests/capacity.js",
    "draws": "tests/loadtests/draws.js",
}


def run(case: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return _k6("run", case, "--quiet", "--no-usage-report", "--address", "127.0.0.1:0", *words, **variables)


def options(case: str, **variables: str) -> Any:
    """The options with which k6 would run the script."""
    return json.loads(_k6("inspect", case, **variables).stdout)


def orders(case: str, **variables: str) -> Any:
    """The scenario of a script's orders."""
    return options(case, **variables)["scenarios"]["orders"]


def thresholds(case: str, **variables: str) -> dict[str, str]:
    """A script's thresholds, of which each metric has one; k6's versions print them in two ways."""
    found = options(case, **variables)["thresholds"] or {}
    return {name: one if isinstance(one, str) else one["threshold"] for name, (one,) in found.items()}


def refusal(case: str, **variables: str) -> str:
    """What k6 says about a script that doesn't take its variables."""
    return _k6("inspect", case, **variables).stderr


@cache
def drawn(orders: int = 0, **variables: str) -> Any:
    """What the scripts' library draws, without any load: its books, and so many orders. See draws.js."""
    ended = run("draws", ORDERS=str(orders), **variables)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def _k6(verb: str, case: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    argv = (k6.path(), verb, "--config", str(CONFIG), *words, *env, SCRIPTS[case])
    times = environment(os.environ, {"K6_CSV_TIME_FORMAT": "unix_milli"})
    return subprocess.run(argv, env=times, capture_output=True, text=True, timeout=300, cwd=ROOT, check=False)
