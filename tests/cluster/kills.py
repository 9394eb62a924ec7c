"""Kills `up`, `down` and a switch with SIGKILL at seconds of their timeline; the next `up` has to end in a lab.

By hand, on the lab of this checkout; each kill takes a `down` or two `up`:

    python -m tests.cluster.kills                       # every second of all three
    python -m tests.cluster.kills up=2,4,9 switch=2,5   # some of them
"""

import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.cluster_tools import Ended, begin, end, run_invokew

SECONDS: Mapping[str, Sequence[float]] = {"up": range(1, 46), "down": range(1, 9), "switch": range(1, 21)}
"""The timeline of each on a quiet machine."""


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What was killed, after how many seconds and with what on its last line, and the `up` after it."""

    what: str
    at: float
    said: str
    after: Ended

    def __str__(self) -> str:
        """One line."""
        outcome = "a lab" if self.after.code == 0 else f"exit code {self.after.code}"
        return f"{self.what} killed at {self.at:g} s ('{self.said}'): up {self.after.seconds:.0f} s, {outcome}"


def kill(what: str, at: float) -> Killed:
    """Kill what is under way after so many seconds, then bring the lab up; a switch goes from one shard to three."""
    before = {"up": ("down",), "down": ("up",), "switch": ("up", "--topology=single")}[what]
    prepared = run_invokew(*before)
    assert prepared.code == 0, prepared.output
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        process = begin(*(("up", "--topology=multi") if what == "switch" else (what,)), output=output)
        time.sleep(at)
        end(process, signal.SIGKILL)
        process.wait(10)
        said = (output.read_text().splitlines() or ["nothing"])[-1].strip()
    return Killed(what=what, at=at, said=said, after=run_invokew("up"))


def main(words: Sequence[str]) -> int:
    """Kill all that is named; 1 if an `up` did not end in a lab."""
    pairs = [word.partition("=")[::2] for word in words] or [(what, "") for what in SECONDS]
    killed = []
    for what, text in pairs:
        for at in [float(second) for second in text.split(",") if second] or SECONDS[what]:
            killed.append(kill(what, at))
            sys.stdout.write(f"{killed[-1]}\n" + ("" if killed[-1].after.code == 0 else killed[-1].after.output))
            sys.stdout.flush()
    return int(any(one.after.code for one in killed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
