"""Helm: the commands for a release, for Helm 3.14+ and 4 alike, and what Helm says of it.

There is no `--wait`: Helm 3 polls, Helm 4's watcher has been seen to wait on what is ready; the lab watches itself.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.core.access import Access
from lab.core.causes import RELEASE_FAILED
from lab.process.shell import Command
from lab.settings.settings import ChartSettings
from lab.tools.printed import parsed, read_of

PENDING = ("pending-install", "pending-upgrade", "pending-rollback", "uninstalling")
"""States in which a Helm that was killed leaves a release; it then refuses any other operation on it."""
SERVER_SIDE_SINCE = 4
"""Helm's first major version that applies on the server, and knows the flags for it."""
DESCRIPTION = "matching-engine-lab "
"""What begins the description of our revisions; after it comes the hash of what was installed."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A Helm chart to be installed under a name, with its values."""

    name: str
    chart: ChartSettings
    values: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """A hash of all that decides what is installed; of a chart that is a folder, its content too."""
        digest = hashlib.sha256(json.dumps(self.values, sort_keys=True).encode())
        digest.update(f"{self.chart.chart} {self.chart.version}".encode())
        folder = Path(self.chart.chart)
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file():
                digest.update(f"{path.relative_to(folder)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What Helm says of a release.

    Args:
        status: `deployed`, or what else it is.
        fingerprint: Of what was installed.
        manifest: The objects that were applied, as YAML.
    """

    status: str
    fingerprint: str
    manifest: str = field(default="", repr=False)


def _base(helm: str, access: Access, *words: str) -> tuple[str, ...]:
    return (helm, *words, "--kubeconfig", str(access.kubeconfig), "--kube-context", access.context)


def upgrade_command(helm: str, access: Access, release: Release, *, version: str) -> Command:
    """Installs or upgrades the release, values on stdin.

    Args:
        helm: The program.
        access: The way to the cluster.
        release: What is installed.
        version: Helm's. From 4 on the server merges, and refuses what somebody else has edited unless it is forced to.
    """
    forced = ("--server-side=true", "--force-conflicts") if int(version.partition(".")[0]) >= SERVER_SIDE_SINCE else ()
    pinned = ("--version", release.chart.version) if release.chart.version and "://" in release.chart.chart else ()
    return Command(
        argv=(
            *_base(helm, access, "upgrade", release.name, release.chart.chart, "--install"),
            *("--namespace", access.namespaces.monitoring, "--values", "-", "--history-max", "3"),
            *("--description", DESCRIPTION + release.fingerprint, *pinned, *forced),
        ),
        stdin=json.dumps(release.values),
        deadline=180,
        lasting=True,
        cause=RELEASE_FAILED,
    )


def pull_command(helm: str, chart: ChartSettings, folder: str) -> Command:
    """Fetches a chart from its registry into a folder, packed."""
    version = ("--version", chart.version) if chart.version else ()
    argv = (helm, "pull", chart.chart, "--destination", folder, *version)
    return Command(argv=argv, deadline=180, cause=RELEASE_FAILED)


def uninstall_command(helm: str, access: Access, name: str) -> Command:
    """Removes a release, in whatever state it is."""
    argv = _base(
        helm, access, "uninstall", name, "--namespace", access.namespaces.monitoring, "--no-hooks", "--ignore-not-found"
    )
    return Command(argv=argv, deadline=120, lasting=True, cause=RELEASE_FAILED)


def status_command(helm: str, access: Access, name: str) -> Command:
    """Asks for a release's status."""
    return Command(
        argv=_base(helm, access, "status", name, "--namespace", access.namespaces.monitoring, "--output", "json"),
        deadline=30,
        cause=RELEASE_FAILED,
    )


def parse_status(text: str) -> Installed | None:
    """What `helm status` printed; None when there is no such release."""
    if not text.strip():
        return None
    with read_of("helm status", text):
        status = parsed(text)
        info = status.get("info", {})
        return Installed(
            status=info.get("status", "unknown"),
            fingerprint=info.get("description", "").removeprefix(DESCRIPTION),
            manifest=status.get("manifest", ""),
        )
