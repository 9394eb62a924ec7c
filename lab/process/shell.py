"""Runs other programs: the one place where the lab starts a process and waits for it.

A command is data: an argv tuple with what goes in on stdin and how long it may take. It gets its own session, so that
a Ctrl-C reaches the lab alone, which then ends the whole process group of what it had started.
"""

import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lab.core.causes import TOOL_FAILED, TOOL_MISSING, Cause
from lab.core.errors import LabError, ToolError
from lab.core.http import unproxied
from lab.process import ledger
from lab.process.environment import environment

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""
LAST_LINES = 12
"""Lines of a failed command's output that are shown."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""What k3d puts around its words even where no terminal shows them."""
FRAME = re.compile(r"(?:#\d+ [\d.]+ )?\s*(?:at (?:.+\(.*\)|\S+:\d+:\d+)|\.\.\. \d+ (?:more|common frames omitted))\s*")
"""A frame of a stack as Java and Node print it below the error itself, which it would push out; BuildKit numbers it."""
SHOWN = 100
"""Characters of a command that a message shows."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program to run.

    Args:
        argv: The program and its words.
        stdin: What goes in on stdin.
        env: Further variables.
        cwd: The folder it runs in.
        deadline: Seconds that it may take.
        lasting: Whether it would disturb a later command of the lab if this one is killed: the ledger then has it.
        cause: What its failure means.
    """

    argv: tuple[str, ...]
    stdin: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    deadline: float = 60.0
    lasting: bool = field(default=False, compare=False)
    cause: Cause = field(default=TOOL_FAILED, compare=False, repr=False)

    def __str__(self) -> str:
        """The command as one would type it, with what goes in on stdin hinted at."""
        variables = "".join(f"{name}={shlex.quote(value)} " for name, value in self.env.items())
        return variables + shlex.join(self.argv) + (" <<EOF…" if self.stdin is not None else "")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a command that ended left: exit code, output and how many seconds it took."""

    command: Command
    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it ended with 0."""
        return self.code == 0

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The end of what it said of its failure: of stderr, or of stdout when that is empty."""
        return last_lines(self.stderr.strip() or self.stdout)


class InterruptedLabError(LabError):
    """The lab is being stopped: commands under way were ended, and no new one begins (exit code 1)."""


class _Running:
    """The processes under way, so that an interrupt ends them all."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.processes: set[subprocess.Popen[str]] = set()
        self.stopped = False
        self.hurried = False

    def start(self, command: Command, environment: dict[str, str]) -> subprocess.Popen[str]:
        with self.lock:
            if self.stopped:
                raise InterruptedLabError("interrupted")
            process = subprocess.Popen(
                command.argv,
                stdin=subprocess.PIPE if command.stdin is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env=environment,
                cwd=command.cwd,
                start_new_session=True,
            )
            self.processes.add(process)
            return process

    def forget(self, process: subprocess.Popen[str]) -> None:
        with self.lock:
            self.processes.discard(process)


_RUNNING = _Running()


def run(command: Command, *, check: bool = True) -> Result:
    """Run a command to its end.

    Args:
        command: What to run.
        check: Whether an exit code other than 0 is an error.

    Raises:
        ToolError: The program is missing, took longer than its deadline, or failed (with `check`).
        InterruptedLabError: The lab is being stopped.
    """
    began = time.monotonic()
    try:
        process = _RUNNING.start(command, environment(os.environ, command.env))
    except FileNotFoundError as error:
        raise ToolError(f"{command.argv[0]} is not there; run './invokew doctor'", cause=TOOL_MISSING) from error
    except OSError as error:
        raise ToolError(
            f"{command.argv[0]} can't be started: {error}; run './invokew doctor'", cause=TOOL_MISSING
        ) from error
    try:
        if command.lasting:
            ledger.register(process.pid, purpose=_short(command), argv=command.argv, folder=ledger.COMMANDS)
        stdout, stderr = process.communicate(command.stdin, timeout=command.deadline)
    except subprocess.TimeoutExpired as error:
        stdout, stderr = _end(process)
        shown = last_lines(stderr + stdout)
        raise ToolError(
            f"'{_short(command)}' took longer than {command.deadline:g} s", details=shown, cause=command.cause
        ) from error
    except BaseException:
        _end(process)
        raise
    finally:
        _RUNNING.forget(process)
        if command.lasting:
            ledger.strike(process.pid, folder=ledger.COMMANDS)
    if _RUNNING.stopped:
        _signal(process, signal.SIGKILL)  # what it had started and left behind
        raise InterruptedLabError("interrupted")
    result = Result(
        command=command, code=process.returncode, stdout=stdout, stderr=stderr, seconds=time.monotonic() - began
    )
    if check and not result.ok:
        raise ToolError(f"'{_short(command)}' ended with {result.code}", details=result.last_lines, cause=command.cause)
    return result


