"""The last resort: a tool is built from its source, which a go.mod and a go.sum pin, where no download can be had.

A build goes on where one that was ended had stopped; what it keeps for that is removed when the tool is there.
"""

import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.core.errors import PreflightError, UsageError
from lab.core.figures import count
from lab.core.paths import ROOT
from lab.core.version_range import within
from lab.process import shell
from lab.tools import archive, go, origin, versions
from lab.tools.origin import Origin

PINS = ROOT / "tools"
"""Holds a folder for each tool that can be built, with its go.mod and go.sum."""
TRY = "try-"
"""How the name of the folder begins that one try of a build has for itself."""
TELLING = 5.0
"""Seconds between two lines of progress."""

Tell = Callable[[str], None]
"""Called from a thread of its own with a line of progress; what it raises doesn't end the build."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a tool's source is: the Go module, the package of its program; how long building it takes, in words."""

    module: str
    package: str
    lasts: str


SOURCES = {"k6": Source(module="go.k6.io/k6", package="go.k6.io/k6", lasts="1 to 4 minutes on 2 cores")}
"""The tools that can be built: what `go build` alone makes whole, its version too."""


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """What a tool's go.mod says: the version to build and the Go that it needs at least."""

    version: str
    go: str
    file: Path


@dataclass(frozen=True, kw_only=True)
class Built:
    """A tool that was built."""

    path: Path
    version: str
    origin: Origin


def pinned(name: str) -> Pinned:
    """What the go.mod of a tool says; it is the only place that has the version.

    Raises:
        UsageError: The file is damaged.
    """
    file = PINS / name / "go.mod"
    text = file.read_text() if file.exists() else ""
    module = re.escape(SOURCES[name].module)
    version = re.search(rf"^(?:require)?\s+{module} v(\d+(?:\.\d+)+)(?=\s|$)", text, re.MULTILINE)
    needed = re.search(r"^go (\d+(?:\.\d+)+)$", text, re.MULTILINE)
    if version is None or needed is None:
        raise UsageError(f"{file} names no version of {SOURCES[name].module} or of Go; run 'git checkout tools/{name}'")
    return Pinned(version=version[1], go=needed[1], file=file)


def find(name: str, supported: str, platform: str, places: Sequence[Path]) -> Built | None:
    """The tool as it was built before, for any checkout; None if it wasn't, or what its go.mod says will not do.

    Raises:
        UsageError: Its go.mod is damaged, or `supported` is no range of versions.
    """
    if name not in SOURCES:
        return None
    version = pinned(name).version
    if not within(version, supported):
        return None
    folders = (archive.folder(place, name, version, platform) for place in places)
    return next((found for found in (_built(folder, name, version) for folder in folders) if found), None)


def prospect(name: str, supported: str) -> str | None:
    """How the tool would be built, or why it can't be: what goes after "if that can't be had,"; None if never.

    Raises:
        UsageError: Its go.mod is damaged, or `supported` is no range of versions.
    """
    if name not in SOURCES:
        return None
    pin = pinned(name)
    why_not = _unsupported(name, pin, supported)
    if why_not:
        return f"it can't be built from source either: {why_not}"
    return f"{pin.version} is built from source by {go.choose(pin.go)}"


def build(name: str, supported: str, platform: str, places: Sequence[Path], *, tell: Tell) -> None:
    """Build a tool and put it in the first of `places` that can be written; one call at a time does.

    Raises:
        PreflightError: Its go.mod's version is not supported, what was built doesn't run here, or the disk refuses.
        ToolError: Go can't be had or can't build it: its last lines say why.
        UsageError: Its go.mod is damaged, or `supported` is no range of versions.
    """
    pin = pinned(name)
    if why_not := _unsupported(name, pin, supported):
        raise PreflightError(why_not)
    place = _writable(places)
    if place != places[0]:
        tell(f"{places[0]} can't be written, so {name} is kept in {place}; LAB_CACHE names another cache")
    folder = archive.folder(place, name, pin.version, platform)
    said = f"building {name} {pin.version} from source", f"{SOURCES[name].lasts}, once"
    with _telling(tell, *said), archive.only_one(folder):
        # Another call may have built it while this one waited.
        if _built(folder, name, pin.version) is None:
            _make(name, pin, platform, folder)


def _make(name: str, pin: Pinned, platform: str, folder: Path) -> None:
    """Build into a folder of which the lock is held; what is found there under the tool's name is whole and works."""
    work = folder / "building"
    with archive.on_disk(work):
        work.mkdir(exist_ok=True)
        for killed in work.glob(f"{TRY}*"):
            shutil.rmtree(killed, ignore_errors=True)
    chosen = go.choose(pin.go)
    # A folder of its own for each try: a Go that outlives a lab that was killed still writes to its own.
    with archive.on_disk(work), tempfile.TemporaryDirectory(dir=work, prefix=TRY, ignore_cleanup_errors=True) as path:
        scratch = Path(path)
        program, out = chosen.program or go.install(scratch / "go"), scratch / name
        env = go.environment(platform, work, scratch)
        shell.run(go.build_command(str(program), SOURCES[name].package, out, module=PINS / name, env=env))
        versions.try_out(name, pin.version, out, how="built")
        origin.record(folder, Origin(way=chosen.way, go=chosen.version))
        archive.unpack(out, None, folder / name)
    shutil.rmtree(work, ignore_errors=True)


def _built(folder: Path, name: str, version: str) -> Built | None:
    known = origin.read(folder)
    if known is None or not known.built or not os.access(folder / name, os.X_OK):
        return None
    return Built(path=folder / name, version=version, origin=known)


def _unsupported(name: str, pin: Pinned, supported: str) -> str | None:
    if within(pin.version, supported):
        return None
    return f"{pin.file} has {pin.version}, not within tools.{name}.supported ({supported})"


def _writable(places: Sequence[Path]) -> Path:
    """The first place that can be written; else the last, whose error then says why not."""
    for place in places[:-1]:
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                return place
        except OSError:
            continue
    return places[-1]


@contextmanager
def _telling(tell: Tell, what: str, lasts: str) -> Iterator[None]:
    """Tell at once and then every few seconds how long it has been going on."""
    began, over = time.monotonic(), threading.Event()

    def tick() -> None:
        while True:
            tell(f"{what}: {count(time.monotonic() - began, 's')} ({lasts})")
            if over.wait(TELLING):
                return

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
