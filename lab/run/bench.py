"""What cases are run with: the programs, addresses and hands that a lab which is up offers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lab.measure.lab_state import LabState
from lab.measure.metrics import Metrics
from lab.measure.null_path import NullPath
from lab.run.fault_schedule import MakeFault
from lab.run.grafana import Grafana
from lab.run.watch import Seen
from lab.settings.suites import Case


@dataclass(frozen=True, kw_only=True)
class Emptied:
    """How long it took (s) until the engines were ready, and until all was proven; what runs now, and on which node."""

    restart: float
    seconds: float
    pods: Mapping[str, str]

    def __str__(self) -> str:
        """As it is told."""
        return f"the shards restarted in {self.restart:.1f} s, their books are empty ({self.seconds:.1f} s in all)"


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
    def first(self) -> LabState | None:
        """What stood at the first look; None before it."""

    def look(self) -> LabState:
        """What stands now; raises LabError if that can't be read."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What cases are run with.

    Args:
        k6: The program.
        entry: The orders' way in, never a port-forward.
        metrics: Where measurements come from.
        remote_write: The Prometheus that k6 writes its own series to; None where there is none.
        grafana: Where the run is marked; None where there is none.
        make_fault: Opens the broker's outage.
        empty_books: Restarts the shards, so that nothing rests in their books.
        ground: Says what stands.
        measure_path: Measures the way to the entry at a case's rate, into the case's folder.
        broker_pods: Reads which brokers are there; raises LabError if that can't be read.
        on_progress: Told a few times a second.
        say: Told what is worth a line.
    """

    k6: str
    entry: str
    metrics: Metrics
    remote_write: str | None
    grafana: Grafana | None
    make_fault: MakeFault
    empty_books: Callable[[], Emptied]
    ground: Looks
    measure_path: Callable[[Case, Path], NullPath]
    broker_pods: Callable[[], Sequence[str]]
    on_progress: Callable[[Progress], None]
    say: Callable[[str], None]
