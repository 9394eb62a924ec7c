"""What becomes of a program that the lab runs, and of all that it started; the programs are real."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lab.core import causes
from lab.core.errors import ToolError
from lab.core.paths import ROOT
from lab.process import ledger, shell
from lab.process.shell import Command, InterruptedLabError, Result, attach, resume, run, stop_all
from tests.lab.caused import by
from tests.lab.waiting import wait_until

DEAF = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
"""A program that SIGTERM doesn't end."""
TELL = "import os,sys; open(sys.argv[1],'a').write(f'{os.getpid()} ');"
"""It writes its pid into the file that it is given, and is then known to run."""


def python(code: str, *words: str, **more: object) -> Command:
    return Command(argv=(sys.executable, "-S", "-c", code, *words), **more)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shell, "GRACE", 0.3)
    yield
    resume()
    assert not shell._RUNNING.processes


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    (tmp_path / "pids").touch()
    return tmp_path / "pids"


def gone(pids: Path) -> bool:
    """Whether none of these processes runs any more."""
    known = [int(pid) for pid in pids.read_text().split()]
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in known)


def test_output_code_and_input_are_kept_apart() -> None:
    code = "import sys; print(sys.stdin.read().upper()); print('aside', file=sys.stderr); sys.exit(3)"

    result = run(python(code, stdin="grüße"), check=False)

    assert (result.stdout, result.stderr, result.code, result.ok) == ("GRÜSSE\n", "aside\n", 3, False)


def test_a_program_that_does_not_read_its_input_is_no_error() -> None:
    assert run(python("pass", stdin="x" * 1_000_000)).ok


def test_without_input_there_is_none_to_wait_for() -> None:
    assert run(python("import sys; print(len(sys.stdin.read()))")).stdout == "0\n"


def test_variables_and_folder_are_the_command_s(tmp_path: Path) -> None:
    result = run(python("import os; print(os.environ['A'], os.getcwd())", env={"A": "b"}, cwd=tmp_path))

    assert result.stdout == f"b {tmp_path}\n"
    assert "A" not in os.environ


def test_output_that_is_no_text_is_kept_as_far_as_it_is() -> None:
    assert run(python(r"import sys; sys.stdout.buffer.write(b'a\xffb')")).stdout == "a\N{REPLACEMENT CHARACTER}b"


def test_a_failure_names_the_command_its_code_and_the_last_lines() -> None:
    code = "import sys; print('out'); [print(i, file=sys.stderr) for i in range(20)]; sys.exit(7)"

    with pytest.raises(ToolError, match=r"^'python\S* -S -c .*…' ended with 7", check=by(causes.TOOL_FAILED)) as caught:
        run(python(code))

    assert caught.value.details == tuple(str(i) for i in range(8, 20))
    assert caught.value.code == 4


RESULTS = [
    ("out\n", "", ("out",)),
    ("out\n", "\n  \nerr\n\nlast\n", ("err", "last")),
    ("out\n", " \n", ("out",)),
    ("", "", ()),
    ("", "E: x\n\tat java.base/java.net.Socket.connect(Socket.java:633)\nCaused by: y\n\t... 21 more\n", ("E: x", "Caused by: y")),
    ("", "#9 12.3 E: x\n#9 12.3 \tat a.B.<init>(B.java:3)\n", ("#9 12.3 E: x",)),
    ("", "E: x\n    at async main (file:///a.js:1:2)\n    at file:///a.js:9:1\n", ("E: x",)),
    ("", "look at (this)\n  at last\n", ("look at (this)", "  at last")),
    ("", "\x1b[31mFATA\x1b[0m[0000] no \x1b[1mnodes\x1b[0m\n", ("FATA[0000] no nodes",)),
]  # fmt: skip


@pytest.mark.parametrize(("stdout", "stderr", "lines"), RESULTS)
def test_the_last_lines_are_those_that_say_something(stdout: str, stderr: str, lines: tuple[str, ...]) -> None:
    result = Result(command=Command(argv=("x",)), code=1, stdout=stdout, stderr=stderr, seconds=0)

    assert result.last_lines == lines


def test_a_missing_program_is_named_with_the_next_command() -> None:
    with pytest.raises(
        ToolError, match=r"no-such-program is not there; run './invokew doctor'", check=by(causes.TOOL_MISSING)
    ):
        run(Command(argv=("no-such-program",)))


def test_a_program_that_can_not_be_started_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no program")

    with pytest.raises(
        ToolError,
        match=r"can't be started: .*Permission denied.*; run './invokew doctor'",
        check=by(causes.TOOL_MISSING),
    ):
        run(Command(argv=(str(tmp_path / "data"),)))


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "import time; time.sleep(60)"])
def test_a_failure_is_of_the_class_that_the_command_names(code: str) -> None:
    with pytest.raises(ToolError, check=by(causes.BUILD_FAILED)):
        run(replace(python(code, deadline=0.5), cause=causes.BUILD_FAILED))


