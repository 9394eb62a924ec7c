"""What cases are run with: the programs, addresses and hands that a lab which is up offers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lab.experiment.suites import Case
from lab.experiment.topology import Topology
from lab.lab import Lab
from lab.measure.path import NullPath
from lab.measure.prometheus import Prometheus
from lab.measure.standing import Standing
from lab.outage.fault_schedule import MakeFault
from lab.running import path
from lab.running.absence import broker_pods
from lab.running.books import Books, Emptied
from lab.running.grafana import Grafana
from lab.running.standing import Ground
from lab.running.watch import Seen

if TYPE_CHECKING:
    from lab.screen.results import Display

LOOPBACK = "http://127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a case is.

    Args:
        case: Which.
        doing: What goes on, for people.
        requests: k6's so far, those that seed the book included.
        elapsed: Seconds of its load; None before it and after it.
        seen: What is seen of the load.
    """

    case: Case
    doing: str
    requests: int = 0
    elapsed: float | None = None
    seen: Seen = field(default_factory=Seen)


class Looks(Protocol):
    """Who says what a run stands on."""

    @property
    def first(self) -> Standing | None:
        """What stood at the first look; None before it."""

    def look(self) -> Standing:
        """What stands now; raises LabError if that can't be read."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What cases are run with.

    Args:
        k6: The program.
        entry: The orders' way in, never a port-forward.
        prometheus: Where measurements come from.
        prometheus_url: Where k6 writes to.
        grafana: Where the run is marked.
        make_fault: Opens the broker's outage.
        empty_books: Restarts the shards, so that nothing rests in their books.
        ground: Says what stands.
        measure_path: Measures the way to the entry at a case's rate, into the case's folder.
        broker_pods: Reads which pods the broker has; raises LabError if the cluster doesn't answer.
        on_progress: Told a few times a second.
        say: Told what is worth a line.
    """

    k6: str
    entry: str
    prometheus: Prometheus
    prometheus_url: str
    grafana: Grafana
    make_fault: MakeFault
    empty_books: Callable[[], Emptied]
    ground: Looks
    measure_path: Callable[[Case, Path], NullPath]
    broker_pods: Callable[[], Sequence[str]]
    on_progress: Callable[[Progress], None]
    say: Callable[[str], None]


def bench_of(lab: Lab, topology: Topology, display: "Display", *, make_fault: MakeFault, password: str) -> Bench:
    """The bench of a lab that is up with this topology.

    Args:
        lab: The lab.
        topology: What stands.
        display: Who is told of progress, and of what is worth a line.
        make_fault: Opens the broker's outage.
        password: Grafana's.
    """
    ports = lab.settings.ports
    entry, url = f"{LOOPBACK}:{ports.entry}", f"{LOOPBACK}:{ports.prometheus}"
    prometheus, k6 = Prometheus(url), lab.tools.path("k6")
    return Bench(
        k6=k6,
        entry=entry,
        prometheus=prometheus,
        prometheus_url=url,
        grafana=Grafana(f"{LOOPBACK}:{ports.grafana}", password=password),
        make_fault=make_fault,
        empty_books=Books(lab.kube, prometheus, topology, entry=entry).empty,
        ground=Ground(lab, topology),
        measure_path=partial(path.calibrate, k6, entry),
        broker_pods=partial(broker_pods, lab.kube),
        on_progress=display.progress,
        say=display.console.print,
    )
