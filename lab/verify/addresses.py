"""AC7 and AC8: the lab is reached on this machine's ports and by port-forward, and the entry is healthy."""

from collections.abc import Mapping
from http import HTTPStatus

from lab.bringup.entry import HEALTH
from lab.core.asking import Answer, ask
from lab.process.forward import Forward, Route
from lab.settings.topology import Topology
from lab.verify.finding import Finding, judged
from lab.verify.site import Site

ENGINE_HTTP = 8080
"""The port on which an engine takes orders (docs/engine.md)."""


def check_ports(site: Site) -> Finding:
    """AC7: the published ports, and a forward to the first shard's Service."""
    asked = [site.urls[name] + HEALTH[name] for name in ("orders", "prometheus") if name in site.urls]
    answers = {url: ask(url) for url in asked}
    route = Route(namespace=site.namespaces.workloads, service=site.topology.shards[0].name, remote=ENGINE_HTTP)
    kubectl = site.lab.tools.path("kubectl")
    with Forward(site.lab.access, route, kubectl=kubectl, say=lambda _: None) as running:
        answers[f"port-forward {route}"] = ask(f"http://{running.address}/health")
    return judge_ports(answers)


def judge_ports(answers: Mapping[str, Answer]) -> Finding:
    """Each of them answers with 200."""
    problems = [f"{place}: {answer}" for place, answer in answers.items() if answer.status != HTTPStatus.OK]
    return judged(problems, f"200 from {', '.join(answers)}")


def check_health(site: Site) -> Finding:
    """AC8."""
    return judge_health(ask(f"{site.urls['orders']}/health"), site.topology)


def judge_health(answer: Answer, topology: Topology) -> Finding:
    """The entry says 200 and UP, and it is who the topology puts there: its one shard, or the gateway."""
    key, wanted = topology.entry_says
    problems = []
    if answer.status != HTTPStatus.OK or answer.said("status") != "UP":
        problems.append(f"GET /health must be 200 and UP; got {answer}")
    elif answer.said(key) != wanted:
        problems.append(f"the entry of topology {topology.name} must be {key} {wanted!r}; got {answer.said(key)!r}")
    return judged(problems, str(answer))
