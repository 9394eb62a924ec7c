"""What a bring-up without the internet would lack, all of it before anything begins."""

from collections.abc import Iterator

from lab.bringup import charts, images, pins, sources
from lab.cluster.lab import Lab
from lab.core.causes import IMAGE_MISSING
from lab.core.errors import PreflightError
from lab.settings.settings import ChartsSettings
from lab.settings.topology import Topology
from lab.tools import docker, k3d, tools


def require(lab: Lab, topology: Topology) -> None:
    """Everything that would be fetched, or built by what fetches, is here.

    Raises:
        PreflightError: Something isn't; each thing is named.
    """
    if lacking := list(_lacking(lab, topology)):
        more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
        raise PreflightError(
            f"--offline: {lacking[0]}{more}; run './invokew up' once with internet, or './invokew bundle FILE' where "
            "it is up and './invokew up --bundle=FILE' here",
            details=lacking[1:],
            cause=IMAGE_MISSING,
        )


def _lacking(lab: Lab, topology: Topology) -> Iterator[str]:
    settings = lab.settings
    for name, spec in lab.tools.specs.items():
        found = tools.find(name, spec)
        if isinstance(found, tools.Missing):
            yield f"{name} is not here: {found.reason}"
        elif name == "k3d" and docker.image(k3d.tools_image(found.version)) is None:
            yield f"image {k3d.tools_image(found.version)}, which k3d uses, is not in Docker's store"
    for role in images.roles(settings, topology):
        if images.why_in_store(settings, role) is None:
            source = sources.of(settings, role)
            how = f"is to be built from {source}, and a build fetches" if source else "is not in Docker's store"
            yield f"image {images.settings_of(settings, role).name} {how}"
    for use in (pins.NODE, pins.REGISTRY):
        image = pins.in_force(settings).get(use)
        if image and docker.image(image) is None:
            yield f"image {image} is not in Docker's store"
    for name in ChartsSettings.model_fields:
        if charts.is_remote(charts.of(settings, name)) and pins.chart(settings, name) is None:
            yield f"chart {charts.of(settings, name).chart} is at its registry alone; './invokew pin' keeps a copy"
