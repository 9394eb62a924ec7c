"""With what a run was made, as names and values for people."""

from typing import Any

from lab.judge.verdict import LEFT_OUT
from lab.present.case_document import Fact
from lab.present.document import Place
from lab.present.words import number, size
from lab.store import loose

NODE_PREFIX = "k3d-"


def facts(versions: Any, host: Any, placement: Any) -> dict[str, tuple[Fact, ...]]:
    """The facts in groups; a group of which nothing is known is left out.

    Args:
        versions: `versions.json`.
        host: `host.json`.
        placement: `placement.json`.
    """
    groups = {
        "Project": _project(versions),
        "Tools": _named(loose.at(versions, "tools")),
        "Helm charts": _charts(loose.at(versions, "charts")),
        "Machine": _machine(host),
        "Docker": _docker(loose.at(host, "docker")),
        "Nodes": _nodes(placement),
    }
    return {name: known for name, group in groups.items() if (known := tuple(one for one in group if one.value))}


def leaves_out(runtime: str, broker: str) -> str:
    """What a verdict says nothing of that was reached on a runtime; empty for a cluster.

    Args:
        runtime: Its name.
        broker: What stood in for the broker.
    """
    if runtime != "process":
        return ""
    return f"PROCESS: {LEFT_OUT}; the broker was {broker or 'a stand-in'}."


def places(images: Any, placement: Any) -> tuple[Place, ...]:
    """What ran where: each container's image and digest, and its pod's node."""
    nodes = {
        (loose.text(loose.at(pod, "namespace")), loose.text(loose.at(pod, "pod"))): loose.text(loose.at(pod, "node"))
        for pod in loose.items(loose.at(placement, "pods"))
    }
    return tuple(
        Place(
            pod=loose.text(loose.at(one, "pod"), "?"),
            container=loose.text(loose.at(one, "container"), "?"),
            image=loose.text(loose.at(one, "image")),
            digest=loose.text(loose.at(one, "digest")).rpartition("@")[2],
            node=nodes.get((loose.text(loose.at(one, "namespace")), loose.text(loose.at(one, "pod"))), ""),
        )
        for one in loose.items(images)
    )


def _project(versions: Any) -> list[Fact]:
    changed = loose.at(versions, "project", "changed")
    commit = loose.text(loose.at(versions, "project", "commit"))
    return [
        Fact(name="commit", value=f"{commit}, with changes that are not in it" if commit and changed else commit),
        Fact(name="settings (SHA-256)", value=loose.text(loose.at(versions, "settings_sha256"))),
        Fact(name="Python", value=loose.text(loose.at(versions, "python"))),
        Fact(name="cluster image", value=loose.text(loose.at(versions, "cluster_image"))),
    ]


def _named(values: Any) -> list[Fact]:
    return [Fact(name=name, value=loose.text(value)) for name, value in loose.table(values).items()]


def _charts(charts: Any) -> list[Fact]:
    return [
        Fact(name=name, value=f"{loose.text(loose.at(one, 'chart'))} {loose.text(loose.at(one, 'version'))}".strip())
        for name, one in loose.table(charts).items()
    ]


def _machine(host: Any) -> list[Fact]:
    load = [number(loose.number(one)) for one in loose.items(loose.at(host, "load"))]
    return [
        Fact(
            name="system",
            value=" ".join(loose.text(loose.at(host, name)) for name in ("system", "architecture")).strip(),
        ),
        Fact(name="processor", value=loose.text(loose.at(host, "processor"))),
        Fact(name="cores", value=loose.text(loose.at(host, "cores"))),
        Fact(name="memory", value=_size(loose.at(host, "memory"))),
        Fact(name="load before the run (1, 5, 15 min)", value=" · ".join(load)),
    ]


def _docker(docker: Any) -> list[Fact]:
    known = dict(loose.table(docker))
    if "memory" in known:
        known["memory"] = _size(known["memory"])
    return _named(known)


def _size(value: Any) -> str:
    known = loose.number(value)
    return "" if known is None else size(known)


def _nodes(placement: Any) -> list[Fact]:
    nodes = [
        Fact(
            name=loose.text(loose.at(one, "node"), "?"),
            value=f"claims {number(loose.number(loose.at(one, 'cores')))} cores",
        )
        for one in loose.items(loose.at(placement, "nodes"))
    ]
    shared, cores = loose.at(placement, "shared"), loose.number(loose.at(placement, "cores"))
    if nodes and isinstance(shared, bool):
        told = "shared by all nodes and k6" if shared else "each node has its own"
        nodes.append(Fact(name="this machine's cores", value=f"{number(cores)}, {told}"))
    nodes += [Fact(name="unknown", value=loose.text(loose.at(placement, "unknown")))]
    return nodes


def commit_of(versions: Any) -> tuple[str, bool]:
    """The project's commit, and whether files differed from it."""
    project = loose.at(versions, "project")
    return loose.text(loose.at(project, "commit")), loose.at(project, "changed") is True
