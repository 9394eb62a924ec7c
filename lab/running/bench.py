"""What cases are run with: the programs, addresses and hands that a lab which is up offers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.experiment.suites import Case
from lab.experiment.topology import Topology
from lab.lab import Lab
from lab.measure.prometheus import Prometheus
from lab.outage.fault_schedule import MakeFault
from lab.running.books import Books, Emptied
from lab.running.grafana import Grafana
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
    prometheus = Prometheus(url)
    return Bench(
        k6=lab.tools.path("k6"),
        entry=entry,
        prometheus=prometheus,
        prometheus_url=url,
        grafana=Grafana(f"{LOOPBACK}:{ports.grafana}", password=password),
        make_fault=make_fault,
        empty_books=Books(lab.kube, prometheus, topology, entry=entry).empty,
        on_progress=display.progress,
        say=display.console.print,
    )
