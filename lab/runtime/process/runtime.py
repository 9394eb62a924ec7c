"""The runtime `process`: engine, gateway and broker as programs of this machine, for a verdict anywhere."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from lab.cluster.lab import Lab
from lab.conduct.place import Evidence, Say
from lab.settings.suites import RuntimeName
from lab.settings.topology import Topology

if TYPE_CHECKING:
    from lab.diagnose.gather import Gathered
    from lab.judge.capacity import Machine
    from lab.present.table import Row
    from lab.process.ledger import Identity
    from lab.process.steps import Step
    from lab.run.case_progress import Progress
    from lab.run.load_context import LoadContext
    from lab.runtime.process.outage import BrokerOutage
    from lab.runtime.process.programs import Child
    from lab.runtime.process.scraper import Scraper
    from lab.verify.finding import Finding

SCRAPED = 60.0
"""Seconds for every program to give its metrics."""
TOOLS = ("k6",)

# Each method imports what it needs: no command pays for the others.
# ruff: noqa: PLC0415


@dataclass(kw_only=True)
class ProcessRuntime:
    """The lab as processes of this machine."""

    lab: Lab
    name: RuntimeName = "process"
    # Whether what is started runs until `down`, and not only until this command ends.
    _stays: bool = field(default=False, repr=False)

    def stands(self) -> bool:
        """Whether a lab of processes was brought up here and not taken down."""
        from lab.runtime.process import programs

        return bool(programs.known())

    def keeps_anything(self) -> bool:
        """Whether anything of a lab of processes may be left here: programs, their logs, their ledger."""
        from lab.runtime.process import part

        return part.FOLDER.exists()

    def steps(self, topology: Topology) -> list["Step"]:
        """The graph of steps that brings the lab to a topology from whatever state it is in."""
        from lab.runtime.process.bringup import Steps

        return Steps(self.lab, topology, owner=self._owner).graph()

    def begin(self, say: Say) -> None:
        """End what a command that was killed has left behind."""
        from lab.runtime.process import orphans

        if swept := orphans.sweep():
            say(f"left behind by a command that was killed, and ended: {', '.join(swept)}")

    @contextmanager
    def stay(self) -> Iterator[None]:
        """A lab that was up stays up; one that is brought up for a suite is taken down after it."""
        self._stays = self.stands()
        try:
            yield
        finally:
            if not self._stays:
                from lab.process.shell import resume
                from lab.runtime.process import programs

                resume()
                programs.stop_all(programs.known())

    def keep(self) -> None:
        """Keep what was brought up until `down`."""
        from lab.runtime.process import orphans

        orphans.hand_over(None)

    def _owner(self) -> "Identity | None":
        from lab.process.ledger import identity

        return None if self._stays else identity()

    def topology_up(self) -> str | None:
        """The topology whose shards are running; None where none are."""
        from lab.runtime.process import programs, status

        found = status.topology_up(self.lab, programs.known())
        return found.name if found else None

    def urls(self) -> Mapping[str, str]:
        """The orders' way in, and the control's."""
        from lab.runtime.process.parts import HOST

        ports = self.lab.settings.ports
        return {"orders": f"http://{HOST}:{ports.entry}", "control": f"http://{HOST}:{ports.control}"}

    @contextmanager
    def load_context(
        self, topology: Topology, on_progress: "Callable[[Progress], None]", say: Say
    ) -> "Iterator[LoadContext]":
        """What cases are run with, while the lab's own scraper runs."""
        from lab.run import calibration, fill
        from lab.run.books import Books
        from lab.run.here import Here
        from lab.run.load_context import LoadContext
        from lab.run.state_reader import StateReader
        from lab.runtime.process import loss, state
        from lab.runtime.process.broker_part import BrokerPart
        from lab.runtime.process.outage import away
        from lab.runtime.process.record_tail import RecordTail
        from lab.runtime.process.scraper import Scraper

        entry, k6 = self.urls()["orders"], self.lab.tools.path("k6")
        here = Here(program=k6, entry=entry, remote_write=None, runners=self.lab.settings.load.runners)
        broker = BrokerPart(self.lab.settings, owner=self._owner)
        with Scraper(_children) as scraper:
            _await_scraped(scraper)
            yield LoadContext(
                make_load=here.load,
                make_steady=here.steady,
                metrics=scraper,
                remote_write=None,
                grafana=None,
                make_fault=self.outage,
                empty_books=Books(partial(self._restart, topology), scraper, topology, entry=entry).empty,
                make_consumer=lambda: RecordTail(lambda: broker.broker().bootstrap, self.lab.settings.topics.names),
                state=StateReader(partial(state.read, self.lab)),
                measure_path=partial(calibration.calibrate, here.steady, entry),
                control=self.urls()["control"],
                broker_pods=lambda: away(broker.broker()),
                look_for_loss=lambda: loss.of(_children()),
                try_out=partial(fill.require, scraper, entry, topology),
                on_progress=on_progress,
                say=say,
            )

    def _restart(self, topology: Topology) -> Mapping[str, str]:
        """Replace all engines, side by side; each comes back at its own ports."""
        from lab.runtime.process import programs
        from lab.runtime.process.bringup import Steps, await_healthy, start_fresh

        steps = Steps(self.lab, topology, owner=self._owner)
        wanted = [steps.engine(shard) for shard in topology.shards]
        programs.stop_all([one.name for one in wanted])
        children = [start_fresh(one, owner=self._owner()) for one in wanted]
        await_healthy(children, deadline=self.lab.settings.deadlines.engine)
        return dict.fromkeys((child.pod for child in children), "this machine")

    def outage(self) -> "BrokerOutage":
        """How a case takes the broker away."""
        from lab.run.fault_schedule import longest
        from lab.runtime.process.broker_part import BrokerPart
        from lab.runtime.process.outage import BrokerOutage

        settings = self.lab.settings
        return BrokerOutage(
            BrokerPart(settings, owner=self._owner).broker(),
            longest=longest(settings),
            names=settings.topics.names,
            partitions=settings.topics.partitions,
            written=True,
        )

    def engine_cpu(self, topology: Topology, limit: str) -> "AbstractContextManager[Callable[[], None]]":
        """Never: it takes rights on this machine's cgroups that a user does not have."""
        from lab.core.errors import UsageError

        raise UsageError(f"engine-cpu={limit} needs Kubernetes: nothing limits the CPU of {topology.name}'s processes")

    def evidence(self, topology: Topology) -> Evidence:  # noqa: ARG002 - what stands is what was asked for
        """The sources of what runs, by their content; all of it on this machine, with k6."""
        from lab.run import host
        from lab.runtime.process import programs
        from lab.runtime.process.state import NAMESPACE
        from lab.store.made_with import Image, Placement, PodPlace

        children, machine = programs.known(), host.facts()
        images = tuple(
            Image(
                namespace=NAMESPACE,
                pod=child.pod,
                container=name,
                image=child.part.source,
                digest=f"sha256:{child.part.digest}",
            )
            for name, child in children.items()
        )
        said = f"{', '.join(children)} run on this machine, without limits; they and k6 share its {machine.cores} cores"
        pods = tuple(
            PodPlace(namespace=NAMESPACE, pod=child.pod, workload=name, node="this machine")
            for name, child in children.items()
        )
        placement = Placement(pods=pods, nodes=(), cores=machine.cores, shared=True)
        return Evidence(images=images, placement=placement, said=[said])

    def versions(self) -> Mapping[str, Any]:
        """The versions of k6 and of what stands in for the broker."""
        from lab.conduct import provenance
        from lab.runtime.process.broker_part import BrokerPart

        return {
            "tools": {
                **provenance.tools(self.lab, TOOLS),
                "broker": BrokerPart(self.lab.settings).what(),
            }
        }

    def _versions(self) -> Mapping[str, Any]:
        from lab.conduct import provenance

        return {**provenance.versions(self.lab), **self.versions()}

    def machine(self) -> "Machine":
        """This machine."""
        from lab.judge.capacity import Machine
        from lab.run import host

        return Machine(nodes=1, cores=host.facts().cores)

    def engines(self) -> Sequence[str]:
        """The engines' sources, by names that are bound to their content."""
        return sorted({child.part.source for child in _children() if child.part.shard is not None})

    def kept_files(self) -> None:
        """Nowhere: what ends this machine's commands ends its processes."""

    def collect(self) -> "Gathered":
        """What the programs wrote, their state, and this machine."""
        from lab.diagnose import machine_state
        from lab.diagnose.gather import Gathered
        from lab.runtime.process import part, programs
        from lab.runtime.process.state import container

        children = programs.known()
        logs = {f"logs/{name}.log": list(part.last_lines(name)) for name in children}
        told = [container(child) for child in children.values()]
        found = {"processes.json": told, "host.json": machine_state.read(), "versions.json": self._versions(), **logs}
        return Gathered(found=found)

    @contextmanager
    def checks(self, say: Say) -> "Iterator[Mapping[str, Callable[[], Finding]]]":  # noqa: ARG002 - nothing to tell
        """The criteria that need no cluster."""
        from lab.core.causes import LAB_ABSENT
        from lab.core.errors import ToolError
        from lab.runtime.process import verify
        from lab.runtime.process.scraper import Scraper

        name = self.topology_up()
        if name is None:
            raise ToolError(
                "no lab of processes stands that could be checked; run './invokew up --runtime=process'",
                cause=LAB_ABSENT,
            )
        self._stays = True
        with Scraper(_children) as scraper:
            _await_scraped(scraper)
            yield verify.checks(self, self.lab.settings.topology(name), scraper)

    def status(self) -> "Iterable[Row]":
        """Topology, broker, programs, the orders' way in."""
        from lab.runtime.process import status

        return status.rows(self.lab)

    def down(self, say: Say, *, keep_registry: bool) -> list[str]:  # noqa: ARG002 - no registry, and it is soon done
        """End all programs and remove what is kept of them."""
        import shutil

        from lab.run.k6_process import end_orphans
        from lab.runtime.process import orphans, part, programs

        gone = ["k6"] if end_orphans() else []
        gone += [*orphans.sweep(), *programs.stop_all(programs.known())]
        if part.FOLDER.exists():
            shutil.rmtree(part.FOLDER)
        return [f"{name} stopped" for name in gone] or ["no process of the lab is there"]

    def plan_down(self, *, keep_registry: bool) -> list[str]:  # noqa: ARG002 - there is no registry
        """The programs that would be ended."""
        from lab.runtime.process import part

        return [
            *(f"kill -TERM -{child.identity.pid}  # {child.part.name}" for child in _children()),
            f"rm -r {part.FOLDER}",
        ]

    def logs(self, name: str, *, follow: bool, previous: bool) -> None:
        """Show the last lines of the programs' logs."""
        from lab.runtime.process.logs import logs

        logs(self.lab, name, follow=follow, previous=previous)


def _children() -> "Sequence[Child]":
    from lab.runtime.process import programs

    return tuple(programs.known().values())


def _await_scraped(scraper: "Scraper") -> None:
    """Wait until every program that handles orders was scraped: what a measurement needs beyond a lab that answers.

    Raises:
        ToolError: One gives no metrics.
    """
    from lab.core.errors import ToolError
    from lab.process.polling import until_none
    from lab.run.books import unscraped
    from lab.runtime.process import group

    pods = [child.pod for child in _children() if child.part.metrics is not None]
    if missing := until_none(lambda: unscraped(scraper, pods), deadline=SCRAPED, pause=group.PAUSE):
        raise ToolError(f"{missing} after {SCRAPED:g} s: it gives no metrics; run './invokew logs'")
