"""How long synthesis takes, beside what it may take and what it can't do without.

    .venv/bin/python benchmarks/synth.py [--shards N] [--runs N]

The figures are ratios, so that they can be compared between machines: each to its limit (1.5 s for the
committed topologies, 8 s for 1,000 shards), and each to importing cdk8s, which is the least any synthesis takes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lab.manifests.synthesis import render_command  # noqa: E402
from lab.settings.layout import of_own_cluster  # noqa: E402
from lab.settings.loading import committed  # noqa: E402
from lab.settings.settings import Settings  # noqa: E402
from lab.tools.node import node_path  # noqa: E402

COMMITTED_LIMIT = 1.5
"""Seconds."""
SHARD_LIMIT = 8 / 1000
"""Seconds a shard."""
SYMBOLS = 4
"""Of each shard, as in the spec."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=1000, help="of the large topology (default 1000)")
    parser.add_argument("--runs", type=int, default=3, help="the fastest of so many counts (default 3)")
    options = parser.parse_args()
    least = _fastest(["-c", "from cdk8s_plus_28 import k8s"], options.runs)
    files = _fastest([str(ROOT / "main.py")], options.runs)
    many = _fastest(["-m", "matching_engine"], options.runs, _request(options.shards))
    _row("", "seconds", "of the limit", "of importing cdk8s")
    _row("import cdk8s", f"{least:.2f}", "", "1.00")
    _row("main.py", f"{files:.2f}", f"{files / COMMITTED_LIMIT:.2f}", f"{files / least:.2f}")
    limit = SHARD_LIMIT * options.shards
    _row(f"{options.shards} shards", f"{many:.2f}", f"{many / limit:.2f}", f"{many / least:.2f}")


def _request(shards: int) -> str | None:
    """What the renderer is asked for: a topology of so many shards."""
    owned = {f"s{shard}": [f"SYMBOL-{shard}-{n}" for n in range(SYMBOLS)] for shard in range(shards)}
    settings = Settings.model_validate(
        {**committed().model_dump(mode="json", by_alias=True), "topologies": {"many": {"shards": owned}}}
    )
    return render_command(settings, of_own_cluster(settings), ("many",), Path()).stdin


def _fastest(words: list[str], runs: int, request: str | None = None) -> float:
    """Seconds of the fastest run of Python with these words, which begins in an empty folder."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "constructs")))
    environment = {**os.environ, "PYTHONPATH": path, "JSII_NODE": node_path()}
    seconds = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            subprocess.run([sys.executable, *words], cwd=folder, env=environment, input=request, text=True, check=True)
            seconds.append(time.perf_counter() - began)
    return min(seconds)


def _row(*cells: str) -> None:
    print("".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()
