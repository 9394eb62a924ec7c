"""What can go wrong, by who has to act: the exit codes of the lab.

Each error is one line (what, the value got, what is allowed, the next command); `details` are the lines of evidence
below it, and `cause` is the class of what went wrong, where that is known. They subclass
`invoke.Exit`, so invoke prints the message without a traceback and exits with the code; this module is the only one of
the lab that knows invoke for that.
"""

import re
from collections.abc import Sequence

from invoke.exceptions import Exit

from lab.core import causes
from lab.core.causes import Cause

UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What a path or a tool's word can have in it, and a line can't show."""


class LabError(Exit):
    """Something unexpected (exit code 1); the subclasses say what kind of thing."""

    exit_code = 1
    cause = causes.UNKNOWN

    def __init__(self, message: str, *, details: Sequence[str] = (), cause: Cause | None = None) -> None:
        if cause is not None:
            self.cause = cause
        message = UNSEEN.sub(lambda one: ascii(one[0])[1:-1], message)
        self.summary = message
        self.details = tuple(details)
        super().__init__("\n".join((f"error: {message}", *(f"  {line}" for line in self.details))), self.exit_code)


class UsageError(LabError):
    """Wrong use of a command, or wrong settings (exit code 2)."""

    exit_code = 2


class PreflightError(LabError):
    """The machine lacks something that the lab needs (exit code 3)."""

    exit_code = 3


class ToolError(LabError):
    """A tool or the cluster failed (exit code 4)."""

    exit_code = 4


class NotReadyError(ToolError):
    """A workload does not become ready (exit code 4): its details are its own words, not those of this machine."""


class InvalidRunError(LabError):
    """A run measured nothing that can be judged (exit code 5)."""

    exit_code = 5


class SloMissedError(LabError):
    """A valid run missed its objective (exit code 6)."""

    exit_code = 6


class FaultError(LabError):
    """A fault was not injected, or not recovered (exit code 7)."""

    exit_code = 7
    cause = causes.OUTAGE_FAILED
