"""The command-line tools that the lab drives: from PATH if the version will do, else the pinned one, downloaded."""

import operator
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Literal, Protocol

from lab.errors import PreflightError, ToolError, UsageError
from lab.paths import ROOT, TOOLS
from lab.process import shell
from lab.toolbox import archive, download, lockfile
from lab.toolbox.lockfile import Pin
from lab.toolbox.publishers import PUBLISHERS, Artifact, this_platform

LOCK = ROOT / "tools.lock"
ASKING = 10.0
"""Seconds that a tool may take to say its version."""

RELATIONS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


class ToolSpec(Protocol):
    """Which versions will do (`>=5.6,<6`), which one is downloaded, and from where if not from its publisher."""

    @property
    def supported(self) -> str:
        """The range of versions."""

    @property
    def pinned(self) -> str:
        """The version to download."""

    @property
    def mirror(self) -> str | None:
        """The address that takes the place of the publisher's."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool that can be used, and why it is this one."""

    name: str
    path: Path
    version: str
    origin: Literal["PATH", ".tools"]
    reason: str


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A tool that has to be downloaded, and why."""

    name: str
    pinned: str
    reason: str


def find(name: str, spec: ToolSpec) -> Tool | Missing:
    """Look a tool up, on PATH and in `.tools/`; changes nothing and needs no network.

    Raises:
        UsageError: `spec.supported` is no range of versions, or `tools.lock` is damaged.
    """
    path = shutil.which(name)
    if path is None or TOOLS in Path(path).parents:
        why_not = f"{name} is not on PATH"
    else:
        version = _version(name, path)
        if isinstance(version, str) and within(version, spec.supported):
            reason = f"{version} on PATH is within {spec.supported}"
            return Tool(name=name, path=Path(path), version=version, origin="PATH", reason=reason)
        why_not = f"{path} is {version}, not within {spec.supported}" if isinstance(version, str) else version.summary
    return _pinned(name, spec, why_not)


def ensure(name: str, spec: ToolSpec, *, progress: download.Progress = lambda *_: None) -> Tool:
    """Look a tool up, and download the pinned version if need be; what `progress` raises ends that, resumably.

    Raises:
        PreflightError: It can't be had: no network, wrong sum, full disk, no build for this machine.
        UsageError: `spec.supported` is no range of versions, or `tools.lock` is damaged.
    """
    found = find(name, spec)
    if isinstance(found, Tool):
        return found
    platform = this_platform()
    if platform is None:
        raise PreflightError(f"no {name} is published for this machine; install {name} {spec.supported} yourself")
    with archive.only_one(_folder(name, spec.pinned, platform)):
        # Another call may have got it while this one waited.
        if isinstance(find(name, spec), Missing):
            _install(name, spec, platform, progress)
    found = find(name, spec)
    if isinstance(found, Missing):
        raise PreflightError(f"{name} {spec.pinned} was installed and has gone again; run './invokew doctor'")
    return found


def within(version: str, supported: str) -> bool:
    """Whether a version such as `5.8.3` lies in a range such as `>=5.6,<6`; what a range leaves out counts as 0.

    Raises:
        UsageError: The range can't be understood.
    """
    bounds = [re.fullmatch(r"\s*(>=|<=|==|!=|>|<)\s*v?(\d+(?:\.\d+)*)\s*", bound) for bound in supported.split(",")]
    if not all(bounds):
        raise UsageError(
            f"a range of versions must look like '>=5.6,<6'; got '{supported}'; correct it in the settings"
        )
    return all(RELATIONS[bound[1]](*_padded(version, bound[2])) for bound in bounds if bound)


def _padded(version: str, other: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    pairs = zip_longest(version.split("."), other.split("."), fillvalue="0")
    left, right = zip(*((int(ours), int(theirs)) for ours, theirs in pairs), strict=True)
    return left, right


def _version(name: str, path: str) -> str | ToolError:
    """What the program at `path` says its version is, or how it failed to say one."""
    publisher = PUBLISHERS[name]
    try:
        result = shell.run(shell.Command(argv=(path, *publisher.ask), deadline=ASKING), check=False)
    except ToolError as error:
        return error
    match = re.search(publisher.answer, result.stdout, re.MULTILINE)
    if match and result.ok:
        return match[1]
    printed = " ".join((result.stdout + " " + result.stderr).split())
    said = f"'{printed[:80]}'" if printed else "nothing"
    return ToolError(f"{path} does not say its version: it ended with {result.code} and printed {said}")


def _folder(name: str, version: str, platform: str) -> Path:
    # With the platform, since a checkout can be shared between a Mac and a Linux machine in it.
    return TOOLS / f"{name}-{version}-{platform}"


def _pinned(name: str, spec: ToolSpec, why_not: str) -> Tool | Missing:
    platform = this_platform()
    if platform is None:
        return Missing(name=name, pinned=spec.pinned, reason=f"{why_not}, and none is published for this machine")
    pin = lockfile.pin(LOCK, name, spec.pinned, platform)
    path = _folder(name, spec.pinned, platform) / name
    if os.access(path, os.X_OK):
        believed = pin.trust if pin else "first use"
        reason = f"{why_not}; {spec.pinned} is pinned, its sum trusted by {believed}"
        return Tool(name=name, path=path, version=spec.pinned, origin=".tools", reason=reason)
    checks = "tools.lock and the publisher's sum" if pin else "the publisher's sum alone, which tools.lock then records"
    source = _source(name, spec, PUBLISHERS[name].artifact(spec.pinned, platform).path)
    reason = f"{why_not}; {spec.pinned} will be downloaded from {source.host} and checked against {checks}"
    return Missing(name=name, pinned=spec.pinned, reason=reason)


def _install(name: str, spec: ToolSpec, platform: str, progress: download.Progress) -> None:
    """Download, check, unpack and try the pinned version; the lock of its folder is held."""
    artifact = PUBLISHERS[name].artifact(spec.pinned, platform)
    pin = lockfile.pin(LOCK, name, spec.pinned, platform)
    sum_ = _expected(name, spec, artifact, pin)
    target = _folder(name, spec.pinned, platform) / name
    part = target.with_name(f"{sum_[:16]}.part")
    download.fetch(_source(name, spec, artifact.path), part, sha256=sum_, progress=progress)
    if pin is None:
        lockfile.record(LOCK, name, spec.pinned, platform, Pin(path=artifact.path, sha256=sum_, trust="first use"))
    archive.unpack(part, artifact.member, target)
    _try_out(name, spec, target)


def _try_out(name: str, spec: ToolSpec, target: Path) -> None:
    """Remove again what does not run here: a C library too old, a disk mounted noexec."""
    version = _version(name, str(target))
    if version != spec.pinned:
        target.unlink()
        said = version.summary if isinstance(version, ToolError) else f"it says it is {version}"
        raise PreflightError(f"the downloaded {name} {spec.pinned} does not work here: {said}; install {name} yourself")


def _expected(name: str, spec: ToolSpec, artifact: Artifact, pin: Pin | None) -> str:
    """The sum that the download must have, by tools.lock and the publisher's checksum file."""
    source = _source(name, spec, artifact.sums)
    published = download.published_sum(source, artifact.file)
    if pin and published not in {None, pin.sha256}:
        raise PreflightError(
            f"{source.host} publishes the sum {published} for {name} {spec.pinned}, tools.lock has {pin.sha256}; "
            f"nothing was downloaded; find out which is right before you use either"
        )
    if pin and (published or spec.mirror):  # a mirror may leave the checksum files out
        return pin.sha256
    if published is None:
        raise PreflightError(f"{source.address} is not there (404); {source.remedy}")
    return published


def _source(name: str, spec: ToolSpec, path: str) -> download.Source:
    base = (spec.mirror or PUBLISHERS[name].base).rstrip("/")
    remedy = f"set tools.{name}.mirror in experiment.local.yaml, or put {name} {spec.supported} on PATH"
    return download.Source(name=f"{name} {spec.pinned}", url=f"{base}/{path}", remedy=remedy)
