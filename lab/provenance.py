"""With what a run was made: settings and their hash, tools, charts, the project's own state, images by digest."""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from typing import Any

from lab.errors import LabError
from lab.lab import Lab
from lab.paths import ROOT
from lab.runs import plain
from lab.settings import Settings
from lab.shell import Command, run


def settings_hash(settings: Settings) -> str:
    """SHA-256 of the settings, whatever the order in which they were written."""
    return hashlib.sha256(json.dumps(plain(settings), sort_keys=True).encode()).hexdigest()


def versions(lab: Lab) -> dict[str, Any]:
    """Versions of the tools and Helm charts, of Python, and the project's commit."""
    charts = {name: plain(getattr(lab.settings.charts, name)) for name in type(lab.settings.charts).model_fields}
    return {
        "settings_sha256": settings_hash(lab.settings),
        "project": project(),
        "python": platform.python_version(),
        "tools": {name: _version(lab, name) for name in lab.tools.specs},
        "charts": {name: {key: chart[key] for key in ("chart", "version")} for name, chart in charts.items()},
        "cluster_image": lab.settings.cluster.image,
    }


def _version(lab: Lab, name: str) -> str:
    try:
        return lab.tools.tool(name).version
    except LabError as error:
        return f"unknown: {error.summary}"


def project() -> dict[str, Any]:
    """The commit that is checked out, and whether files differ from it; unknown outside a git checkout."""
    try:
        head = run(Command(argv=("git", "rev-parse", "HEAD"), cwd=ROOT, deadline=10), check=False)
        changed = run(Command(argv=("git", "status", "--porcelain"), cwd=ROOT, deadline=20), check=False)
    except LabError:
        return {"commit": None, "changed": None}
    if not head.ok:
        return {"commit": None, "changed": None}
    return {"commit": head.stdout.strip(), "changed": bool(changed.stdout.strip())}


def images(pods: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Of each container: its pod, the image as asked for, and the digest that runs (`imageID`)."""
    return [
        {
            "namespace": pod["metadata"]["namespace"],
            "pod": pod["metadata"]["name"],
            "container": status["name"],
            "image": status["image"],
            "digest": status.get("imageID", ""),
        }
        for pod in pods
        for status in pod.get("status", {}).get("containerStatuses", ())
    ]
