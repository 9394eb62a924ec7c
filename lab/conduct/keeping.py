"""Keeps a run's folder in the lab's cluster as far as it has come, and follows a run that another checkout conducts."""

import os
import platform
import signal
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from lab.cluster.kept_files import KeptFiles, KeptRun
from lab.core.errors import LabError, UsageError
from lab.core.figures import seconds
from lab.core.paths import ROOT
from lab.judge.tries import Try
from lab.judge.verdict import CaseVerdict
from lab.process import lock, polling, shell
from lab.process.background import Background
from lab.run.listener import Listener
from lab.store import packing
from lab.store.runs import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from lab.conduct.place import Place, Say

RENEW = 10.0
"""Seconds between two words that a run is still conducted."""
GONE = 25.0
"""Seconds without one after which nobody conducts it: two may be late or lost."""
ENDS = 120.0
"""Seconds in which a command of this checkout that is told to end its run brings the broker back and writes it down."""
PAUSE = 1.0
LINGER = 20.0


class Keeping(Background):
    """A context in which a run is kept; told what it is at, it tells another listener too.

    Args:
        files: Where.
        run: The run.
        listener: The other one.
    """

    def __init__(self, files: KeptFiles, run: Run, listener: Listener) -> None:
        super().__init__(linger=LINGER, waits_on_error=False)
        self._files, self._run_kept, self._listener = files, run, listener
        self._state = KeptRun(run=run.id, holder=holder())
        self._has_failed = False
        self._has_begun = False

    def __enter__(self) -> Self:
        self._try(self._begin)
        for part in ("", *(path.name for path in sorted(self._run_kept.path.iterdir()) if path.is_dir())):
            self._keep(part)
        return super().__enter__()

    def begin(self, case: str, title: str) -> None:
        """A case begins."""
        self._state = replace(self._state, doing=f"{case} {title}", case=case)
        self._keep("")
        self._try(lambda: self._files.tell(self._renewed()))
        self._listener.begin(case, title)

    def end(self, verdict: CaseVerdict) -> None:
        """A case has been judged: what there is of it is kept."""
        self._state = replace(self._state, doing=f"{verdict.case}: {verdict.headline}", case="")
        self._keep(verdict.case)
        self._listener.end(verdict)

    def tried(self, one: Try) -> None:
        """A try of a search for capacity is over."""
        self._listener.tried(one)

    def say(self, line: str) -> None:
        """Anything else that is worth a line."""
        self._listener.say(line)

    def _run(self) -> None:
        while not self._over.wait(RENEW):
            self._try(self._renew)

    def _begin(self) -> None:
        self._files.begin(self._renewed())
        self._has_begun = True

    def _renew(self) -> None:
        """Say that it is conducted; end where somebody ended it, or took it over when nobody seemed to."""
        found = self._files.find()
        is_ended = found is not None and found.ended and found.run == self._state.run
        is_taken = found is not None and not found.ended and found.holder != self._state.holder
        if found is not None and (is_ended or (is_taken and self._has_begun)):
            self._listener.say(f"{'ended' if is_ended else 'taken over'} by {found.holder}")
            os.kill(os.getpid(), signal.SIGINT)
            self._over.set()
        else:
            self._files.tell(self._renewed())

    def _renewed(self) -> KeptRun:
        self._state = replace(self._state, renewed=f"{time.time():.3f}")
        return self._state

    def _keep(self, part: str) -> None:
        self._try(lambda: self._files.keep(part, packing.pack(self._run_kept.path, part)))

    def _try(self, act: "Callable[[], None]") -> None:
        """A cluster that refuses costs a note, and nothing of the run."""
        try:
            act()
        except LabError as error:
            if not self._has_failed:
                self._has_failed = True
                self._listener.say(f"note: the run is not kept in the cluster: {error.summary}")


