"""Adds to a case's figures what its engines did, held against what they should have done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.core.errors import LabError
from lab.measure import records
from lab.measure.correctness import Correctness
from lab.measure.measurements import CaseMeasurements
from lab.measure.measuring import Recording
from lab.measure.samples import Order
from lab.oracle.accounts import Seen
from lab.oracle.check import SIDES, Evidence, check
from lab.oracle.load_plan import LoadPlan
from lab.settings.suites import Case
from lab.settings.topology import Topology

NONE = records.Records(orders=(), fills=())


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a case was to send, and where what came of it is.

    Args:
        case: What was asked.
        topology: Whose shards.
        folder: The case's, with the file of records.
        seed: Of the load; None if it isn't known.
    """

    case: Case
    topology: Topology
    folder: Path
    seed: int | None

    def plan(self, testid: str) -> LoadPlan | None:
        """What the lab's own scripts send by it."""
        return None if self.seed is None else LoadPlan.of(self.case, self.topology, self.seed, testid)


def assessed(asked: Asked, recording: Recording, measured: CaseMeasurements) -> CaseMeasurements:
    """The same figures, with the correctness of what was published; as they are where nobody read that.

    Args:
        asked: What was asked.
        recording: What was recorded of it.
        measured: Its figures.
    """
    if recording.reading is None or recording.problems or not recording.samples.orders:
        return measured
    found = _shortened(_checked(asked, recording, measured, recording.reading), recording.testid)
    return replace(measured, correctness=found, warnings=(*measured.warnings, *_said(found)))


def _said(found: Correctness) -> Iterator[str]:
    """What else to know about it."""
    if found.is_silent:
        yield f"what the engine did is not checked: {found.unchecked}"
    if found.divergences and found.divergences[0].book:
        yield f"the book at the first divergence, as it should be: {'; '.join(found.divergences[0].book)}"
    yield from found.notes


def _shortened(found: Correctness, testid: str) -> Correctness:
    """With `#` for the testid, by which each id of the lab's own begins."""

    def short(line: str) -> str:
        return line.replace(f"{testid}-", "#")

    shown = (replace(one, line=short(one.line), book=tuple(map(short, one.book))) for one in found.divergences)
    return replace(found, divergences=tuple(shown))


def _checked(asked: Asked, recording: Recording, measured: CaseMeasurements, reading: records.Reading) -> Correctness:
    found = NONE
    if reading.problem is None:
        try:
            found = records.read(asked.folder / records.FILE)
        except LabError as error:
            reading = replace(reading, problem=error.summary)
    loaded = tuple(shard.shard for shard in measured.loaded)
    return check(
        Evidence(
            topology=asked.topology,
            loaded=loaded,
            semantics=asked.case.semantics,
            is_clean=asked.case.settings.clean or _was_empty(recording, loaded),
            load=measured.load,
            orders=tuple(map(_seen, recording.samples.orders)),
            records=found,
            reading=reading,
            extract=recording.extract,
            plan=asked.plan(recording.testid),
            # Each may be so far ahead of this machine's, or behind it.
            clocks=2 * asked.case.limits.clock * 1000,
        )
    )


def _was_empty(recording: Recording, loaded: Sequence[str]) -> bool:
    """Whether every book's gauges showed nothing when they were scraped last before the load generator began."""
    before = [
        [value for at, value in one.points if at <= recording.started][-1:]
        for one in recording.extract.get("depth", ())
        if one.labels.get("shard") in loaded and one.points[-1][0] > recording.started
    ]
    return len(before) == len(loaded) * len(SIDES) and all(values == [0.0] for values in before)


def _seen(order: Order) -> Seen:
    # What it waited for a connection it was not sent.
    sent = order.answered - order.service
    return Seen(
        index=order.index,
        sent=sent,
        answered=order.answered,
        accepted=order.accepted,
        refused=order.refused,
        runner=order.runner,
    )
