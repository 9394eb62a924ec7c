"""How long `up` takes, against the spec's way (its commands one at a time, with `k3d image import`).

Also against the lab's own steps one at a time with imports: what of the gain comes from going side by side.

Takes the lab of the settings in force down and brings it up again, several times: nothing else may use it meanwhile.
All images must be in the host's Docker store. Prints seconds and ratios of one run; `--json` keeps them.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import spec_way
from lab.bringup import down, up
from lab.cluster.lab import Lab, of
from lab.process.steps import Graph, State
from lab.settings.loading import load
from lab.settings.topology import Topology

TARGETS = {"first": 0.45, "kept registry": 0.35}
"""What the ratios to the spec's way are to be at most."""


def one_at_a_time(lab: Lab, topology: Topology) -> float:
    """The steps of `up` in turn, each to its end, images imported into each node; seconds."""
    images = lab.settings.images.model_copy(update={"delivery": "import"})
    importing = of(lab.settings.model_copy(update={"images": images}))
    began = time.monotonic()
    graph = Graph(up.steps(importing, topology))
    order = [name for name in graph.order if name != "nodes"]
    order.insert(order.index("cluster") + 1, "nodes")
    for name in order:
        step = graph.steps[name]
        if step.is_done is None or step.is_done() is None:
            step.run(lambda _words: None)
            step.check()
    return time.monotonic() - began


def the_spec_s_way(lab: Lab, topology: Topology) -> float:
    """The spec's commands in its order; seconds."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        spec_way.bring_up(of(lab.settings), topology, Path(folder))
    return time.monotonic() - began


def side_by_side(lab: Lab, topology: Topology) -> tuple[float, Graph]:
    """`up` as it is; seconds, and the record of its steps."""
    began = time.monotonic()
    graph = Graph(up.steps(of(lab.settings), topology))  # of a lab that knows nothing of the last one's cluster
    graph.run()
    return time.monotonic() - began, graph


def measure(lab: Lab, topology: Topology) -> dict[str, float]:
    """Seconds of each way, in one round."""
    down.down(lab, keep_registry=False)
    _tell("spec's way")
    seconds = {"spec's way": the_spec_s_way(lab, topology)}
    down.down(lab, keep_registry=False)
    _tell("one at a time")
    seconds["one at a time"] = one_at_a_time(lab, topology)
    down.down(lab, keep_registry=False)
    _tell("first")
    seconds["first"], _ = side_by_side(lab, topology)
    down.down(lab, keep_registry=True)
    _tell("kept registry")
    seconds["kept registry"], graph = side_by_side(lab, topology)
    seconds["again"], again = side_by_side(lab, topology)
    unchanged = [r.name for r in again.records.values() if r.state is State.DONE]
    sys.stdout.write(f"  steps that `up` again did not skip: {', '.join(unchanged)}\n")
    for record in graph.records.values():
        sys.stdout.write(f"  {record.name:<20} {record.began or 0:6.1f} to {record.ended or 0:6.1f} s\n")
    return seconds


def _tell(way: str) -> None:
    sys.stdout.write(f"measuring: {way}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often each way is measured (default: 1)")
    parser.add_argument("--topology", default="single", help="which topology (default: single)")
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    arguments = parser.parse_args()
    lab = of(load())
    topology = lab.settings.topology(arguments.topology)
    rounds = [measure(lab, topology) for _ in range(arguments.rounds)]
    for way in rounds[0]:
        ratios = [figures[way] / figures["spec's way"] for figures in rounds]
        seconds = statistics.median(figures[way] for figures in rounds)
        target = f"  (target {TARGETS[way]})" if way in TARGETS else ""
        sys.stdout.write(f"{way:<16} {seconds:7.1f} s   ratio {statistics.median(ratios):.2f}{target}\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(rounds, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
