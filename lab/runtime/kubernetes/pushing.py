"""Images for a cluster that is there: pushed to its registry, or there already under a digest."""

from lab.bringup import images
from lab.bringup.images import Delivery, Role
from lab.cluster.lab import Lab
from lab.core import image_name
from lab.core.errors import UsageError
from lab.process.steps import Say, Step
from lab.settings.loading import require_kubernetes, where
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.tools import docker


def roles(settings: Settings, topology: Topology) -> tuple[Role, ...]:
    """Whose images a topology needs there: all but Grafana's, and but Prometheus' where the cluster has one."""
    others = {"grafana", "prometheus"} if require_kubernetes(settings).prometheus else {"grafana"}
    return tuple(role for role in images.roles(settings, topology) if role not in others)


def pushed(settings: Settings, topology: Topology) -> tuple[Role, ...]:
    """Those that are pushed from here: whose name has no digest."""
    return tuple(role for role in roles(settings, topology) if image_name.parse(_name(settings, role)).digest is None)


def deliveries(settings: Settings, topology: Topology) -> list[Delivery]:
    """How those images reach the pods.

    Raises:
        ToolError: One isn't in Docker's store.
        UsageError: The settings name no registry.
    """
    return [_delivery(settings, role) for role in pushed(settings, topology)]


def named(settings: Settings, role: Role) -> str:
    """How pods name a role's image.

    Raises:
        ToolError: It is to be pushed from here and isn't in Docker's store.
    """
    name = _name(settings, role)
    return name if image_name.parse(name).digest else _delivery(settings, role).reference


def push(lab: Lab, role: Role, needs: tuple[str, ...]) -> Step:
    """The image is in the registry; Docker sends the layers that it lacks, and says so if it doesn't take them."""

    def bring(say: Say) -> str:
        item = _delivery(lab.settings, role)
        say(f"to {item.reference}")
        images.push(item)
        return item.reference

    def plan() -> list[str]:
        name = images.settings_of(lab.settings, role).name
        reference = _reference(lab.settings, role, "ID")
        return [str(docker.tag_command(name, reference)), str(docker.push_command(reference))]

    return Step(name=f"push {role}", needs=needs, run=bring, plan=plan)


def _delivery(settings: Settings, role: Role) -> Delivery:
    local = images.delivery(settings, role)
    reference = _reference(settings, role, local.id)
    return Delivery(role=role, source=local.source, id=local.id, reference=reference, pushed=reference)


def _reference(settings: Settings, role: Role, id_: str) -> str:
    registry = require_kubernetes(settings).registry
    if registry is None:
        raise UsageError(
            f"{where('kubernetes')}: kubernetes.registry must be a registry that the cluster pulls from, since image "
            f"{_name(settings, role)} has no digest; name it, or the image by its digest"
        )
    name = image_name.parse(_name(settings, role))
    return f"{registry}/{name.repository}:{images.bound_tag(name, id_)}"


def _name(settings: Settings, role: Role) -> str:
    return images.settings_of(settings, role).name