def keeping(place: "Place", run: Run, listener: Listener) -> "AbstractContextManager[Listener]":
    """A context with the listener to tell what a run is at, so that it is kept where the place has a cluster."""
    files = place.kept_files()
    return nullcontext(listener) if files is None else Keeping(files, run, listener)


def end(place: "Place", run: Run) -> None:
    """Keep what a run came to; without it the run can still be gone on with."""
    if (files := place.kept_files()) is None:
        return
    try:
        files.keep("", packing.pack(run.path))
        files.tell(KeptRun(run=run.id, holder=holder(), ended=True))
    except LabError:
        """Nothing is lost here: it was said when it could not be kept."""


def require_alone(files: KeptFiles, say: "Say") -> None:
    """Nobody else conducts a run on this lab.

    Raises:
        UsageError: Somebody does.
    """
    found = files.find()
    if found is None or found.ended or found.holder == holder():
        return
    say(f"{found.run} has not ended: looking whether {found.holder} goes on with it ({seconds(GONE)})")
    if _changed(files, found):
        raise UsageError(
            f"{found.holder} conducts {found.run} on this lab; './invokew attach' follows it; wait until it has ended"
        )


def followed(files: KeptFiles, known: KeptRun, say: "Say") -> KeptRun:
    """Tell what a run is at until it has ended, or nobody conducts it; what was said last."""
    while not known.ended:
        found = _changed(files, known)
        if found is None or found.run != known.run:
            break
        if found.doing not in {known.doing, ""}:
            say(found.doing)
        known = found
    return known


def claim(files: KeptFiles, known: KeptRun) -> None:
    """Conduct a run from here on.

    Raises:
        ToolError: The cluster doesn't answer.
    """
    files.tell(replace(known, holder=holder()))


def machine_gone(kept: KeptRun) -> str:
    """The name of the machine from which nobody conducts a run any more; empty where it is this one, which can tell."""
    host = kept.holder.partition(":")[0]
    return "" if host == platform.node() else host


def end_conducting(files: KeptFiles, known: KeptRun, say: "Say") -> None:
    """Say that a run has ended, and wait until whoever conducts it has taken that in.

    Raises:
        ToolError: The cluster doesn't answer.
    """
    ended = replace(known, holder=holder(), ended=True)
    files.tell(ended)
    if known.holder == holder():
        _await_own(files, ended, say)
        return
    say(f"telling {known.holder} to end it ({seconds(GONE)})")
    while _changed(files, ended):  # who was about to say that it goes on has overwritten it
        files.tell(ended)


def _await_own(files: KeptFiles, ended: KeptRun, say: "Say") -> None:
    """Wait for the command of this checkout that conducts it, if one does."""

    def conducting() -> str | None:
        who = lock.holder()
        if who and (found := files.find()) and not found.ended:  # as below
            files.tell(ended)
        return who

    if who := lock.holder():
        say(f"telling {who} to end it (up to {seconds(ENDS)})")
        polling.until_none(conducting, deadline=ENDS, pause=PAUSE)


def _changed(files: KeptFiles, known: KeptRun) -> KeptRun | None:
    """What is said next of a run that is conducted; None where nothing is for as long as that takes to know."""
    end = time.monotonic() + GONE
    while time.monotonic() < end:
        shell.require_going()
        time.sleep(PAUSE)
        if (found := files.find()) not in {known, None}:
            return found
    return None


def fetch(files: KeptFiles, kept: KeptRun, runs: "Path") -> "Path":
    """The folder of the run that is kept; what the cluster has of it where another checkout conducted it.

    Raises:
        ToolError: The cluster doesn't answer, or what it has can't be read.
    """
    folder = runs / kept.run
    if kept.holder != holder() or not folder.is_dir():
        packed = files.packed()
        folder.mkdir(parents=True, exist_ok=True)
        for one in packed:
            packing.unpack(one, folder)
    return folder


def holder() -> str:
    """Which checkout on which machine this is."""
    return f"{platform.node()}:{ROOT}"
