"""How each criterion of `verify` is checked on a k3d cluster."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from lab.bringup.throwaway import take_away
from lab.cluster import left_behind
from lab.cluster.lab import Lab
from lab.conduct.place import Say
from lab.core.causes import CLUSTER_AWAY, LAB_ABSENT
from lab.core.errors import ToolError
from lab.runtime.k3d.runtime import K3dRuntime
from lab.tools import k3d
from lab.verify import (
    addresses,
    agreement,
    broker_outage,
    control_pod,
    dashboards,
    image_origins,
    live_objects,
    nodes,
    order,
    redpanda,
    teardown,
    trial_cases,
    workload_parts,
)
from lab.verify.finding import Finding
from lab.verify.site import Site

CHECKS: Mapping[str, Callable[[Site], Finding]] = {
    "ac1": nodes.check,
    "ac2": workload_parts.check_monitoring,
    "ac3": redpanda.check,
    "ac4": image_origins.check,
    "ac5": workload_parts.check_first_shard,
    "ac6": workload_parts.check_all,
    "ac7": addresses.check_ports,
    "ac8": addresses.check_health,
    "ac9": order.check,
    "ac10": dashboards.check,
    "ac11": teardown.check,
    "ac12": lambda site: trial_cases.check_with(K3dRuntime(lab=site.lab), site.topology, *trial_cases.ASR1),
    "ac13": lambda site: trial_cases.check_with(K3dRuntime(lab=site.lab), site.topology, *trial_cases.ASR2),
    "ac14": broker_outage.check,
    "control": control_pod.check,
    "names": agreement.check_names,
    "scraped": agreement.check_scraping,
    "room": agreement.check_room,
    "drift": live_objects.check,
}


def site_of(lab: Lab, say: Say) -> Site:
    """The lab that is to be checked, after what an earlier command left behind is undone.

    Raises:
        ToolError: No lab is up, or not all of it is known to the settings.
        FaultError: An outage that was left behind can't be undone.
    """
    k3d_path, settings = lab.tools.path("k3d"), lab.settings
    if k3d.cluster_state(k3d_path, settings.name) is None:
        raise ToolError(f"there is no cluster {settings.name} to check; run './invokew up'", cause=CLUSTER_AWAY)
    name = lab.standing_topology()
    if name is None:
        raise ToolError(f"there is no topology in cluster {settings.name}; run './invokew up'", cause=LAB_ABSENT)
    if name not in settings.topologies:
        raise ToolError(
            f"topology must be one of {', '.join(settings.topologies)}; the cluster says {name!r}; run './invokew up'"
        )
    with suppress(ToolError):  # ac11 tells why it can't be done
        for item in take_away(settings, k3d_path):
            say(f"{item} was left behind by an earlier check and is removed")
    for healed in left_behind.undo(lab.kube):
        say(healed)
    return Site(lab=lab, topology=settings.topology(name))
