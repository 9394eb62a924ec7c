"""How well `compare` tells runs apart: equal ones, and ones whose second engine takes 30 ms more for each match.

Runs case a2 many times on the lab of the settings in force, with load of its own length; nothing else may use the lab
meanwhile. Prints of how many pairs a figure was named worse, and which. The runs stay in `runs/`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab.compare.comparison import compare
from lab.compare.rule import Assessment
from lab.core.errors import LabError
from lab.core.paths import ROOT, RUNS
from lab.store.runs import LATEST

SETTINGS = "LAB_SETTINGS"
AFTER_EACH_MATCH = "        self._metrics.matches.inc(len(fills))\n"
SLOWED = f"{AFTER_EACH_MATCH}        time.sleep(0.030 * len(fills))\n"


def slow_engine(folder: Path) -> Path:
    """The engine's sources, but for 30 ms more after each match."""
    sources = folder / "workloads"
    shutil.copytree(ROOT / "workloads", sources)
    pipeline = sources / "engine" / "pipeline.py"
    text = pipeline.read_text(encoding="utf-8")
    assert text.count(AFTER_EACH_MATCH) == 1, "the engine's pipeline has changed: slow it elsewhere"
    pipeline.write_text(text.replace(AFTER_EACH_MATCH, SLOWED), encoding="utf-8")
    return sources


def settings(folder: Path, seconds: int, sources: Path | None) -> Path:
    """The settings in force, with a trial of this length, and another engine if one is given."""
    own = os.environ.get(SETTINGS)
    whole: dict[str, Any] = yaml.safe_load((ROOT / own).read_text(encoding="utf-8")) if own else {}
    whole["cases"] = {"a2": {"smoke": {"duration": f"{seconds}s", "warmup": "3s"}}}
    if sources:
        whole["sources"] = {"engine": {"folder": str(sources), "target": "engine"}}
    path = folder / ("slow.yaml" if sources else "equal.yaml")
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return path


def run(path: Path) -> Path:
    """One run with these settings; its folder."""
    command = ["./invokew", "case", "a2", "--profile=smoke"]
    ended = subprocess.run(
        command, cwd=ROOT, env={**os.environ, SETTINGS: str(path)}, capture_output=True, text=True, check=False
    )
    folder = RUNS / (RUNS / LATEST).read_text(encoding="utf-8").strip()
    sys.stdout.write(f"{folder.name}: exit code {ended.returncode}: {_verdict(ended.stdout)}\n")
    sys.stdout.flush()
    return folder


def _verdict(output: str) -> str:
    return next((line for line in reversed(output.splitlines()) if "(SMOKE)" in line), "no verdict")[:110]


def told(pairs: list[tuple[Path, Path]], title: str) -> None:
    """Of how many pairs a figure is named worse."""
    found = [compare(before, after) for before, after in pairs]
    worse = sum(one.is_worse for one in found)
    sys.stdout.write(f"{title}: {worse} of {len(found)} named worse\n")
    for one in found:
        names = ", ".join(one.named(Assessment.WORSE)) or ("none" if one.is_judged else "not judged")
        sys.stdout.write(f"  {one.before.run} to {one.after.run}: {names}\n")


def main() -> None:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=10, help="pairs of each kind (default: 10)")
    parser.add_argument("--seconds", type=int, default=20, help="of load, 3 s of warm-up included (default: 20)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        equal = settings(folder, arguments.seconds, None)
        slow = settings(folder, arguments.seconds, slow_engine(folder))
        first = [run(equal) for _ in range(arguments.pairs + 1)]
        second = [run(slow) for _ in range(arguments.pairs)]
    try:
        told(list(pairwise(first)), "equal")
        told(list(zip(first, second, strict=False)), "30 ms a match slower")
    except LabError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
