"""The runtime `k3d`: a cluster of containers on this machine."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from lab.cluster.lab import Lab, of
from lab.conduct.place import Evidence, Say
from lab.settings.suites import RuntimeName
from lab.settings.topology import Topology

if TYPE_CHECKING:
    from lab.cluster.kept_files import KeptFiles
    from lab.diagnose.gather import Gathered
    from lab.judge.capacity import Machine
    from lab.present.table import Row
    from lab.process.steps import Step
    from lab.run.case_progress import Progress
    from lab.run.here import Here
    from lab.run.in_cluster import InCluster
    from lab.run.load_context import LoadContext
    from lab.verify.finding import Finding

# Each method imports what it needs: no command pays for the others.
# ruff: noqa: PLC0415


@dataclass(frozen=True, kw_only=True)
class K3dRuntime:
    """The lab on a k3d cluster."""

    lab: Lab
    name: RuntimeName = "k3d"

    def steps(self, topology: Topology) -> list["Step"]:
        """The graph of steps that brings the lab to a topology from whatever state it is in."""
        from lab.bringup import up

        return up.steps(self.lab, topology)

    def begin(self, say: Say) -> None:
        """End the commands of a lab that was killed; a step undoes its fault, once the cluster answers."""
        from lab.process import ledger

        for line in ledger.end_commands():
            say(line)

    def stay(self) -> AbstractContextManager[None]:
        """A cluster stays: making one takes its time."""
        return nullcontext()

    def keep(self) -> None:
        """Nothing: a cluster runs until `down`."""

    def topology_up(self) -> str | None:
        """The topology that was applied last, or that a switch was on its way to; None where no cluster was made."""
        from lab.bringup import standing
        from lab.bringup.switch import SWITCHING
        from lab.core.errors import ToolError

        if not self.lab.access.kubeconfig.exists():
            return None
        # by a lab of its own: the client keeps the way to this cluster, and `up` may make another one
        try:
            return (of(self.lab.settings, downloads=False).standing_topology() or "").removeprefix(SWITCHING) or None
        except ToolError:
            found = standing.standing(self.lab.settings.name)
            if found and found.mark and found.mark.topology:
                return found.mark.topology  # it is stopped
            raise

    def urls(self) -> Mapping[str, str]:
        """Orders, Prometheus and Grafana on this machine's ports."""
        from lab.bringup.entry import urls

        return urls(self.lab)

    @contextmanager
    def load_context(
        self, topology: Topology, on_progress: "Callable[[Progress], None]", say: Say
    ) -> "Iterator[LoadContext]":
        """What cases are run with, once Prometheus scrapes each workload's pod."""
        from lab.bringup.entry import await_scraped
        from lab.bringup.releases import password
        from lab.cluster import broker_statefulset
        from lab.cluster.fault import outage_of
        from lab.measure.prometheus import Prometheus
        from lab.run import calibration, fill
        from lab.run.books import Books
        from lab.run.fault_schedule import longest
        from lab.run.grafana import Grafana
        from lab.run.load_context import LoadContext
        from lab.run.state_reader import StateReader
        from lab.runtime.k3d import loss, state
        from lab.runtime.k3d.record_dump import RecordDump
        from lab.runtime.k3d.restart import restart

        await_scraped(self.lab, topology)
        settings, places, source = self.lab.settings, self.urls(), self._source(topology, say)
        prometheus, entry = Prometheus(places["prometheus"]), places["orders"]
        yield LoadContext(
            make_load=source.load,
            make_steady=source.steady,
            metrics=prometheus,
            remote_write=places["prometheus"],
            grafana=Grafana(places["grafana"], password=password(self.lab)),
            make_fault=partial(outage_of, self.lab.kube, settings.topics, longest=longest(settings)),
            empty_books=Books(
                partial(restart, self.lab.kube, topology, deadline=settings.deadlines.engine),
                prometheus,
                topology,
                entry=entry,
            ).empty,
            make_consumer=partial(RecordDump, self.lab.kube, settings.topics.names),
            state=StateReader(partial(state.read, self.lab, topology)),
            measure_path=partial(calibration.calibrate, source.steady, source.entry),
            control=source.control,
            broker_pods=partial(broker_statefulset.pods, self.lab.kube),
            look_for_loss=partial(loss.look, self.lab.kube),
            try_out=partial(fill.require, prometheus, entry, topology),
            on_progress=on_progress,
            say=say,
        )

    def _source(self, topology: Topology, say: Say) -> "Here | InCluster":
        """What sends a load: k6 on this machine, or in pods."""
        from lab.bringup import images
        from lab.bringup.monitoring import PROMETHEUS_PODS, PROMETHEUS_URL
        from lab.run.here import Here
        from lab.run.in_cluster import InCluster

        settings, places = self.lab.settings, self.urls()
        if settings.load.origin == "cluster":
            return InCluster(
                lab=self.lab,
                topology=topology,
                image=images.delivery(settings, "runner").reference,
                remote_write=PROMETHEUS_URL,
                prometheus=PROMETHEUS_PODS,
                say=say,
            )
        return Here(
            program=self.lab.tools.path("k6"),
            entry=places["orders"],
            control=places["control"],
            remote_write=places["prometheus"],
            runners=settings.load.runners,
        )

    @contextmanager
    def engine_cpu(self, topology: Topology, limit: str) -> "Iterator[Callable[[], None]]":
        """By resizing the running pods in place."""
        from lab.cluster import engine_cpu
        from lab.process.polling import until_none
        from lab.run import books

        entry = self.urls()["orders"]

        def answers() -> str:
            return until_none(lambda: books.unreached(entry, topology), deadline=books.SEEN / 2, pause=books.PAUSE)

        own = self.lab.settings.resources.engine.limits.cpu
        with engine_cpu.limiting(self.lab.kube, engine_cpu.require_below(limit, own), answers) as limited:
            yield limited.apply

    def evidence(self, topology: Topology) -> Evidence:
        """Images by digest, the node of each pod, what preflight warns of."""
        from lab.runtime.k3d.evidence import evidence

        return evidence(self.lab, topology)

    def versions(self) -> Mapping[str, Any]:
        """Versions of the tools and Helm charts, and the cluster's image."""
        from lab.runtime.k3d.evidence import versions

        return versions(self.lab)

    def machine(self) -> "Machine":
        """The cluster's nodes, and Docker's cores behind them."""
        from lab.judge.capacity import Machine
        from lab.run import host

        return Machine(nodes=self.lab.settings.cluster.nodes, cores=host.facts().node_cores)

    def engines(self) -> Sequence[str]:
        """The engines' images, by tags that are bound to their content."""
        from lab.core.part_labels import SHARDS
        from lab.runtime.k3d.evidence import engines

        return engines(self.lab.kube.items("Pod", namespace=self.lab.access.namespaces.workloads, labels=SHARDS))

    def kept_files(self) -> "KeptFiles":
        """In the workloads' namespace."""
        from lab.cluster.kept_files import KeptFiles

        return KeptFiles(self.lab.kube, self.lab.settings.name)

    def collect(self) -> "Gathered":
        """What the cluster, the programs that drive it and this machine say."""
        from lab.conduct import provenance
        from lab.runtime.k3d.collect import collect

        return collect(self.lab, {"versions.json": lambda: {**provenance.versions(self.lab), **self.versions()}})

    @contextmanager
    def checks(self, say: Say) -> "Iterator[Mapping[str, Callable[[], Finding]]]":
        """Every criterion applies to a cluster."""
        from lab.runtime.k3d.verify import CHECKS, site_of

        site = site_of(self.lab, say)
        yield {id_: partial(check, site) for id_, check in CHECKS.items()}

    def status(self) -> "Iterable[Row]":
        """Registry, cluster, topology, pods, releases, addresses."""
        from lab.runtime.k3d.status import rows

        return rows(self.lab)

    def down(self, say: Say, *, keep_registry: bool) -> list[str]:
        """Take cluster, processes and files away."""
        from lab.bringup.down import down

        return down(self.lab, say, keep_registry=keep_registry)

    def plan_down(self, *, keep_registry: bool) -> list[str]:
        """The commands that `down` would give."""
        from lab.bringup.down import plan

        return plan(self.lab, keep_registry=keep_registry)

    def logs(self, name: str, *, follow: bool, previous: bool) -> None:
        """Show what kubectl shows."""
        from lab.runtime.k3d.passthrough import logs

        logs(self.lab, name, follow=follow, previous=previous)
