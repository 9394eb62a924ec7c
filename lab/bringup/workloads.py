"""The steps that put the manifests into the cluster: first the broker with its topics, then what handles orders."""

import shlex
from collections.abc import Callable, Sequence
from functools import cache

from lab.bringup import images
from lab.bringup.switch import Switch
from lab.cluster import topics
from lab.cluster.lab import Lab
from lab.cluster.readiness import are_ready, await_default_storage, wait_ready
from lab.cluster.rollout import Kind, Target
from lab.core.part_labels import BROKER, GATEWAY
from lab.manifests import phases, synthesis
from lab.manifests.changes import Change, summary
from lab.manifests.manifest import Manifest
from lab.process.steps import Say, Step
from lab.settings.settings import Settings
from lab.settings.topology import CONTROL, Topology
from lab.tools import kubectl

Deliveries = Callable[[Settings, Topology], list[images.Delivery]]


class Workloads:
    """The steps of one topology's manifest.

    Args:
        lab: The lab.
        topology: What is to stand.
        deliveries: How the images of the topology, which are in Docker's store, reach the pods.
    """

    def __init__(self, lab: Lab, topology: Topology, deliveries: Deliveries = images.deliveries) -> None:
        self._deliveries = deliveries
        self.lab = lab
        self.topology = topology
        self.namespace = lab.access.namespaces.workloads
        self.manifest = Manifest(lab, lab.manifest(topology))
        self.switching = Switch(lab, topology, self.manifest)
        self._found: dict[str, list[Change] | None] = {}

    @cache  # noqa: B019 - one object a run of `up`
    def resolved(self) -> Settings:
        """The settings with the images named as they were delivered."""
        settings = self.lab.settings
        return images.resolved(settings, self._deliveries(settings, self.topology))

    def synth(self, needs: tuple[str, ...]) -> Step:
        """The manifest is what settings, code and delivered images yield, and its objects agree with each other."""
        name, path = self.topology.name, self.manifest.path

        def is_done() -> str | None:
            current = synthesis.is_current(self.resolved(), self.lab.layout, name) and self.manifest.is_consistent()
            return f"{path.name} is current" if current else None

        def plan() -> list[str]:
            command = synthesis.render_command(self.lab.settings, self.lab.layout, (name,), path.parent)
            return [str(command)]

        return Step(
            name="synth",
            needs=needs,
            is_done=is_done,
            run=lambda _: synthesis.render(self.resolved(), self.lab.layout, name),
            check=self.manifest.require_consistent,
            plan=plan,
        )

    def broker(self, needs: tuple[str, ...]) -> Step:
        """All but what handles orders is applied: namespaces, policies, dashboards, Services, Redpanda.

        While another topology stands, not what it is reached by: that is the switch's (`lab.bringup.switch`).
        """

        def is_done() -> str | None:
            if self.lab.standing_topology() is None or not self.switching.is_announced():
                return None  # told at once; a diff would take a second to say so
            self.manifest.fit()
            return self._unchanged(self.switching.first())

        def bring(_say: Say) -> str:
            if self.lab.layout.nodes:
                await_default_storage(self.lab.kube, deadline=self.lab.settings.deadlines.redpanda)
            self.manifest.fit()
            self.switching.announce()
            return self._apply(self.switching.first())

        return Step(
            name="apply", needs=needs, is_done=is_done, run=bring, plan=lambda: self._apply_plan(phases.NOT_WORKLOADS)
        )

    def topics(self, needs: tuple[str, ...]) -> Step:
        """Redpanda is ready and has its topics: only then may what handles orders start."""
        wanted = self.lab.settings.topics
        broker = self._target("redpanda", BROKER, kind="StatefulSet")

        def bring(say: Say) -> None:
            self._await([broker], say)
            say("creating what is missing")
            topics.ensure(self.lab.kube, wanted.names, wanted.partitions)

        def is_done() -> str | None:
            if not are_ready(self.lab.kube, [broker]):
                return None
            found = topics.read(self.lab.kube)
            complete = all(found.get(name) == wanted.partitions for name in wanted.names)
            return f"{', '.join(wanted.names)} with {wanted.partitions} partitions" if complete else None

        return Step(
            name="topics",
            needs=needs,
            is_done=is_done,
            run=bring,
            plan=lambda: [
                shlex.join(command) for command in topics.create_commands({}, wanted.names, wanted.partitions)
            ],
        )

    def shards(self, needs: tuple[str, ...]) -> Step:
        """What handles orders is applied and ready, and the control; what another topology had stays until a switch."""
        deployments = [
            *(self._target("engine", shard.name) for shard in self.topology.shards),
            *([self._target("gateway", GATEWAY)] if self.topology.has_gateway else []),
            self._target("control", CONTROL),
        ]

        def is_done() -> str | None:
            if not self.lab.kube.items("Deployment", namespace=self.namespace):
                return None  # told at once, as above
            same = self._unchanged(phases.WORKLOADS)
            return same if are_ready(self.lab.kube, deployments) else None

        def bring(say: Say) -> str:
            note = self._apply(phases.WORKLOADS)
            self._await(deployments, say)
            return note

        return Step(
            name="shards", needs=needs, is_done=is_done, run=bring, plan=lambda: self._apply_plan(phases.WORKLOADS)
        )

    def _apply_plan(self, selector: str) -> list[str]:
        shown = self.lab.tools.shown("kubectl")
        return [str(kubectl.apply_command(shown, self.lab.access, self.manifest.path, selector=selector))]

    def _unchanged(self, selector: str) -> str | None:
        """Why nothing is to be applied; what differs is kept for the step's last word."""
        self._found[selector] = self.manifest.changes(selector)
        return "no difference" if self._found[selector] == [] else None

    def _apply(self, selector: str) -> str:
        applied = self.manifest.apply(selector)
        found = self._found.get(selector)
        return f"{applied} applied" if found is None else summary(found)

    def _target(self, role: images.Role, name: str, *, kind: Kind = "Deployment") -> Target:
        deadline = getattr(self.lab.settings.deadlines, role)
        return Target(kind=kind, namespace=self.namespace, name=name, deadline=deadline, setting=f"deadlines.{role}")

    def _await(self, targets: Sequence[Target], say: Say) -> None:
        wait_ready(
            self.lab.kube,
            targets,
            deadline=max(target.deadline or 0 for target in targets),
            on_progress=lambda target, state: say(f"{target}: {state.reason}"),
        )
