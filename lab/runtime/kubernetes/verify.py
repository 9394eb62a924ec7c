"""How each criterion of `verify` that applies in a namespace is checked."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from lab.bringup.entry import FORWARDED, urls
from lab.cluster import left_behind
from lab.cluster.lab import Lab
from lab.conduct.place import Say
from lab.core.causes import LAB_ABSENT
from lab.core.errors import ToolError
from lab.process.forward import Forward, Route
from lab.verify import addresses, agreement, broker_outage, control_pod, order, redpanda, workload_parts
from lab.verify.finding import Finding
from lab.verify.site import Site

CHECKS: Mapping[str, Callable[[Site], Finding]] = {
    "ac3": redpanda.check,
    "ac5": workload_parts.check_first_shard,
    "ac6": workload_parts.check_all,
    "ac7": addresses.check_ports,
    "ac8": addresses.check_health,
    "ac9": order.check,
    "ac14": broker_outage.check,
    "control": control_pod.check,
    "names": agreement.check_names,
    "scraped": agreement.check_scraping,
}
"""Not those of k3d's nodes, registry, releases and dashboards, nor the trial suites, which measure."""


@contextmanager
def site_of(lab: Lab, say: Say) -> Iterator[Site]:
    """The lab that is to be checked, forwarded to this machine's ports, after what was left behind is undone.

    Raises:
        ToolError: No lab is up, or not all of it is known to the settings.
        FaultError: An outage that was left behind can't be undone.
    """
    space, name = lab.access.namespaces.workloads, lab.standing_topology()
    if name not in lab.settings.topologies:
        raise ToolError(
            f"there is no topology of the settings in namespace {space}; run './invokew up --runtime=kubernetes'",
            cause=LAB_ABSENT,
        )
    for healed in left_behind.undo(lab.kube):
        say(healed)
    kubectl = lab.tools.path("kubectl")
    with ExitStack() as stack:
        for part, url in urls(lab).items():
            service, remote = FORWARDED[part]
            route = Route(namespace=space, service=service, remote=remote, local=urlsplit(url).port or 0)
            stack.enter_context(Forward(lab.access, route, kubectl=kubectl, say=say))
        yield Site(lab=lab, topology=lab.settings.topology(name))
