"""The checks across layers: names and ports agree, each pod is scraped once, the pods find room."""

from collections.abc import Iterable, Mapping, Sequence

from lab.bringup import external_prometheus
from lab.cluster.kube import Object
from lab.core.figures import number, size
from lab.core.part_labels import APPS
from lab.core.quantity import amount
from lab.manifests.consistency import problems
from lab.tools import docker, kubectl, preflight
from lab.tools.preflight import HEADROOM, Totals
from lab.verify import pods
from lab.verify.finding import Finding, judged
from lab.verify.live_objects import read
from lab.verify.pods import Target
from lab.verify.site import Site

ENDED = {"Succeeded", "Failed"}


def check_names(site: Site) -> Finding:
    """Gateway maps, Services, container ports and scrape annotations, as the cluster has them."""
    return judge_names(read(site.lab), site.namespaces.workloads)


def judge_names(objects: Sequence[Object], namespace: str) -> Finding:
    """They refer to each other without a gap."""
    known = kubectl.names_in(objects)
    return judged(problems(objects, namespace), f"{len(known)} objects agree on symbols, names, ports and annotations")


def check_scraping(site: Site) -> Finding:
    """What Prometheus scrapes of what handles orders."""
    if site.external is None:
        return judge_scraping(site.pods(site.namespaces.workloads), site.targets() or ())
    ours = external_prometheus.handlers(site.lab)
    lacking = external_prometheus.problem(site.external, ours)
    return judged([lacking], f"scraped once each, as often as is needed: {', '.join(ours)}")


def judge_scraping(found: Sequence[Object], targets: Iterable[Target]) -> Finding:
    """Each pod is scraped once, and nothing that is gone is scraped any more."""
    known = tuple(targets)
    ours = [name for app in APPS for name in pods.names(pods.of(found, {"app": app}))]
    watched = {target["discoveredLabels"][pods.POD] for target in known if target["labels"].get("app") in APPS}
    lines = [pods.scraping(known, pod) for pod in ours]
    lines += [f"{pod} is scraped and is not there" for pod in sorted(watched.difference(ours))]
    lines += [] if ours else ["no pod handles orders"]
    return judged(lines, f"scraped by one target each: {', '.join(ours)}")


def check_room(site: Site) -> Finding:
    """What the pods request, beside what Docker has."""
    found = [*site.pods(site.namespaces.workloads), *site.pods(site.namespaces.monitoring)]
    return judge_room(requested(found), preflight.requested(site.settings, site.topology), docker.engine())


def judge_room(live: Totals, wanted: Totals, host: docker.Engine) -> Finding:
    """The pods request what the settings say, and their memory is there; cores may be shared, which is said.

    Each node claims all of the host's cores and memory, so the scheduler can't see this.
    """
    lines = []
    if (round(live.cpu, 3), round(live.memory)) != (round(wanted.cpu, 3), round(wanted.memory)):
        lines.append(f"the pods must request {_shown(wanted)} by the settings; they request {_shown(live)}")
    if live.memory + HEADROOM > host.memory:
        need = size(live.memory + HEADROOM)
        lines.append(f"pods and nodes need {need}, Docker has {size(host.memory)}; give Docker more")
    shared = ": they share cores" if live.cpu > host.cpus else ""
    return judged(lines, f"pods request {_shown(live)}; Docker has {_shown(_of(host))}{shared}")


def requested(found: Iterable[Object]) -> Totals:
    """The sum of what pods request: cores, and bytes."""
    containers = [
        container.get("resources", {}).get("requests", {})
        for pod in found
        if pod["status"].get("phase") not in ENDED
        for container in pod["spec"]["containers"]
    ]
    return Totals(cpu=_sum(containers, "cpu"), memory=_sum(containers, "memory"))


def _sum(requests: Iterable[Mapping[str, str]], what: str) -> float:
    return sum(amount(one.get(what, "0")) for one in requests)


def _of(host: docker.Engine) -> Totals:
    return Totals(cpu=host.cpus, memory=host.memory)


def _shown(totals: Totals) -> str:
    return f"{number(totals.cpu)} cores and {size(totals.memory)}"