def test_past_its_deadline_a_command_is_ended_and_what_it_said_is_shown() -> None:
    code = "import time; print('so far', flush=True); time.sleep(60)"

    with pytest.raises(ToolError, match=r"took longer than 0.5 s") as caught:
        run(python(code, deadline=0.5))

    assert caught.value.details == ("so far",)


PARENT = (
    "import subprocess,sys,time;"
    "subprocess.Popen([sys.executable,'-S','-c',sys.argv[2],sys.argv[1]]);" + TELL + "time.sleep(60)"
)
SILENT = PARENT.replace("]);", "],stdout=-3,stderr=-3);")
SLEEP = TELL + "import time; time.sleep(60)"
DEAF_SLEEP = DEAF + TELL + "time.sleep(60)"
FAMILIES = {
    "a program that SIGTERM ends": (SLEEP, ""),
    "one that ignores SIGTERM": (DEAF_SLEEP, ""),
    "one with a child": (PARENT, SLEEP),
    "one with a child that ignores SIGTERM": (PARENT, DEAF_SLEEP),
    "one with a silent child that ignores SIGTERM": (SILENT, DEAF_SLEEP),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_deadline_ends_all_that_the_command_started(family: str, pids: Path) -> None:
    code, child = FAMILIES[family]

    with pytest.raises(ToolError, match="took longer than"):
        run(python(code, str(pids), child, deadline=0.5))

    wait_until(lambda: gone(pids))


def test_no_zombie_is_left() -> None:
    before = set(psutil.Process().children())

    run(python("pass"))
    with pytest.raises(ToolError):
        run(python("import time; time.sleep(60)", deadline=0.1))

    assert set(psutil.Process().children()) <= before


def started_in_a_thread(command: Command, pids: Path) -> tuple[threading.Thread, list[BaseException]]:
    errors: list[BaseException] = []

    def carry_out() -> None:
        try:
            run(command)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    thread = threading.Thread(target=carry_out)
    thread.start()
    wait_until(pids.read_text)
    return thread, errors


@pytest.mark.parametrize("code", [SLEEP, DEAF_SLEEP])
def test_stop_all_ends_what_runs_in_other_threads(code: str, pids: Path) -> None:
    thread, errors = started_in_a_thread(python(code, str(pids)), pids)

    stop_all()
    thread.join(10)

    assert [type(error) for error in errors] == [InterruptedLabError]
    assert gone(pids)


def test_after_stop_all_nothing_begins_until_resume(pids: Path) -> None:
    stop_all()
    with pytest.raises(InterruptedLabError):
        run(python(TELL, str(pids)))
    assert pids.read_text() == ""

    resume()
    assert run(python(TELL, str(pids))).ok


KILLED_LAB = """
import pathlib, sys
from lab.process import ledger
from lab.process.shell import Command, run
ledger.COMMANDS = pathlib.Path(sys.argv[1])
run(Command(argv=tuple(sys.argv[2:]), lasting=True))
"""


def test_what_a_killed_lab_left_running_is_ended_by_the_next_command(pids: Path, tmp_path: Path) -> None:
    forever = (sys.executable, "-S", "-c", TELL + "import time; time.sleep(60)", str(pids))
    lab = subprocess.Popen((sys.executable, "-c", KILLED_LAB, str(tmp_path), *forever), cwd=ROOT)
    wait_until(lambda: list(tmp_path.glob("*.json")) and pids.read_text())
    lab.kill()
    lab.wait()
    assert not gone(pids)

    said = ledger.end_commands()

    assert gone(pids)
    assert len(said) == 1
    assert said[0].endswith("which a killed command had left running, was ended")
    assert ledger.end_commands() == []


def test_a_command_that_has_ended_is_in_no_ledger(tmp_path: Path) -> None:
    run(python("", lasting=True))
    with pytest.raises(ToolError):
        run(python("raise SystemExit(1)", lasting=True))

    assert not list(tmp_path.glob("*.json"))


@pytest.fixture(autouse=True)
def _a_ledger_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "COMMANDS", tmp_path)


def test_a_command_is_shown_as_one_would_type_it() -> None:
    command = Command(argv=("helm", "upgrade", "a b", "-f", "-"), stdin="x: 1", env={"A": "b c"})

    assert str(command) == "A='b c' helm upgrade 'a b' -f - <<EOF…"


def test_a_message_leaves_out_where_the_cluster_is() -> None:
    command = Command(argv=("/opt/kubectl", "--kubeconfig", "/k", "--context", "k3d-x", "get", "pods"))

    assert shell._short(command) == "kubectl get pods"


def test_attach_gives_the_program_s_own_code() -> None:
    assert attach(python("raise SystemExit(99)")) == 99

    with pytest.raises(ToolError, match="no-such-program can't be started"):
        attach(Command(argv=("no-such-program",)))
