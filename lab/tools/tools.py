"""The command-line tools that the lab drives: from PATH if the version will do, else the pinned one, downloaded.

Where the download can't be had, a tool is built from source, if it is one that can be.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.core.causes import DOWNLOAD_FAILED, TOOL_MISSING
from lab.core.errors import PreflightError, ToolError
from lab.core.paths import ROOT, TOOLS, cache
from lab.core.version_range import within
from lab.settings.settings import ToolSettings
from lab.tools import archive, download, lockfile, origin, source_build
from lab.tools.lockfile import Pin
from lab.tools.origin import Origin, Way
from lab.tools.publishers import PUBLISHERS, Artifact, this_platform
from lab.tools.versions import of_tool, try_out

LOCK = ROOT / "tools.lock"


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool that can be used, and why it is this one."""

    name: str
    path: Path
    version: str
    origin: Way
    reason: str


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A tool that has to be downloaded, and why; what is done if that can't be, or why nothing is (None: nothing)."""

    name: str
    pinned: str
    reason: str
    otherwise: str | None = None


def find(name: str, spec: ToolSettings) -> Tool | Missing:
    """Look a tool up, on PATH, in `.tools/` and among those built; changes nothing and needs no network.

    Raises:
        UsageError: `spec.supported` is no range of versions, or `tools.lock` or a go.mod is damaged.
    """
    path = shutil.which(name)
    if path is None or Path(path).parent.parent in _places():
        why_not = f"{name} is not on PATH"
    else:
        version = of_tool(name, Path(path))
        if isinstance(version, str) and within(version, spec.supported):
            reason = f"{version} on PATH is within {spec.supported}"
            return Tool(name=name, path=Path(path), version=version, origin="PATH", reason=reason)
        why_not = f"{path} is {version}, not within {spec.supported}" if isinstance(version, str) else version.summary
    return _pinned(name, spec, why_not)


def ensure(
    name: str,
    spec: ToolSettings,
    *,
    progress: download.Progress = lambda *_: None,
    tell: source_build.Tell = lambda _: None,
) -> Tool:
    """Look a tool up; if need be download the pinned version, or where that can't be had build it from source.

    Args:
        name: The tool's.
        spec: Its versions.
        progress: Told of a download; what it raises ends that, resumably.
        tell: Told of a build, every few seconds.

    Raises:
        PreflightError: It can't be had: no network, wrong sum, full disk, no build for this machine.
        UsageError: `spec.supported` is no range of versions, or `tools.lock` or a go.mod is damaged.
    """
    found = find(name, spec)
    if isinstance(found, Tool):
        return found
    platform = this_platform()
    if platform is None:
        raise PreflightError(
            f"no {name} is published for this machine; install {name} {spec.supported} yourself", cause=TOOL_MISSING
        )
    try:
        with archive.only_one(_folder(name, spec.pinned, platform)):
            # Another call may have got it while this one waited.
            if isinstance(find(name, spec), Missing):
                _install(name, spec, platform, progress)
    except download.UnavailableError as unavailable:
        if name not in source_build.SOURCES:
            raise
        _build(name, spec, platform, unavailable, tell)
    found = find(name, spec)
    if isinstance(found, Missing):
        raise PreflightError(f"{name} was installed and has gone again; run './invokew doctor'", cause=TOOL_MISSING)
    return found


def _places() -> tuple[Path, Path]:
    """Where tools are kept: those that were built for every checkout; those of this checkout."""
    return cache(), TOOLS


def _folder(name: str, version: str, platform: str) -> Path:
    return archive.folder(TOOLS, name, version, platform)


