"""How each criterion of `verify` is looked at on a k3d cluster."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from lab.acceptance import (
    addresses,
    broker,
    grafana,
    images,
    layers,
    live,
    nodes,
    order,
    outage,
    parts,
    runner,
    teardown,
)
from lab.acceptance.finding import Finding
from lab.acceptance.site import Site
from lab.errors import ToolError
from lab.lab import Lab
from lab.outage import fault
from lab.runtime.k3d.runtime import K3dRuntime
from lab.runtime.k3d.status import standing
from lab.runtime.runtime import Say
from lab.toolbox import k3d

LOOKS: Mapping[str, Callable[[Site], Finding]] = {
    "ac1": nodes.look,
    "ac2": parts.look_at_monitoring,
    "ac3": broker.look,
    "ac4": images.look,
    "ac5": parts.look_at_first_shard,
    "ac6": parts.look_at_all,
    "ac7": addresses.look_at_ports,
    "ac8": addresses.look_at_health,
    "ac9": order.look,
    "ac10": grafana.look,
    "ac11": teardown.look,
    "ac12": lambda site: runner.look_at(K3dRuntime(lab=site.lab), site.topology, *runner.ASR1),
    "ac13": lambda site: runner.look_at(K3dRuntime(lab=site.lab), site.topology, *runner.ASR2),
    "ac14": outage.look,
    "names": layers.look_at_names,
    "scraped": layers.look_at_scraping,
    "room": layers.look_at_room,
    "drift": live.look,
}


def site_of(lab: Lab, say: Say) -> Site:
    """The lab that is to be checked, after what an earlier command left behind is undone.

    Raises:
        ToolError: No lab is up, or not all of it is known to the settings.
        FaultError: An outage that was left behind can't be undone.
    """
    k3d_path, settings = lab.tools.path("k3d"), lab.settings
    if k3d.cluster_state(k3d_path, settings.name) is None:
        raise ToolError(f"there is no cluster {settings.name} to check; run './invokew up'")
    name = standing(lab)
    if name is None:
        raise ToolError(f"no topology stands in cluster {settings.name}; run './invokew up'")
    if name not in settings.topologies:
        raise ToolError(
            f"topology must be one of {', '.join(settings.topologies)}; the cluster says {name!r}; run './invokew up'"
        )
    with suppress(ToolError):  # ac11 tells why it can't be done
        for item in teardown.take_away(settings, k3d_path):
            say(f"{item} was left behind by an earlier check and is removed")
    if healed := fault.heal(lab.kube):
        say(healed)
    return Site(lab=lab, topology=settings.topology(name))
