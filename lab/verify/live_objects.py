"""What the cluster has of the lab's own, beside what the settings yield."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.bringup import images, releases
from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.core.errors import ToolError
from lab.core.paths import STATE
from lab.manifests import synthesis
from lab.manifests.manifest import Manifest
from lab.process.shell import run
from lab.settings.settings import Settings
from lab.tools import kubectl
from lab.verify.finding import Finding, judged
from lab.verify.site import Site

EVERYTHING = ""
"""The selector that takes all of a manifest."""


def read(lab: Lab) -> list[Object]:
    """The lab's own objects of the kinds that a topology may have more of than another.

    Raises:
        ToolError: The cluster doesn't answer.
    """
    found = run(kubectl.owned_command(lab.tools.path("kubectl"), lab.access))
    items: list[Object] = json.loads(found.stdout)["items"]
    return items


def check(site: Site) -> Finding:
    """Synthesize once more, into a folder that goes again, and compare with the cluster and with Helm's releases."""
    lab, name = site.lab, site.topology.name
    settings = images.resolved(
        site.settings, [images.delivery(site.settings, role) for role in images.roles(site.settings, site.topology)]
    )
    STATE.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=STATE) as folder:
        run(synthesis.render_command(settings, lab.layout, (name,), Path(folder)))
        manifest = Manifest(lab, Path(folder) / f"{name}.k8s.yaml")
        manifest.fit()
        changes = manifest.changes(EVERYTHING)
        if changes is None:
            raise ToolError("the cluster can't be compared with the manifest; run './invokew status'")
        left = sorted(map(str, manifest.leftovers()))
        return judge(list(map(str, changes)), left, list(_outdated(lab, settings)))


def judge(different: Sequence[str], surplus: Sequence[str], outdated: Sequence[str]) -> Finding:
    """Nothing differs from what the settings yield.

    Args:
        different: What applying the manifest would add or change.
        surplus: The lab's own objects that the topology doesn't have.
        outdated: Releases that are not as they are to be, each with what differs.
    """
    problems = [
        f"{what} {', '.join(names)}; run './invokew up'"
        for what, names in (
            ("different from the settings:", different),
            ("not of this topology:", surplus),
            ("releases different from the settings:", outdated),
        )
        if names
    ]
    return judged(problems, "every object and release matches the settings")


def _outdated(lab: Lab, settings: Settings) -> Iterator[str]:
    """The releases that are not deployed, were made of something else or edited since; each with what differs."""
    for name, release_of in releases.RELEASES.items():
        if why := releases.difference(lab, release_of(settings), releases.installed(lab, name)):
            yield f"{name} ({why})"
