"""What the tasks call: each command from its settings to its last line on the screen."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lab import shell
from lab.errors import LabError
from lab.lab import Lab, of
from lab.loading import load


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM and SIGHUP end a command as Ctrl-C does: what it had begun is ended or undone, then it says so."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt as error:
        shell.stop_all()
        raise LabError("interrupted; the same command goes on from here, './invokew down' takes all away") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def up(topology: str, *, dry: bool) -> None:
    """Bring the lab up to a topology, or print how."""
    lab = of(load())
    chosen = lab.settings.topology(topology)
    from lab import up as up_  # noqa: PLC0415 - not needed to check the arguments

    if dry:
        _say(*up_.plan(lab, chosen))
        return
    with _stoppable():
        graph = up_.up(lab, chosen)
    _say(*_summary(lab, graph.now))


def _summary(lab: Lab, seconds: float) -> list[str]:
    from lab.entry import urls  # noqa: PLC0415

    lines = [f"the lab is up ({seconds:.1f} s)"]
    lines += [f"  {name:<10} {url}" for name, url in urls(lab).items()]
    return [*lines, "next: './invokew asr1' runs the suite, './invokew status' shows what stands"]


def down(*, keep_registry: bool, dry: bool) -> None:
    """Take the lab down, or say what would be taken away."""
    lab = of(load())
    from lab import down as down_  # noqa: PLC0415 - needs no more than the settings until here

    if dry:
        _say(*down_.plan(lab, keep_registry=keep_registry))
        return
    with _stoppable():
        _say(*down_.down(lab, keep_registry=keep_registry))
