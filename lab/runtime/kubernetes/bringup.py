"""The graph of steps that brings the lab up in a namespace; what has no right or no room is refused before anything."""

from lab.bringup import delivery, external_prometheus, images
from lab.bringup.entry import entry_step
from lab.bringup.up import heal_step
from lab.bringup.workloads import Workloads
from lab.cluster import rights
from lab.cluster.lab import Lab
from lab.cluster.readiness import are_ready, wait_ready
from lab.cluster.rollout import Target
from lab.core.errors import PreflightError
from lab.process.steps import Say, Step
from lab.runtime.kubernetes import dry_run, loads, namespace, pushing
from lab.settings.topology import Topology
from lab.tools import docker


def steps(lab: Lab, topology: Topology) -> list[Step]:
    """The graph for a topology."""
    workloads = Workloads(lab, topology, pushing.deliveries)
    mine = pushing.pushed(lab.settings, topology)
    pushes = tuple(f"push {role}" for role in mine)
    is_external = lab.layout.scraped_by is not None
    return [
        _rights(lab),
        _preflight(lab, pushes=bool(mine)),
        *(delivery.have(lab, role, ("preflight", "rights")) for role in mine),
        workloads.synth(tuple(f"image {role}" for role in mine)),
        _admitted(lab, workloads, ("synth", "rights")),
        *(pushing.push(lab, role, ("admitted", *_after(mine, role))) for role in mine),
        heal_step(lab, ("admitted",)),
        workloads.broker(("admitted", *pushes)),
        workloads.topics(("apply", "heal")),
        *(() if is_external else (_prometheus(lab, ("apply",)),)),
        workloads.shards(("topics",)),
        workloads.switching.step(("shards",)),
        *((_scraped(lab, topology, ("switch",)),) if is_external else ()),
        entry_step(lab, ("switch", "scraped" if is_external else "prometheus")),
    ]


def _after(mine: tuple[images.Role, ...], role: images.Role) -> tuple[str, ...]:
    """One at a time: images share layers, which Docker sends once when pushes follow each other."""
    before = mine[: mine.index(role)]
    return (f"push {before[-1]}",) if before else ()


def _rights(lab: Lab) -> Step:
    def check(_say: Say) -> str:
        rights.require(rights.missing(lab.kube, rights.rules(lab.layout)), lab.access.namespaces.workloads)
        return "all granted"

    return Step(name="rights", run=check)


def _preflight(lab: Lab, *, pushes: bool) -> Step:
    """Docker answers, where images are pushed from here; kubectl is there; so is a Prometheus of the cluster's."""

    def check(say: Say) -> None:
        if pushes:
            say("Docker")
            docker.engine()
        say("tools")
        lab.tools.path("kubectl")
        if found := external_prometheus.metrics(lab):
            say("the cluster's Prometheus")
            external_prometheus.require_answer(found)

    return Step(name="preflight", run=check)


def _admitted(lab: Lab, workloads: Workloads, needs: tuple[str, ...]) -> Step:
    """Nobody else works in the namespace, and the server admits all that is to be made."""

    def check(say: Say) -> str:
        documents, space = list(workloads.manifest.documents), lab.access.namespaces.workloads
        say("what is there")
        found = namespace.objects(lab)
        namespace.refuse_foreign(found, documents, lab)
        documents += loads.source_of(lab, workloads.topology, say).whole().documents()
        say("quotas")
        running = [pod for pod in found if pod["kind"] == "Pod"]
        quotas = lab.kube.items("ResourceQuota", namespace=space)
        if lines := dry_run.over_quota(quotas, dry_run.pods_of(documents), running):
            raise PreflightError(f"{lines[0]}; ask for more, or lower `resources` in the settings", details=lines[1:])
        say("a dry run of everything")
        return dry_run.require_admitted(lab, documents)

    return Step(name="admitted", needs=needs, run=check)


def _scraped(lab: Lab, topology: Topology, needs: tuple[str, ...]) -> Step:
    """The cluster's Prometheus scrapes what handles orders, as often as a measurement needs it."""

    def is_done() -> str | None:
        found = external_prometheus.metrics(lab)
        lacking = found and external_prometheus.problem(found, external_prometheus.handlers(lab))
        return None if lacking else "each pod is scraped"

    return Step(name="scraped", needs=needs, is_done=is_done, run=lambda say: loads.require_scraped(lab, topology, say))


def _prometheus(lab: Lab, needs: tuple[str, ...]) -> Step:
    deadline = lab.settings.deadlines.prometheus
    target = Target(
        kind="Deployment",
        namespace=lab.access.namespaces.monitoring,
        name="prometheus",
        deadline=deadline,
        setting="deadlines.prometheus",
    )

    def bring(say: Say) -> None:
        wait_ready(lab.kube, [target], deadline=deadline, on_progress=lambda _, state: say(state.reason))

    return Step(
        name="prometheus", needs=needs, is_done=lambda: "ready" if are_ready(lab.kube, [target]) else None, run=bring
    )
