"""Explains what has broken: looks, judges, keeps a bundle, gives the page. None of it hides the error itself."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.cluster.rollout import statuses
from lab.core import causes, redact
from lab.core.errors import InvalidRunError, LabError, NotReadyError, PreflightError, SloMissedError, UsageError
from lab.core.paths import TIMELINE, shown
from lab.core.unwritable import unwritable
from lab.diagnose import bundle
from lab.diagnose.classify import classify
from lab.diagnose.clues import EVENTS, NODES, PODS, Broken, Clues, log_file
from lab.diagnose.describe import time_of
from lab.diagnose.failure_page import page
from lab.diagnose.gather import Gathered
from lab.process import shell
from lab.process.shell import InterruptedLabError

RESULTS = (UsageError, InvalidRunError, SloMissedError, InterruptedLabError)
"""What needs no explanation beyond its line: wrong use or settings, results, and what was interrupted."""
TRACE_LINES = 6
"""Last lines of a traceback that are shown."""


class Explainable(Protocol):
    """A lab that can be looked at when something has broken, whatever it stands on."""

    @property
    def lab(self) -> Lab:
        """The lab."""

    def collect(self) -> Gathered:
        """All that may tell why, by the name of the file that it goes to."""


@contextmanager
def explained(runtime: Explainable, command: str) -> Iterator[None]:
    """Give an error that leaves this context the failure page for its details; its line and exit code stay.

    Args:
        runtime: What the lab stands on; of a lab that downloads no tools, for nothing is to be begun here.
        command: What is under way.

    Raises:
        LabError: As it came, or in the place of an error that the lab does not know (exit code 1).
    """
    began = datetime.now(UTC)
    try:
        yield
    except RESULTS:
        raise
    except LabError as error:
        details = _explain(runtime, broken_by(error, command, began))
        LabError.__init__(error, error.summary, details=details)  # its class stays, and what it carries
        raise
    except Exception as error:
        broken = broken_by(error, command, began)
        if isinstance(error, OSError) and (known := unwritable(error)):
            details = _explain(runtime, replace(broken, summary=known.summary, details=(), cause=known.cause))
            raise PreflightError(known.summary, details=details, cause=known.cause) from error
        raise LabError(f"unexpected {broken.summary}", details=_explain(runtime, broken)) from error


def broken_by(error: Exception, command: str, began: datetime, *, said: Sequence[str] = ()) -> Broken:
    """What an error has broken; one that the lab does not know brings its traceback."""
    known = error if isinstance(error, LabError) else None
    trace = () if known else tuple("".join(traceback.format_exception(error)).splitlines())
    return Broken(
        command=command,
        summary=known.summary if known else f"{type(error).__name__}: {error}",
        details=known.details if known else trace[-TRACE_LINES:],
        said=tuple(said),
        trace=trace,
        began=f"{began.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        cause=known.cause if known else causes.UNEXPECTED,
        is_workloads=isinstance(error, NotReadyError),
    )


def _explain(runtime: Explainable, broken: Broken) -> Sequence[str]:
    try:
        return explain(runtime, broken, lambda: bundle.create(bundle.FAILURES, broken.command, datetime.now(UTC)))
    except KeyboardInterrupt:  # whoever waits for the error needn't wait for its explanation
        shell.stop_all()
        return broken.details


def explain(runtime: Explainable, broken: Broken, folder: Callable[[], Path]) -> Sequence[str]:
    """The failure page of what has broken; its bundle is kept.

    Args:
        runtime: What the lab stands on.
        broken: What has.
        folder: Makes the bundle's folder.

    Returns:
        The page's lines; the error's own details where no page can be made.
    """
    try:
        return _page(runtime, broken, folder)
    except Exception as error:  # noqa: BLE001 - the error itself matters more than its explanation
        return (*broken.details, f"no failure page: {type(error).__name__}: {error}")


def _page(runtime: Explainable, broken: Broken, folder: Callable[[], Path]) -> Sequence[str]:
    seen = runtime.collect()
    clues = replace(clues_of(broken, seen), namespaces=runtime.lab.access.namespaces)
    finding = classify(clues)
    path, why = _made(folder)
    kept = f"bundle: {shown(path)}" if path else f"no bundle: {why}"
    lines = [redact.text(line) for line in page(finding, clues, kept)]
    if path:
        try:
            bundle.write(path, _files(runtime.lab, broken, seen, lines))
        except Exception as error:  # noqa: BLE001 - the page stands without it
            lines[-1] = f"{kept}, incomplete: {type(error).__name__}: {error}"
    return lines


def _made(folder: Callable[[], Path]) -> tuple[Path | None, str]:
    try:
        return folder(), ""
    except OSError as error:
        return None, str(error)


def clues_of(broken: Broken, seen: Gathered) -> Clues:
    """What a cause is judged from, out of what was found by file name."""
    found = seen.found
    pods = found.get(PODS) or []
    logs = {
        (pod["metadata"]["name"], status["name"], previous): found[name]
        for pod in pods
        for status in statuses(pod)
        for previous in (True, False)
        if (name := log_file(pod, status["name"], previous=previous)) in found
    }
    events = [_whole(event) for event in found.get(EVENTS) or []]
    return Clues(
        **vars(broken),
        unseen=next((seen.skipped[name] for name in (NODES, PODS, EVENTS) if name in seen.skipped), ""),
        pods=tuple(pods),
        events=tuple(sorted(events, key=time_of)),
        nodes=tuple(found.get(NODES) or []),
        logs=logs,
    )


def _whole(event: Object) -> Object:
    """An event with what the API leaves out when it is empty."""
    return {"involvedObject": {"name": ""}, "reason": "", "message": ""} | {
        key: one for key, one in event.items() if one
    }


def _files(lab: Lab, broken: Broken, seen: Gathered, lines: Sequence[str]) -> dict[str, Any]:
    error = [f"error: {broken.summary}", *(f"  {line}" for line in lines)]
    files: dict[str, Any] = {bundle.ERROR: error, "settings.json": lab.settings, **seen.found}
    if broken.details or broken.said:
        files["details.txt"] = [*broken.details, *broken.said]
    if broken.trace:
        files["traceback.txt"] = broken.trace
    if seen.skipped:
        files[bundle.SKIPPED] = [f"{name}: {why}" for name, why in sorted(seen.skipped.items())]
    if TIMELINE.exists():
        files["timeline.json"] = TIMELINE.read_text(encoding="utf-8")
    return files
