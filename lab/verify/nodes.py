"""AC1: the cluster has the nodes that the settings ask for, all of them Ready."""

from collections.abc import Sequence

from lab.cluster.kube import Object
from lab.cluster.readiness import unready
from lab.settings.settings import ClusterSettings
from lab.verify.finding import Finding, judged
from lab.verify.site import Site


def check(site: Site) -> Finding:
    """Read the nodes."""
    return judge(site.lab.kube.items("Node"), site.settings.name, site.settings.cluster)


def judge(nodes: Sequence[Object], name: str, wanted: ClusterSettings) -> Finding:
    """All are there, in their roles, Ready, and none is closed to new pods."""
    servers, agents = (_named(nodes, f"k3d-{name}-{role}-") for role in ("server", "agent"))
    problems = [
        _count("server", len(servers), wanted.servers),
        _count("agent", len(agents), wanted.agents),
        unready(nodes, 0),
        *(f"{node['metadata']['name']} is cordoned" for node in nodes if node["spec"].get("unschedulable")),
    ]
    return judged(problems, f"{len(servers)} server and {len(agents)} agents are Ready")


def _named(nodes: Sequence[Object], prefix: str) -> list[Object]:
    """The nodes of a role: k3d names them by it, and not every distribution labels agents."""
    return [node for node in nodes if node["metadata"]["name"].startswith(prefix)]


def _count(role: str, found: int, wanted: int) -> str:
    return "" if found == wanted else f"{role} nodes must be {wanted}; got {found}"
