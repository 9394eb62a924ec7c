"""Helm charts as files: where each comes from, and the copies that a pin or a bundle refers to."""

import gzip
import hashlib
import io
import tarfile
import tempfile
from pathlib import Path

from lab.core.errors import ToolError, UsageError
from lab.core.paths import TOOLS, from_root
from lab.process.shell import run
from lab.settings.loading import where
from lab.settings.settings import CHART_FORMS, ChartSettings, Settings
from lab.tools import helm
from lab.tools.archive import on_disk

COPIES = TOOLS / "charts"
"""The packed charts, named by their sums: they outlive `down`."""


def of(settings: Settings, name: str) -> ChartSettings:
    """A chart as the settings have it."""
    chart: ChartSettings = getattr(settings.charts, name)
    return chart


def is_remote(chart: ChartSettings) -> bool:
    """Whether Helm fetches it."""
    return "://" in chart.chart


def found(settings: Settings, name: str) -> Path:
    """A chart that is a file or folder, from the project's root wherever the lab is called from.

    Raises:
        UsageError: It isn't there, or no folder of a chart; the message has the setting's file and line.
    """
    chart = of(settings, name)
    path = from_root(chart.chart).resolve()
    if not ((path / "Chart.yaml").is_file() or (path.is_file() and path.suffix == ".tgz")):
        lacks = f"{path} has no Chart.yaml" if path.is_dir() else f"there is no chart {path}"
        said = f"charts.{name}.chart: {lacks}; must be {CHART_FORMS}; got {chart.chart!r}"
        raise UsageError(f"{where('charts', name, 'chart')}: {said}")
    return path


def packed(settings: Settings, name: str, helm_path: str) -> bytes:
    """A chart as one file: fetched by Helm, or made of its folder, the same bytes each time.

    Raises:
        UsageError: It isn't there.
        ToolError: Helm can't fetch it.
    """
    chart = of(settings, name)
    if not is_remote(chart):
        path = found(settings, name)
        return path.read_bytes() if path.is_file() else _of_folder(path)
    with tempfile.TemporaryDirectory() as folder:
        run(helm.pull_command(helm_path, chart, folder))
        if len(files := list(Path(folder).glob("*.tgz"))) != 1:
            raise ToolError(f"helm pull of {chart.chart} left {len(files)} files, not one; try again")
        return files[0].read_bytes()


def copy(name: str, sha256: str) -> Path:
    """Where the copy of a packed chart with this sum is kept."""
    return COPIES / f"{name}-{sha256[:16]}.tgz"


def keep(name: str, content: bytes) -> str:
    """Keep a copy of a packed chart; its SHA-256.

    Raises:
        PreflightError: The disk refuses.
    """
    sum_ = hashlib.sha256(content).hexdigest()
    path = copy(name, sum_)
    with on_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
    return sum_


def has_copy(name: str, sha256: str) -> bool:
    """Whether a copy with this sum is kept, whole."""
    path = copy(name, sha256)
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _of_folder(folder: Path) -> bytes:
    """A folder as `helm package` lays it out, without times and owners, and stored: compressors differ."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=0, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = tarfile.TarInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
            member.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(member, file)
    return buffer.getvalue()