def _pinned(name: str, spec: ToolSettings, why_not: str) -> Tool | Missing:
    platform = this_platform()
    if platform is None:
        return Missing(name=name, pinned=spec.pinned, reason=f"{why_not}, and none is published for this machine")
    pin = lockfile.pin(LOCK, name, spec.pinned, platform)
    folder = _folder(name, spec.pinned, platform)
    known = origin.read(folder)
    if os.access(folder / name, os.X_OK) and not (known and (known.built or known.way == "bundle")):
        believed = pin.trust if pin else "first use"
        reason = f"{why_not}; the pinned {spec.pinned} was downloaded, its sum trusted by {believed}"
        return Tool(name=name, path=folder / name, version=spec.pinned, origin="download", reason=reason)
    if carried := _carried(name, spec, platform):
        reason = f"{why_not}; {carried[1]} came in a bundle"
        return Tool(name=name, path=carried[0], version=carried[1], origin="bundle", reason=reason)
    built = source_build.find(name, spec.supported, platform, _places())
    if built:
        reason = f"{why_not}; {built.version} was built from source by {built.origin.builder}"
        return Tool(name=name, path=built.path, version=built.version, origin=built.origin.way, reason=reason)
    checks = "tools.lock and the publisher's sum" if pin else "the publisher's sum alone, which tools.lock then records"
    source = _source(name, spec, PUBLISHERS[name].artifact(spec.pinned, platform).path)
    reason = f"{why_not}; {spec.pinned} will be downloaded from {source.host} and checked against {checks}"
    prospect = source_build.prospect(name, spec.supported)
    return Missing(name=name, pinned=spec.pinned, reason=reason, otherwise=prospect)


def _carried(name: str, spec: ToolSettings, platform: str) -> tuple[Path, str] | None:
    """A tool of a supported version that a bundle brought, and its version."""
    for path in sorted(TOOLS.glob(f"{name}-*-{platform}/{name}")):
        version = path.parent.name.removeprefix(f"{name}-").removesuffix(f"-{platform}")
        known = origin.read(path.parent)
        if known and known.way == "bundle" and within(version, spec.supported):
            return path, version
    return None


def _install(name: str, spec: ToolSettings, platform: str, progress: download.Progress) -> None:
    """Download, check, unpack and try the pinned version; the lock of its folder is held."""
    artifact = PUBLISHERS[name].artifact(spec.pinned, platform)
    pin = lockfile.pin(LOCK, name, spec.pinned, platform)
    sum_ = _expected(name, spec, artifact, pin)
    target = _folder(name, spec.pinned, platform) / name
    part = target.with_name(f"{sum_[:16]}.part")
    download.fetch(_source(name, spec, artifact.path), part, sha256=sum_, progress=progress)
    if pin is None:
        lockfile.record(LOCK, name, spec.pinned, platform, Pin(path=artifact.path, sha256=sum_, trust="first use"))
    origin.record(target.parent, Origin(way="download"))
    archive.unpack(part, artifact.member, target)
    try:
        try_out(name, spec.pinned, target, how="downloaded")
    except PreflightError:
        target.unlink()
        raise


def _build(
    name: str, spec: ToolSettings, platform: str, unavailable: download.UnavailableError, tell: source_build.Tell
) -> None:
    """Build a tool; where that fails too, both errors are told."""
    try:
        source_build.build(name, spec.supported, platform, _places(), tell=tell)
    except (PreflightError, ToolError) as error:
        raise PreflightError(
            unavailable.summary,
            details=(f"nor can it be built from source: {error.summary}", *error.details),
            cause=DOWNLOAD_FAILED,
        ) from error


def _expected(name: str, spec: ToolSettings, artifact: Artifact, pin: Pin | None) -> str:
    """The sum that the download must have, by tools.lock and the publisher's checksum file."""
    source = _source(name, spec, artifact.sums)
    published = download.published_sum(source, artifact.file)
    if pin and published not in {None, pin.sha256}:
        raise PreflightError(
            f"{source.host} publishes the sum {published} for {name} {spec.pinned}, tools.lock has {pin.sha256}; "
            f"nothing was downloaded; find out which is right before you use either",
            cause=DOWNLOAD_FAILED,
        )
    if pin and (published or spec.mirror):  # a mirror may leave the checksum files out
        return pin.sha256
    if published is None:
        raise download.absent(source)
    return published


def _source(name: str, spec: ToolSettings, path: str) -> download.Source:
    base = (spec.mirror or PUBLISHERS[name].base).rstrip("/")
    remedy = f"set tools.{name}.mirror in experiment.local.yaml, or put {name} {spec.supported} on PATH"
    return download.Source(name=f"{name} {spec.pinned}", url=f"{base}/{path}", remedy=remedy)
