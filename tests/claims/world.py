"""A checkout with a lab on one runtime, as a user at a terminal has it: commands in, exit codes and words out."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a command left: its exit code and all that it printed."""

    code: int
    output: str


@dataclass(frozen=True, kw_only=True)
class World:
    """One lab.

    Args:
        runtime: What it stands on.
        root: The checkout's folder.
        invokew: How its commands are begun.
        running: Tells what runs now: name to an identity that no other start has.
        kill: Kills the program that a part runs.
        environment: Of the commands, beyond this process' own.
    """

    runtime: str
    root: Path
    invokew: tuple[str, ...]
    running: Callable[[], Mapping[str, object]]
    kill: Callable[[str], None]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, deadline: float = 600) -> Ended:
        """Run a command to its end."""
        result = subprocess.run(
            self._argv(words),
            cwd=self.root,
            env=self._env(),
            capture_output=True,
            text=True,
            timeout=deadline,
            check=False,
        )
        return Ended(code=result.returncode, output=result.stdout + result.stderr)

    def must(self, *words: str) -> str:
        """Run a command that has to end with 0; what it printed."""
        ended = self.run(*words)
        assert ended.code == 0, ended.output
        return ended.output

    def begin(self, *words: str, output: Path) -> "subprocess.Popen[bytes]":
        """Start a command; its output goes to a file."""
        with output.open("wb") as file:
            return subprocess.Popen(
                self._argv(words), cwd=self.root, env=self._env(), stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def orphans(self) -> list[str]:
        """Load generators that run and whose lab is gone."""
        found = subprocess.run(("ps", "-eo", "args"), capture_output=True, text=True, check=True).stdout.splitlines()
        return [line for line in found if " run " in line and f"{self.root}/runs/" in line and "samples.csv" in line]

    def _argv(self, words: tuple[str, ...]) -> tuple[str, ...]:
        takes = {"up", "down", "status", "logs", "verify", "case", "asr1", "asr2", "capacity"}
        return (*self.invokew, *words, *((f"--runtime={self.runtime}",) if takes.intersection(words) else ()))

    def _env(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def until(condition: Callable[[], object], *, deadline: float, what: str) -> None:
    """Wait until a condition holds; fails after the deadline (seconds)."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, f"not within {deadline:g} s: {what}"
        time.sleep(0.1)


def interrupt(process: "subprocess.Popen[bytes]", number: signal.Signals) -> int:
    """Send a signal to a command itself, and to nothing that it started; its exit code."""
    os.kill(process.pid, number)
    return process.wait(120)
