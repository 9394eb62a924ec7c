"""The lab as it is reached from this machine: on the ports that people and k6 use, and watched as it should be."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from lab.cluster.lab import Lab
from lab.core import http
from lab.core.causes import CONTROL_SILENT, ENTRY_SILENT, MONITORING_SILENT
from lab.core.errors import ToolError
from lab.core.part_labels import APPS
from lab.measure.prometheus import Prometheus
from lab.process.forward import Forward, Route
from lab.process.polling import until_none
from lab.process.steps import Say, Step
from lab.settings.topology import CONTROL, Topology

DEADLINE = 60.0
"""Seconds until all of it answers."""
PAUSE = 0.25
HEALTH = {"orders": "/health", "control": "/health", "prometheus": "/-/ready", "grafana": "/api/health"}
"""Where each of `urls` says that it is there."""
SILENT = {"orders": ENTRY_SILENT, "control": CONTROL_SILENT}
"""Why one of them may not answer, where it is not the monitoring's."""
NAME = "entry"
"""The Service by which orders come in."""
FORWARDED = {"orders": (NAME, 8080), "control": (CONTROL, 8080), "prometheus": ("prometheus", 9090)}
"""The Service and port of each of `urls`."""


def urls(lab: Lab) -> dict[str, str]:
    """Where people and k6 find what; a Prometheus of the cluster's is not the lab's to forward."""
    ports = lab.settings.ports
    monitoring = {} if lab.layout.scraped_by else {"prometheus": ports.prometheus}
    own = {"grafana": ports.grafana} if lab.layout.exposure else {}
    found = {"orders": ports.entry, "control": ports.control, **monitoring, **own}
    return {name: f"http://127.0.0.1:{port}" for name, port in found.items()}


@contextmanager
def reached(lab: Lab, name: str) -> Iterator[str]:
    """The address of one of `urls` on this machine; of a Service that only pods reach that of a port-forward.

    Raises:
        ToolError: It can't be forwarded.
    """
    if lab.layout.exposure:
        yield urls(lab)[name]
        return
    service, port = FORWARDED[name]
    route = Route(namespace=lab.access.namespaces.workloads, service=service, remote=port)
    with Forward(lab.access, route, kubectl=lab.tools.path("kubectl"), say=lambda _: None) as forward:
        yield f"http://{forward.address}"


def entry_step(lab: Lab, needs: tuple[str, ...]) -> Step:
    """Orders, the control, Prometheus and Grafana answer on 127.0.0.1."""

    def is_done() -> str | None:
        return None if silent(lab) else "all answer"

    def bring(say: Say) -> None:
        def waits_for() -> str:
            if name := silent(lab):
                say(_unanswered(lab, name))
            return name

        if name := until_none(waits_for, deadline=DEADLINE, pause=PAUSE):
            raise ToolError(
                f"the lab is up but {_unanswered(lab, name)} after {DEADLINE:g} s; run './invokew status'",
                cause=SILENT.get(name, MONITORING_SILENT),
            )

    return Step(name="ready", needs=needs, is_done=is_done, run=bring)


def await_led(lab: Lab, topology: Topology) -> None:
    """Wait until orders from this machine get to where the topology takes them: nodes follow a moment after the entry.

    Raises:
        ToolError: They don't within the deadline.
    """

    def problem() -> str:
        with reached(lab, "orders") as url:
            said = _health(f"{url}/health")
        taken = f"{url}/health must be {topology.entry}'s after {DEADLINE:g} s; got {said}"
        return "" if topology.entry_says in said.items() else taken

    if found := until_none(problem, deadline=DEADLINE, pause=PAUSE):
        raise ToolError(f"{found}; run './invokew status'", cause=ENTRY_SILENT)


def await_scraped(lab: Lab, topology: Topology) -> None:
    """Wait until Prometheus scrapes each workload's pod, once: what a measurement needs beyond an answering lab.

    Raises:
        ToolError: It doesn't within the deadline, or a pod is scraped twice.
    """
    pods, where = len(topology.handlers), lab.access.namespaces.workloads
    with reached(lab, "prometheus") as url:
        prometheus = Prometheus(url).within(5)
        found = until_none(lambda: scrape_problem(_targets(prometheus), pods, where), deadline=DEADLINE, pause=PAUSE)
    if found:
        raise ToolError(f"{found}; run './invokew status'", cause=MONITORING_SILENT)


def silent(lab: Lab) -> str:
    """The first of `urls` that doesn't answer yet; empty when all do."""
    for name in urls(lab):
        with reached(lab, name) as url:
            if not _answers(url + HEALTH[name]):
                return name
    return ""


def _unanswered(lab: Lab, name: str) -> str:
    return f"{urls(lab)[name]}{HEALTH[name]} does not answer"


def scrape_problem(targets: Sequence[Mapping[str, Any]], pods: int, namespace: str) -> str:
    """What is wrong with the scraping of so many pods in a namespace; empty when each is scraped well, and once."""
    ours = [t for t in targets if t["discoveredLabels"].get("__meta_kubernetes_namespace") == namespace]
    engines = [t for t in ours if t["labels"].get("app") in APPS]
    by_pod: dict[str, list[str]] = {}
    for target in engines:
        by_pod.setdefault(target["discoveredLabels"]["__meta_kubernetes_pod_name"], []).append(target["labels"]["job"])
    twice = {pod: jobs for pod, jobs in by_pod.items() if len(jobs) > 1}
    if twice:
        pod, jobs = next(iter(twice.items()))
        return f"{pod} is scraped by {len(jobs)} targets ({', '.join(jobs)})"
    down = [t for t in engines if t["health"] != "up"]
    if len(by_pod) < pods or down:
        return f"{max(pods - len(by_pod), 0) + len(down)} of {max(pods, len(by_pod))} pods are not scraped yet"
    if len(by_pod) > pods:
        return f"{len(by_pod) - pods} pods that are gone are still scraped"
    return ""


def _answers(url: str) -> bool:
    import requests  # noqa: PLC0415 - not needed to list the tasks

    try:
        return bool(http.get(url, timeout=3).ok)
    except requests.RequestException:
        return False


def _health(url: str) -> dict[str, Any]:
    """What the gateway or an engine says of itself at /health; nothing when it doesn't answer."""
    import requests  # noqa: PLC0415 - not needed to list the tasks

    try:
        said = http.get(url, timeout=3).json()
    except requests.RequestException:  # also when it isn't JSON
        return {}
    return said if isinstance(said, dict) else {}


def _targets(prometheus: Prometheus) -> Sequence[Mapping[str, Any]]:
    try:
        return prometheus.targets()
    except ToolError:
        return ()
