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
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import spec_way
from lab.bringup import down, standstill, up
from lab.cluster.lab import Lab, of
from lab.process.steps import Graph, State
from lab.settings.loading import load
from lab.settings.topology import Topology

TARGETS = {"first": 0.26, "kept registry": 0.20, "from stop": 0.15, "again": 0.02}
"""What the ratios to the spec's way are to be at most."""
SPEC = "spec's way"
Way = Callable[[Lab, Topology], float]


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


def side_by_side(lab: Lab, topology: Topology) -> float:
    """`up` as it is, with the times of its steps; seconds."""
    began = time.monotonic()
    graph = Graph(up.steps(of(lab.settings), topology))  # of a lab that knows nothing of the last one's cluster
    graph.run()
    seconds = time.monotonic() - began
    for record in graph.records.values():
        if record.state is State.DONE:
            sys.stdout.write(f"  {record.name:<20} {record.began or 0:6.1f} to {record.ended or 0:6.1f} s\n")
    return seconds


def from_nothing(way: Way) -> Way:
    """A way that is measured where nothing of the lab is there."""

    def measured(lab: Lab, topology: Topology) -> float:
        down.down(lab, lambda _words: None, keep_registry=False)
        return way(lab, topology)

    return measured


def from_registry(lab: Lab, topology: Topology) -> float:
    """`up` after a `down` that kept the registry."""
    down.down(lab, lambda _words: None, keep_registry=True)
    return side_by_side(lab, topology)


def from_stop(lab: Lab, topology: Topology) -> float:
    """`up` where the containers of cluster and registry are stopped."""
    standstill.stop(lab)
    return side_by_side(lab, topology)


WAYS: dict[str, Way] = {
    SPEC: from_nothing(the_spec_s_way),
    "one at a time": from_nothing(one_at_a_time),
    "first": from_nothing(side_by_side),
    "kept registry": from_registry,
    "from stop": from_stop,
    "again": side_by_side,
}
"""In the order in which they are measured: the last two need a lab that stands."""


def measure(lab: Lab, topology: Topology, ways: Sequence[str]) -> dict[str, float]:
    """Seconds of each way, in one round."""
    seconds = {}
    for way in ways:
        sys.stdout.write(f"measuring: {way}\n")
        sys.stdout.flush()
        seconds[way] = WAYS[way](lab, topology)
    return seconds


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often each way is measured (default: 1)")
    parser.add_argument("--topology", default="single", help="which topology (default: single)")
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    parser.add_argument("--only", nargs="+", choices=WAYS, help="some of the ways alone (default: all)")
    arguments = parser.parse_args()
    lab = of(load())
    topology = lab.settings.topology(arguments.topology)
    rounds = [measure(lab, topology, arguments.only or list(WAYS)) for _ in range(arguments.rounds)]
    for way in rounds[0]:
        seconds = statistics.median(figures[way] for figures in rounds)
        told = f"{way:<16} {seconds:7.1f} s"
        if SPEC in rounds[0]:
            ratio = statistics.median(figures[way] / figures[SPEC] for figures in rounds)
            told += f"   ratio {ratio:.2f}" + (f"  (target {TARGETS[way]})" if way in TARGETS else "")
        sys.stdout.write(f"{told}\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(rounds, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