def attach(command: Command) -> int:
    """Run a command on the terminal itself, output and Ctrl-C included; its exit code.

    Raises:
        ToolError: The program is missing.
    """
    try:
        process = subprocess.Popen(
            command.argv, env={**os.environ, **unproxied(os.environ), **command.env}, cwd=command.cwd
        )
    except OSError as error:
        raise ToolError(
            f"{command.argv[0]} can't be started: {error}; run './invokew doctor'", cause=TOOL_MISSING
        ) from error
    try:
        return process.wait(command.deadline)
    except subprocess.TimeoutExpired as error:
        process.terminate()
        raise ToolError(f"'{_short(command)}' took longer than {command.deadline:g} s", cause=command.cause) from error
    except KeyboardInterrupt:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(GRACE)  # the terminal sent it the interrupt too
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def stop_all() -> None:
    """End every command under way and let no new one begin: what an interrupt of the lab means."""
    with _RUNNING.lock:
        _RUNNING.stopped = True
        processes = list(_RUNNING.processes)
    for process in processes:
        _signal(process, signal.SIGTERM)
    deaf = threading.Timer(GRACE, _kill, (processes,))
    deaf.daemon = True
    deaf.start()


def _kill(processes: list[subprocess.Popen[str]]) -> None:
    """End those that are still under way."""
    with _RUNNING.lock:
        for process in _RUNNING.processes.intersection(processes):
            _signal(process, signal.SIGKILL)


def end_waits(*, now: bool = True) -> None:
    """Let waits end while commands go on: a failure isn't told later for what else may come; or let them be again."""
    with _RUNNING.lock:
        _RUNNING.hurried = now


def require_going() -> None:
    """Do nothing while waiting makes sense: what waits without running a command asks this now and then.

    Raises:
        InterruptedLabError: The lab is being stopped, or waits are to end.
    """
    if _RUNNING.stopped or _RUNNING.hurried:
        raise InterruptedLabError("interrupted")


def resume() -> None:
    """Allow commands again after `stop_all`: for what must be undone after an interrupt."""
    with _RUNNING.lock:
        _RUNNING.stopped = False


def last_lines(text: str) -> tuple[str, ...]:
    """The end of what a program said, without colours, empty lines and the frames of stacks."""
    lines = COLOURS.sub("", text).splitlines()
    return tuple(line for line in lines if line.strip() and not FRAME.fullmatch(line))[-LAST_LINES:]


def _short(command: Command) -> str:
    """The program and its first words: what a message needs to say which command it was."""
    words = [Path(command.argv[0]).name, *command.argv[1:]]
    for flag in ("--kubeconfig", "--context", "--kube-context"):
        if flag in words:
            del words[words.index(flag) : words.index(flag) + 2]
    text = shlex.join(words)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    said = ("", "")
    _signal(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        said = process.communicate(timeout=GRACE)
    _signal(process, signal.SIGKILL)  # it, or what it had started and left behind
    if process.returncode is None:
        with suppress(subprocess.TimeoutExpired):
            said = process.communicate(timeout=GRACE)
    return said


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
