"""The control beside the orders' way: it runs where what takes the orders does, and answers at its own port."""

from collections.abc import Sequence
from http import HTTPStatus

from lab.cluster.kube import Object
from lab.core.asking import Answer, ask
from lab.settings.topology import CONTROL, Topology
from lab.verify import pods
from lab.verify.finding import Finding, judged
from lab.verify.site import Site


def check(site: Site) -> Finding:
    """Read the pods, and ask the control for its health."""
    return judge(site.pods(site.namespaces.workloads), site.topology, ask(f"{site.urls['control']}/health"))


def judge(found: Sequence[Object], topology: Topology, answer: Answer) -> Finding:
    """Its pod runs on the node of the gateway, or of the only shard, and its port is answered by it."""
    taker = topology.entry
    own, beside = pods.of(found, {"app": CONTROL}), pods.of(found, pods.handlers(topology)[taker])
    problems = [pods.trouble(own, CONTROL), answer_problem(answer)]
    nodes = {who: _nodes(some) for who, some in ((CONTROL, own), (taker, beside))}
    if own and beside and nodes[CONTROL] != nodes[taker]:
        problems.append(f"{CONTROL} runs on {nodes[CONTROL]}, {taker} on {nodes[taker]}; run './invokew up'")
    return judged(problems, f"{', '.join(pods.names(own))} on the node of {taker}, {answer}")


def answer_problem(answer: Answer) -> str:
    """Why an answer to GET /health is not the control's; empty when it is."""
    if answer.status == HTTPStatus.OK and (answer.said("status"), answer.said("component")) == ("UP", CONTROL):
        return ""
    return f"GET /health at the control's port must be 200, UP and the control's; got {answer}"


def _nodes(some: Sequence[Object]) -> str:
    return ", ".join(sorted({str(pod["spec"].get("nodeName")) for pod in some}))
