"""Synthesis, seen from run time: another process, since cdk8s starts Node, which the lab's own never loads."""

import hashlib
import json
import os
import sys
from pathlib import Path

from lab.core.causes import TOOL_FAILED
from lab.core.errors import ToolError, UsageError
from lab.core.paths import MANIFESTS, ROOT
from lab.process.shell import Command, run
from lab.settings.layout import Layout, dump
from lab.settings.settings import Settings
from lab.tools.node import node_path

READ = (
    "core/access.py",
    "core/content_hash.py",
    "core/node_blocks.py",
    "core/ownership.py",
    "core/windows.py",
    "manifests/phases.py",
    "manifests/scraping.py",
    "measure/metrics.py",
    "settings/*.py",
)
"""The files of lab/ that the constructs read."""

REFUSED = 2
"""The renderer's exit code when the constructs refuse the settings."""


def render_command(settings: Settings, layout: Layout, topologies: tuple[str, ...], outdir: Path) -> Command:
    """Writes the manifests of these topologies into a folder."""
    request = {
        "settings": settings.model_dump(mode="json", by_alias=True),
        "topologies": list(topologies),
        "layout": dump(layout),
        "outdir": str(outdir),
    }
    path = os.pathsep.join(str(ROOT / folder) for folder in ("constructs", "imports", "."))
    return Command(
        argv=(sys.executable, "-m", "matching_engine"),
        stdin=json.dumps(request),
        env={"PYTHONPATH": path, "JSII_NODE": node_path()},
        cwd=ROOT,
        deadline=120,
    )


def main_command() -> Command:
    """Writes dist/, as a user's `python main.py` does."""
    return Command(argv=(sys.executable, "main.py"), env={"JSII_NODE": node_path()}, cwd=ROOT, deadline=120)


def fingerprint(settings: Settings, layout: Layout, topology: str) -> str:
    """A hash of all that decides a manifest: the settings, the layout and the code of the constructs."""
    digest = hashlib.sha256(settings.model_dump_json().encode() + topology.encode() + json.dumps(dump(layout)).encode())
    for path in sorted(sources()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def sources() -> set[Path]:
    """The code that makes manifests."""
    read = (path for pattern in READ for path in (ROOT / "lab").glob(pattern))
    generated = (ROOT / "imports").rglob("*.py")
    return {*(ROOT / "constructs").rglob("*.py"), *generated, *read}


def is_current(settings: Settings, layout: Layout, topology: str) -> bool:
    """Whether the manifest in `.lab/manifests` is what these settings and this code yield."""
    stamp, manifest = _stamp(topology), MANIFESTS / f"{topology}.k8s.yaml"
    return manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint(settings, layout, topology)


def render(settings: Settings, layout: Layout, topology: str) -> None:
    """Write the manifest of a topology into `.lab/manifests`; raises as `render_to` does."""
    _stamp(topology).unlink(missing_ok=True)
    render_to(MANIFESTS, settings, layout, topology)
    _stamp(topology).write_text(fingerprint(settings, layout, topology))


def render_to(folder: Path, settings: Settings, layout: Layout, topology: str) -> Path:
    """Write the manifest of a topology into any folder; its file.

    Raises:
        UsageError: The constructs refuse the settings.
        ToolError: The synthesis failed; its last lines are in the details.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result = run(render_command(settings, layout, (topology,), folder), check=False)
    if result.code == REFUSED:
        raise UsageError(f"topology {topology} can't be synthesized: {result.last_lines[-1]}")
    if not result.ok:
        raise ToolError(
            f"the synthesis of {topology} ended with {result.code}", details=result.last_lines, cause=TOOL_FAILED
        )
    return folder / f"{topology}.k8s.yaml"


def _stamp(topology: str) -> Path:
    return MANIFESTS / f".{topology}.stamp"
