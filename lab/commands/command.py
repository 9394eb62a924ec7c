"""What all commands have in common: their lab, how they speak, and how those that change the lab begin and end."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lab.cluster.lab import Lab, of
from lab.core.errors import LabError
from lab.diagnose.explain import explained
from lab.process import lock, shell
from lab.run.k6_process import end_orphans
from lab.runtime import choice
from lab.runtime.runtime import Runtime
from lab.settings.loading import load

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a command to end."""
ENDING = b"interrupted already: what was begun is being ended and undone\n"
GOES_ON = "the same command continues from here, './invokew down' removes everything"
ANEW = "the same command starts again"


def current_lab(*, downloads: bool = True, offline: bool = False) -> Lab:
    """The lab of the settings in force; without `downloads` a missing tool is an error, `offline` anything missing."""
    return of(load(), downloads=downloads and not offline, offline=offline)


def say(*lines: str) -> None:
    """Write lines to standard output at once."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def stoppable(then: str) -> Iterator[None]:
    """SIGTERM and SIGHUP end a command as Ctrl-C does: what it had begun is ended or undone, then it says so.

    SIGINT is taken too, since a shell starts what runs in its background with SIGINT ignored. The first one counts:
    what follows would break off what is ended and undone, and is only answered.

    Args:
        then: What there is to do after that.

    Raises:
        LabError: The command was interrupted.
    """
    is_ending = False

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal is_ending
        if is_ending:
            with suppress(OSError):
                os.write(2, ENDING)  # a print may be what the signal came in
            return
        is_ending = True
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDINGS}
    try:
        yield
    except KeyboardInterrupt as error:
        shell.stop_all()
        raise LabError(f"interrupted; {then}") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def changing(runtime: Runtime, command: str, then: str) -> Iterator[None]:
    """A command that changes the lab: alone, stoppable, after what a killed one left behind; an error gets its page.

    The page is made by a lab of its own: that downloads nothing, and knows the cluster there is then.
    """
    looking = choice.named(of(runtime.lab.settings, downloads=False), runtime.name)
    with stoppable(then), lock.held(command), explained(looking, command):
        if end_orphans():
            say("ended k6 with its load, which a killed command had left behind")
        runtime.begin(say)
        yield
