"""AC2, AC5 and AC6: the monitoring, the first shard and all that handles orders run, are healthy and are scraped."""

from collections.abc import Iterable, Mapping, Sequence

from lab.cluster.kube import Object
from lab.verify import pods
from lab.verify.finding import Finding, does_not_apply, judged
from lab.verify.pods import Labels, Target
from lab.verify.site import Site

MONITORS: Mapping[str, Labels] = {name: {"app.kubernetes.io/name": name} for name in ("prometheus", "grafana")}


def check_monitoring(site: Site) -> Finding:
    """AC2."""
    return judge(MONITORS, site.pods(site.namespaces.monitoring))


def check_first_shard(site: Site) -> Finding:
    """AC5."""
    first = site.topology.shards[0].name
    return _check(site, {first: pods.handlers(site.topology)[first]})


def check_all(site: Site) -> Finding:
    """AC6."""
    if not site.topology.has_gateway:
        return does_not_apply(
            f"topology {site.topology.name} has one shard; './invokew up --topology=multi' brings more"
        )
    return _check(site, pods.handlers(site.topology))


def _check(site: Site, parts: Mapping[str, Labels]) -> Finding:
    return judge(parts, site.pods(site.namespaces.workloads), site.targets())


def judge(parts: Mapping[str, Labels], found: Sequence[Object], targets: Iterable[Target] | None = None) -> Finding:
    """Each part's pods run, pass their probes and, where targets are given, are scraped as they should be.

    Args:
        parts: Names, with their pods' labels; a part's readiness probe is its health check.
        found: All pods of the namespace.
        targets: What Prometheus scrapes; None where that isn't asked.
    """
    problems, running = [], []
    known = None if targets is None else tuple(targets)
    for name, labels in parts.items():
        own = pods.of(found, labels)
        problems.append(pods.trouble(own, name))
        if known is not None:
            problems += [pods.scraping(known, pod) for pod in pods.names(own)]
        running += pods.names(own)
    said = "Running" if known is None else "Running, healthy and scraped"
    return judged(problems, f"{said}: {', '.join(running)}")
