"""Switching topologies: orders go to the old topology until the new one is ready, and then all at once to the new one.

What is added comes first and takes nothing from what stands (`phases.ADDED`). When it is ready the entry leads there,
then what is left over goes, the old topology's policies with it. From the first change to the last the namespace's
annotation names no topology but says that one is on its way; so another `up`, to any topology, goes on from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.bringup import entry
from lab.cluster.lab import Lab
from lab.core.ownership import TOPOLOGY
from lab.manifests import phases
from lab.manifests.manifest import Manifest
from lab.process.shell import run
from lab.process.steps import Say, Step
from lab.settings.topology import Topology
from lab.tools import kubectl

SWITCHING = "switching to "
"""What the namespace's annotation begins with while a topology is on its way."""


@dataclass(frozen=True, kw_only=True)
class LiveState:
    """What the cluster says: the topology that an annotation names, and the labels that the entry selects."""

    topology: str | None
    entry: Mapping[str, str] | None

    @classmethod
    def read(cls, lab: Lab) -> "LiveState":
        """Ask the cluster."""
        service = lab.kube.find("Service", entry.NAME, namespace=lab.access.namespaces.workloads) or {}
        return cls(topology=lab.standing_topology(), entry=service.get("spec", {}).get("selector"))


class Switch:
    """The way from whatever stands to a topology.

    Args:
        lab: The lab.
        topology: What is to stand.
        manifest: Its manifest.
    """

    def __init__(self, lab: Lab, topology: Topology, manifest: Manifest) -> None:
        self.lab = lab
        self.topology = topology
        self.manifest = manifest

    @property
    def wanted(self) -> LiveState:
        """What the cluster says when the topology stands."""
        documents = {(item["kind"], item["metadata"]["name"]): item for item in self.manifest.documents}
        selector: dict[str, Any] = documents["Service", entry.NAME]["spec"]["selector"]
        return LiveState(topology=self.topology.name, entry=selector)

    def is_under_way(self) -> bool:
        """Whether something else stands: an entry that leads elsewhere, or a switch that was not ended."""
        live = LiveState.read(self.lab)
        return live.entry is not None and live != self.wanted

    def first(self) -> str:
        """Selects what is applied first."""
        return phases.ADDED if self.is_under_way() else phases.NOT_WORKLOADS

    def is_announced(self) -> bool:
        """Whether the namespace tells of what is about to change, or nothing is."""
        return not self.is_under_way() or LiveState.read(self.lab).topology == SWITCHING + self.topology.name

    def announce(self) -> None:
        """Let the namespace tell of the switch, before anything changes."""
        if not self.is_announced():
            tool = self.lab.tools.path("kubectl")
            said = SWITCHING + self.topology.name
            run(kubectl.annotate_command(tool, self.lab.access, self.lab.standing, TOPOLOGY, said))

    def step(self, needs: tuple[str, ...]) -> Step:
        """Orders go to the topology, nothing of another is left, and the namespace says so; in this order."""

        def is_done() -> str | None:
            if LiveState.read(self.lab) != self.wanted or self.manifest.leftovers():
                return None
            return f"orders go to {self.topology.entry}"

        return Step(
            name="switch",
            needs=needs,
            is_done=is_done,
            run=self._carry_out,
            plan=lambda: [str(self._apply_command(part)) for part in (phases.SWITCHED_ENTRY, phases.SWITCHED_TOPOLOGY)],
        )

    def _carry_out(self, say: Say) -> str:
        live, wanted = LiveState.read(self.lab), self.wanted
        if live.entry != wanted.entry:
            say(f"directing orders to {self.topology.entry}")
            self.manifest.apply(phases.SWITCHED_ENTRY)
        entry.await_led(self.lab, self.topology)
        left = self.manifest.leftovers()
        if left:
            say(f"pruning {', '.join(map(str, sorted(left)))}")
            self.manifest.prune(left)
        if live.topology != wanted.topology:
            self.manifest.apply(phases.SWITCHED_TOPOLOGY)
        return f"orders go to {self.topology.entry}" + (f", {len(left)} pruned" if left else "")

    def _apply_command(self, part: str) -> object:
        return kubectl.apply_command(
            self.lab.tools.shown("kubectl"), self.lab.access, self.manifest.path, selector=part
        )
