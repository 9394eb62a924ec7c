"""A runtime that stands nothing up: it says what it is told to say, and notes what was asked of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from lab.cluster.kept_files import KeptFiles
from lab.cluster.lab import Lab
from lab.conduct.place import Evidence, Say
from lab.core.errors import LabError
from lab.diagnose.gather import Gathered
from lab.judge.capacity import Machine
from lab.measure.counters import Series
from lab.measure.metrics import Selector
from lab.measure.null_path import NullPath
from lab.present.table import Row
from lab.process.steps import Step
from lab.run.books import Emptied
from lab.run.case_progress import Progress
from lab.run.here import Here
from lab.run.load_context import LoadContext
from lab.run.state_reader import StateReader
from lab.settings.suites import Case, RuntimeName
from lab.settings.topology import Topology
from lab.store.made_with import Image, Placement
from lab.verify.finding import Finding
from tests.lab.consumers import NothingPublished
from tests.lab.made import LAB_STATE


class Silent:
    """Metrics of which nothing was scraped."""

    def within(self, deadline: float) -> Self:
        del deadline
        return self

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        del wanted, since, until
        return ()

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        del wanted
        return ()

    def scraped(self, wanted: Selector) -> tuple[float, ...]:
        del wanted
        return ()

    def now(self) -> float | None:
        return None


def never() -> Any:
    raise AssertionError


@dataclass
class FakeRuntime:
    """What commands, suites and searches ask of a runtime, with an answer for each; `asked` has what was asked."""

    lab: Lab
    name: RuntimeName = "k3d"
    stands: str | LabError | None = None
    nodes: int = 4
    cores: float = 2
    sources: Sequence[str] = ("registry:5000/matching-engine:1",)
    checked: Mapping[str, Callable[[], Finding]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    files: KeptFiles | None = None

    def steps(self, topology: Topology) -> list[Step]:
        return [
            Step(name="preflight", run=lambda _: None),
            Step(name=f"bring up {topology.name}", run=lambda _: None, plan=lambda: ["do it"]),
        ]

    def begin(self, say: Say) -> None:
        del say
        self.asked.append("begin")

    @contextmanager
    def stay(self) -> Iterator[None]:
        self.asked.append("stay")
        try:
            yield
        finally:
            self.asked.append("leave")

    def keep(self) -> None:
        self.asked.append("keep")

    def topology_up(self) -> str | None:
        if isinstance(self.stands, LabError):
            raise self.stands
        return self.stands

    def urls(self) -> Mapping[str, str]:
        return {"orders": "http://127.0.0.1:8080"}

    def kept_files(self) -> KeptFiles | None:
        return self.files

    @contextmanager
    def load_context(
        self, topology: Topology, on_progress: Callable[[Progress], None], say: Say
    ) -> Iterator[LoadContext]:
        self.asked.append(f"load context of {topology.name}")
        here = Here(program="k6", entry="http://127.0.0.1:8080", remote_write=None)
        yield LoadContext(
            make_load=here.load,
            make_steady=here.steady,
            metrics=Silent(),
            remote_write=None,
            grafana=None,
            make_fault=never,
            empty_books=lambda: Emptied(restart=1.0, seconds=2.0, pods={}),
            make_consumer=NothingPublished,
            state=StateReader(lambda: LAB_STATE),
            measure_path=quick_path,
            control=None,
            broker_pods=tuple,
            look_for_loss=lambda: None,
            try_out=self.try_out,
            on_progress=on_progress,
            say=say,
        )
        self.asked.append("end of the load context")

    @staticmethod
    def try_out() -> str:
        return "each shard filled an order"

    @contextmanager
    def engine_cpu(self, topology: Topology, limit: str) -> Iterator[Callable[[], None]]:
        self.asked.append(f"{limit} CPU for {topology.name}")
        yield lambda: self.asked.append("limit")
        self.asked.append("lift")

    def evidence(self, topology: Topology) -> Evidence:
        return Evidence(
            images=tuple(
                Image(namespace=topology.name, pod="p", container="engine", image=source, digest="")
                for source in self.sources
            ),
            placement=Placement(pods=(), nodes=(), cores=self.cores, shared=True),
            warnings=["a warning"],
            said=["all of it on one machine"],
        )

    def versions(self) -> Mapping[str, Any]:
        return {"tools": {"k6": "1.8.0"}}

    def machine(self) -> Machine:
        return Machine(nodes=self.nodes, cores=self.cores)

    def engines(self) -> Sequence[str]:
        return self.sources

    def collect(self) -> Gathered:
        self.asked.append("collect")
        return Gathered()

    @contextmanager
    def checks(self, say: Say) -> Iterator[Mapping[str, Callable[[], Finding]]]:
        del say
        self.asked.append("checks")
        yield self.checked

    def status(self) -> list[Row]:
        return [Row(thing="topology", state=str(self.stands))]

    def down(self, say: Say, *, keep_registry: bool) -> list[str]:
        del say
        self.asked.append("down")
        return [f"{self.name} is down" + ("" if keep_registry else ", with its registry")]

    def plan_down(self, *, keep_registry: bool) -> list[str]:
        return [f"take {self.name} down" + ("" if keep_registry else ", with its registry")]

    def logs(self, name: str, *, follow: bool, previous: bool) -> None:
        self.asked.append(f"logs of {name}" + " follow" * follow + " previous" * previous)


def quick_path(_case: Case, _folder: Path) -> NullPath:
    return NullPath(p99=1.0, asked=170, answered=170)
