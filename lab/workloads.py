"""The steps that put the manifests into the cluster: first the broker with its topics, then what handles orders."""

import shlex
from functools import cache
from pathlib import Path

from lab import images, kubectl, synthesis, topics
from lab.access import NAMESPACE
from lab.errors import ToolError
from lab.lab import Lab
from lab.settings import Settings
from lab.shell import run
from lab.steps import Say, Step
from lab.topology import Topology

DEADLINE = 180.0
"""Seconds for a workload to roll out; what can't heal is noticed long before."""


class Workloads:
    """The steps of one topology's manifest."""

    def __init__(self, lab: Lab, topology: Topology) -> None:
        self.lab = lab
        self.topology = topology
        self.manifest: Path = lab.manifest(topology)

    @cache  # noqa: B019 - one object a run of `up`
    def resolved(self) -> Settings:
        """The settings with the images named as they were delivered."""
        settings = self.lab.settings
        return images.resolved(settings, [images.delivery(settings, role) for role in images.roles(self.topology)])

    def synth(self, needs: tuple[str, ...]) -> Step:
        """The manifest is what settings, code and delivered images yield."""
        name = self.topology.name

        def is_done() -> str | None:
            return f"{self.manifest.name} is current" if synthesis.is_current(self.resolved(), name) else None

        def plan() -> list[str]:
            command = synthesis.render_command(self.lab.settings, (name,), self.manifest.parent)
            return [str(command)]

        return Step(
            name="synth",
            needs=needs,
            is_done=is_done,
            run=lambda _: synthesis.render(self.resolved(), name),
            check=lambda: _require_file(self.manifest),
            plan=plan,
        )

    def broker(self, needs: tuple[str, ...]) -> Step:
        """All but what handles orders is applied: namespaces, policies, dashboards, Services, Redpanda."""
        return Step(
            name="apply",
            needs=needs,
            is_done=lambda: self._unchanged(kubectl.NOT_WORKLOADS),
            run=lambda _: self._apply(kubectl.NOT_WORKLOADS),
            plan=lambda: self._apply_plan(kubectl.NOT_WORKLOADS),
        )

    def topics(self, needs: tuple[str, ...]) -> Step:
        """Redpanda is ready and has its topics: what handles orders may start (errata 26)."""
        wanted = self.lab.settings.topics

        def bring(say: Say) -> None:
            self._await([("StatefulSet", "redpanda")], say)
            say("creating what is missing")
            topics.ensure(self.lab.kube, wanted.names, wanted.partitions)

        def is_done() -> str | None:
            if not self._are_ready([("StatefulSet", "redpanda")]):
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
        """What handles orders is applied and ready, and nothing of another topology is left."""
        deployments = [("Deployment", shard.name) for shard in self.topology.shards]
        if self.topology.has_gateway:
            deployments.append(("Deployment", "edge-gateway"))

        def is_done() -> str | None:
            if not self._are_ready(deployments) or self._leftovers():
                return None
            return self._unchanged(kubectl.WORKLOADS)

        def bring(say: Say) -> None:
            self._apply(kubectl.WORKLOADS)
            left = self._leftovers()
            if left:
                say(f"pruning {', '.join(map(str, sorted(left)))}")
            for command in kubectl.delete_command(self.lab.tools.path("kubectl"), self.lab.access, left):
                run(command)
            self._await(deployments, say)

        return Step(
            name="shards",
            needs=needs,
            is_done=is_done,
            run=bring,
            plan=lambda: self._apply_plan(kubectl.WORKLOADS),
        )

    def _apply_plan(self, selector: str) -> list[str]:
        shown = self.lab.tools.shown("kubectl")
        return [str(kubectl.apply_command(shown, self.lab.access, self.manifest, selector=selector))]

    def _apply(self, selector: str) -> None:
        kubectl_path = self.lab.tools.path("kubectl")
        command = kubectl.apply_command(kubectl_path, self.lab.access, self.manifest, selector=selector)
        result = run(command, check=False)
        if not result.ok and kubectl.IMMUTABLE in result.stderr:
            # Its pods and volumes stay and are taken over by the new one.
            run(kubectl.orphan_command(kubectl_path, self.lab.access, "statefulset/redpanda"))
            result = run(command, check=False)
        if not result.ok:
            raise ToolError(
                f"the cluster refuses {self.manifest.name}: {result.last_lines[-1] if result.last_lines else '?'}; "
                "correct the settings, or run './invokew down' and try again",
                details=result.last_lines,
            )

    def _unchanged(self, selector: str) -> str | None:
        if self.lab.kube.find("Namespace", NAMESPACE) is None:
            return None  # told at once; a diff would take a second to say so
        command = kubectl.diff_command(
            self.lab.tools.path("kubectl"), self.lab.access, self.manifest, selector=selector
        )
        return "no difference" if run(command, check=False).code == 0 else None

    def _leftovers(self) -> set[kubectl.ObjectName]:
        owned = run(kubectl.owned_command(self.lab.tools.path("kubectl"), self.lab.access)).stdout
        return kubectl.leftovers(owned, kubectl.manifest_names(self.manifest))

    def _await(self, workloads: list[tuple[str, str]], say: Say) -> None:
        from lab.readiness import wait_ready  # noqa: PLC0415 - reaches for the cluster
        from lab.rollout import Target  # noqa: PLC0415

        targets = [Target(kind=kind, namespace=NAMESPACE, name=name) for kind, name in workloads]  # type: ignore[arg-type]
        wait_ready(
            self.lab.kube,
            targets,
            deadline=DEADLINE,
            on_progress=lambda target, state: say(f"{target}: {state.reason}"),
        )

    def _are_ready(self, workloads: list[tuple[str, str]]) -> bool:
        from lab.readiness import are_ready  # noqa: PLC0415 - reaches for the cluster
        from lab.rollout import Target  # noqa: PLC0415

        targets = [Target(kind=kind, namespace=NAMESPACE, name=name) for kind, name in workloads]  # type: ignore[arg-type]
        return are_ready(self.lab.kube, targets)


def _require_file(path: Path) -> None:
    if not path.is_file() or path.stat().st_size == 0:
        raise ToolError(f"synthesis reported success but wrote no {path.name}; run './invokew synth'")
