"""The runtime `kubernetes`: one namespace of a cluster that others own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from lab.cluster.lab import Lab, in_namespace
from lab.conduct.place import Evidence, Say
from lab.core.errors import UsageError
from lab.settings.suites import RuntimeName
from lab.settings.topology import Topology

if TYPE_CHECKING:
    from lab.cluster.kept_files import KeptFiles
    from lab.diagnose.gather import Gathered
    from lab.judge.capacity import Machine
    from lab.present.table import Row
    from lab.process.steps import Step
    from lab.run.case_progress import Progress
    from lab.run.load_context import LoadContext
    from lab.verify.finding import Finding

# Each method imports what it needs: no command pays for the others.
# ruff: noqa: PLC0415


def of(lab: Lab) -> "KubernetesRuntime":
    """The runtime on the cluster that a lab's settings name.

    Raises:
        UsageError: They name none.
    """
    return KubernetesRuntime(lab=in_namespace(lab.settings, lab.tools))


@dataclass(frozen=True, kw_only=True)
class KubernetesRuntime:
    """The lab in a namespace."""

    lab: Lab
    name: RuntimeName = "kubernetes"

    def steps(self, topology: Topology) -> list["Step"]:
        """The graph of steps that brings the lab to a topology from whatever state it is in."""
        from lab.runtime.kubernetes.bringup import steps

        return steps(self.lab, topology)

    def begin(self, say: Say) -> None:
        """End the commands of a lab that was killed; a step undoes its fault, once the cluster answers.

        Raises:
            UsageError: Another checkout conducts a run there.
            PreflightError: The lab lacks rights there; each is named.
        """
        from http import HTTPStatus

        from lab.cluster import rights
        from lab.cluster.kube import ApiError
        from lab.conduct import keeping
        from lab.process import ledger

        try:
            keeping.require_alone(self.kept_files(), say)
        except ApiError as error:
            if error.status == HTTPStatus.FORBIDDEN:
                lacking = rights.missing(self.lab.kube, rights.rules(self.lab.layout))
                rights.require(lacking, self.lab.access.namespaces.workloads)
            raise

        for line in ledger.end_commands():
            say(line)

    def stay(self) -> AbstractContextManager[None]:
        """What is in the namespace stays."""
        return nullcontext()

    def keep(self) -> None:
        """Nothing: it runs until `down`."""

    def topology_up(self) -> str | None:
        """The topology that was applied last, or that a switch was on its way to; None where nothing stands."""
        from lab.bringup.switch import SWITCHING

        return (self.lab.standing_topology() or "").removeprefix(SWITCHING) or None

    def urls(self) -> Mapping[str, str]:
        """None: the Services answer pods alone."""
        return {}

    def load_context(
        self, topology: Topology, on_progress: "Callable[[Progress], None]", say: Say
    ) -> AbstractContextManager["LoadContext"]:
        """What cases are run with, once Prometheus scrapes each workload's pod."""
        from lab.runtime.kubernetes.loads import load_context

        return load_context(self.lab, topology, on_progress, say)

    def engine_cpu(self, topology: Topology, limit: str) -> AbstractContextManager[Callable[[], None]]:
        """Refused: see `refuse_search`."""
        del topology, limit
        refuse_search()

    def evidence(self, topology: Topology) -> Evidence:
        """Images by digest; of the nodes nothing is known."""
        from lab.core.errors import LabError
        from lab.runtime.k3d.evidence import images

        del topology
        unknown = "nodes are not read with a namespace's rights"
        try:
            pods = self.lab.kube.items("Pod", namespace=self.lab.access.namespaces.workloads)
        except LabError as error:
            return Evidence(unknown=error.summary, said=[f"where the pods run is unknown: {error.summary}"])
        return Evidence(images=images(pods), unknown=unknown, said=[unknown])

    def versions(self) -> Mapping[str, Any]:
        """Versions of the tools."""
        from lab.conduct import provenance

        return {"tools": provenance.tools(self.lab, ("kubectl", "k6"))}

    def machine(self) -> "Machine":
        """Refused: see `refuse_search`."""
        refuse_search()

    def engines(self) -> Sequence[str]:
        """The engines' images, by tags or digests that are bound to their content."""
        from lab.core.part_labels import SHARDS
        from lab.runtime.k3d.evidence import engines

        return engines(self.lab.kube.items("Pod", namespace=self.lab.access.namespaces.workloads, labels=SHARDS))

    def kept_files(self) -> "KeptFiles":
        """In the workloads' namespace."""
        from lab.cluster.kept_files import KeptFiles

        return KeptFiles(self.lab.kube, self.lab.settings.name)

    def collect(self) -> "Gathered":
        """What the namespace and this machine say."""
        from lab.conduct import provenance
        from lab.runtime.kubernetes.collect import collect

        return collect(self.lab, {"versions.json": lambda: {**provenance.versions(self.lab), **self.versions()}})

    @contextmanager
    def checks(self, say: Say) -> "Iterator[Mapping[str, Callable[[], Finding]]]":
        """Those that need no cluster of the lab's own."""
        from lab.runtime.kubernetes.verify import CHECKS, site_of

        with site_of(self.lab, say) as site:
            yield {id_: partial(check, site) for id_, check in CHECKS.items()}

    def status(self) -> "Iterable[Row]":
        """Namespace, topology, pods."""
        from lab.runtime.kubernetes.status import rows

        return rows(self.lab)

    def down(self, say: Say, *, keep_registry: bool) -> list[str]:
        """Take away what is the lab's in the namespace; the registry is others', and keeps what was pushed."""
        from lab.process import ledger
        from lab.runtime.kubernetes.namespace import take_away

        del keep_registry
        done = ledger.end_commands()
        ledger.stop(ledger.alive())
        return [*done, *take_away(self.lab, say)] or ["nothing of the lab is there"]

    def plan_down(self, *, keep_registry: bool) -> list[str]:
        """The command that `down` would give."""
        from lab.runtime.kubernetes.namespace import delete_command

        del keep_registry
        return [str(delete_command(self.lab))]

    def logs(self, name: str, *, follow: bool, previous: bool) -> None:
        """Show what kubectl shows."""
        from lab.runtime.k3d.passthrough import logs

        logs(self.lab, name, follow=follow, previous=previous)


def refuse_search() -> NoReturn:
    """Refuse to seek a capacity, which is one of known nodes and cores.

    Raises:
        UsageError: Always.
    """
    raise UsageError(
        "capacity needs nodes and cores that are known, and a namespace's rights tell neither; "
        "seek it with --runtime=k3d or --runtime=process"
    )
