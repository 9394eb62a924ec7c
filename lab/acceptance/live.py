"""What the cluster has of the lab's own, beside what the settings yield."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from lab import helm, images, kubectl, releases, synthesis
from lab.acceptance.finding import Finding, judged
from lab.acceptance.site import Site
from lab.errors import ToolError
from lab.kube import Object
from lab.lab import Lab
from lab.paths import STATE
from lab.settings import Settings
from lab.shell import run

CHANGED = 1
"""What `kubectl diff` ends with when something differs; above it, it failed."""
HEAD = re.compile(r"^\+\+\+ \S*/(?:[\w.-]+\.)?(?P<kind>[A-Z]\w*)\.(?P<name>\S+)", re.MULTILINE)
"""The line of a diff that names its file: group, version, kind, namespace and name, with dots between them."""


def read(lab: Lab) -> list[Object]:
    """The lab's own objects of the kinds that a topology may have more of than another.

    Raises:
        ToolError: The cluster doesn't answer.
    """
    found = run(kubectl.owned_command(lab.tools.path("kubectl"), lab.access))
    items: list[Object] = json.loads(found.stdout)["items"]
    return items


def look(site: Site) -> Finding:
    """Synthesize once more, into a folder that goes again, and compare with the cluster and with Helm's releases."""
    lab, name = site.lab, site.topology.name
    settings = images.resolved(
        site.settings, [images.delivery(site.settings, role) for role in images.roles(site.topology)]
    )
    STATE.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=STATE) as folder:
        run(synthesis.render_command(settings, (name,), Path(folder)))
        manifest = Path(folder) / f"{name}.k8s.yaml"
        owned = run(kubectl.owned_command(lab.tools.path("kubectl"), lab.access)).stdout
        surplus = kubectl.leftovers(owned, kubectl.manifest_names(manifest))
        return judge(_different(lab, manifest), list(map(str, sorted(surplus))), list(_outdated(lab, settings)))


def judge(different: Sequence[str], surplus: Sequence[str], outdated: Sequence[str]) -> Finding:
    """Nothing differs from what the settings yield.

    Args:
        different: Objects that applying the manifest would make or change.
        surplus: The lab's own objects that the topology doesn't have.
        outdated: Releases that were installed from other values, or are not in order.
    """
    problems = [
        f"{what} {', '.join(names)}; run './invokew up'"
        for what, names in (
            ("not as the settings have them:", different),
            ("not of this topology:", surplus),
            ("releases not as the settings have them:", outdated),
        )
        if names
    ]
    return judged(problems, "every object and release is what the settings yield")


def _different(lab: Lab, manifest: Path) -> list[str]:
    result = run(kubectl.diff_command(lab.tools.path("kubectl"), lab.access, manifest), check=False)
    if result.code > CHANGED:
        raise ToolError("the cluster can't be compared with the manifest", details=result.last_lines)
    return different_in(result.stdout) or (["an object"] if result.code else [])


def different_in(diff: str) -> list[str]:
    """The objects in what `kubectl diff` printed."""
    return [f"{match['kind'].lower()}/{match['name'].rpartition('.')[2]}" for match in HEAD.finditer(diff)]


def _outdated(lab: Lab, settings: Settings) -> Iterator[str]:
    """The names of releases that are not deployed, or were made of something else."""
    for name, release_of in releases.RELEASES.items():
        result = run(helm.status_command(lab.tools.path("helm"), lab.access, name), check=False)
        found = helm.parse_status(result.stdout) if result.ok else None
        if found is None or (found.status, found.fingerprint) != ("deployed", release_of(settings).fingerprint):
            yield name
