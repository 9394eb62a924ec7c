"""AC4: the images of engine, gateway and control are where the cluster gets them, and they are what runs."""

from collections.abc import Iterable, Mapping, Sequence

from lab.bringup import images
from lab.bringup.images import Delivery, Role
from lab.cluster.kube import Object
from lab.core.part_labels import ENGINE, GATEWAY
from lab.settings.settings import Settings
from lab.settings.topology import CONTROL
from lab.verify import pods
from lab.verify.finding import Finding, judged
from lab.verify.site import Site

APPS: Mapping[Role, str] = {"engine": ENGINE, "gateway": GATEWAY, "control": CONTROL}


def check(site: Site) -> Finding:
    """Compare what is in Docker's store with what was delivered and with what the pods name."""
    needed = [role for role in APPS if role in images.roles(site.settings, site.topology)]
    deliveries = [images.delivery(site.settings, role) for role in needed]
    lacking = {item.role: _lacking(site.settings, item) for item in deliveries}
    found = judge(deliveries, lacking, site.pods(site.namespaces.workloads))
    unneeded = [site.settings.images.gateway.name] if "gateway" not in needed else []
    note = "".join(f"; topology {site.topology.name} needs no {name}" for name in unneeded)
    return Finding(ok=found.ok, evidence=found.evidence + note)


def _lacking(settings: Settings, item: Delivery) -> list[str]:
    """Where the image isn't, of the places from which the cluster gets it; never trusted by a command's exit code."""
    if item.pushed is None:
        return images.nodes_without(settings, item)
    return [] if images.in_registry(item) else [f"the registry ({item.pushed.partition('/')[0]})"]


def judge(deliveries: Iterable[Delivery], lacking: Mapping[Role, Sequence[str]], found: Sequence[Object]) -> Finding:
    """Each image is available, and every pod of its role names that very content.

    Args:
        deliveries: What Docker's store has, with the references that carry its content's id.
        lacking: Role to the places where that reference isn't.
        found: The pods of the workloads' namespace.
    """
    problems, evidence = [], []
    for item in deliveries:
        running = {
            pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"]
            for pod in pods.of(found, {"app": APPS[item.role]})
        }
        problems += [f"{item.reference} is not in {place}; run './invokew images'" for place in lacking[item.role]]
        problems += [
            f"{pod} runs {image}, Docker's store has {item.reference}; run './invokew up'"
            for pod, image in running.items()
            if image != item.reference
        ]
        problems += [] if running else [f"no pod runs {item.source}"]
        evidence.append(f"{item.source} is {item.reference}, in {len(running)} pods")
    return judged(problems, "; ".join(evidence))
