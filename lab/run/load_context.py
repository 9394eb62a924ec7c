"""What a runtime offers for running cases on a lab that is up."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from lab.measure.metrics import Metrics
from lab.measure.null_path import NullPath
from lab.run.books import Emptied
from lab.run.case_progress import Progress
from lab.run.consumption import RecordConsumer
from lab.run.fault_schedule import MakeFault
from lab.run.fleet import Fleet
from lab.run.grafana import Grafana
from lab.run.outlook import Loss
from lab.run.state_reader import StateReader
from lab.run.steady import MakeSteady
from lab.settings.suites import Case
from lab.tools import k6

MakeLoad = Callable[[k6.Load], AbstractContextManager[Fleet]]


@dataclass(frozen=True, kw_only=True)
class LoadContext:
    """What a case is run with: programs, addresses and what acts on the lab.

    Args:
        make_load: Makes what sends a case's load, the orders' way, never by a port-forward.
        make_steady: Makes what sends other requests beside it, from where the load comes.
        metrics: Where measurements come from.
        remote_write: The Prometheus that k6 writes its own series to; None where there is none.
        grafana: Where the run is marked; None where there is none.
        make_fault: Opens the broker's outage.
        empty_books: Restarts the shards, so that nothing rests in their books.
        make_consumer: Opens the broker's topics, to read what the engines publish.
        state: Reads the lab's state.
        measure_path: Measures the way to the entry at a case's rate, into the case's folder.
        control: Where the control answers what is made so; None where there is none.
        broker_pods: Reads which brokers are there; raises LabError if that can't be read.
        look_for_loss: Sees what a load can't get over; raises LabError if that can't be told.
        try_out: Has each shard fill an order; what became of it, for people. Raises LabError where one doesn't.
        on_progress: Told a few times a second.
        say: Told what is worth a line.
    """

    make_load: MakeLoad
    make_steady: MakeSteady
    metrics: Metrics
    remote_write: str | None
    grafana: Grafana | None
    make_fault: MakeFault
    empty_books: Callable[[], Emptied]
    make_consumer: Callable[[], RecordConsumer]
    state: StateReader
    measure_path: Callable[[Case, Path], NullPath]
    control: str | None
    broker_pods: Callable[[], Sequence[str]]
    look_for_loss: Callable[[], Loss | None]
    try_out: Callable[[], str]
    on_progress: Callable[[Progress], None]
    say: Callable[[str], None]
