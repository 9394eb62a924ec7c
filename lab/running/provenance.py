"""With what a run was made: settings, tools, charts, the project's own state, images by digest, what ran where."""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from typing import Any

from lab.errors import LabError
from lab.experiment.settings import Settings
from lab.experiment.suites import Suite
from lab.lab import Lab
from lab.paths import ROOT
from lab.process.shell import Command, run
from lab.running import host
from lab.running.placement import placement, sentence
from lab.running.runs import Run, plain
from lab.toolbox import docker, preflight


def keep(lab: Lab, suite: Suite, run_: Run) -> list[str]:
    """Write it all into a run's folder, before anything is measured: a run that breaks off says at least with what.

    Returns:
        What people are told of it: where the workloads run.
    """
    cases = [case.id for case in suite.cases]
    run_.write("settings.json", {"profile": suite.profile, "cases": cases, "settings": lab.settings})
    run_.write("versions.json", versions(lab))
    machine = host.facts()
    run_.write("host.json", machine)
    run_.write("warnings.json", _warnings(lab, suite))
    try:
        pods, nodes = lab.kube.items("Pod"), lab.kube.items("Node")
    except LabError as error:
        unknown = {"unknown": error.summary}
        run_.write("images.json", unknown)
        run_.write("placement.json", unknown)
        return [f"where the pods run is unknown: {error.summary}"]
    placed = placement(pods, nodes, cores=machine.node_cores)
    run_.write("images.json", images(pods))
    run_.write("placement.json", placed)
    return [sentence(placed, lab.settings.name)]


def _warnings(lab: Lab, suite: Suite) -> list[str]:
    """What preflight warned of; whether it spoilt the run is measured."""
    try:
        return list(preflight.warnings(lab.settings, suite.topology, docker.engine(), preflight.open_files()))
    except LabError as error:
        return [error.summary]


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
