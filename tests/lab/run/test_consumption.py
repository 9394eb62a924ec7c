"""What engines published is read whole, also where the broker's client fails now and then."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from lab.core.errors import ToolError
from lab.measure import records
from lab.measure.records import RawRecord, Reading
from lab.process import polling
from lab.run import consumption
from lab.run.consumption import Consumption, Offsets

PLACE = ("orders", 0)
VALUE = '{"type":"ORDER_PLACED","orderId":"1","symbol":"AAPL","side":"BUY","price":100,"quantity":1}'


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "BETWEEN", 0.0)
    monkeypatch.setattr(consumption, "STILL", 0.0)


class Broker:
    """A consumer of a topic with one record, each of whose methods fails so often first."""

    def __init__(self, failures: int) -> None:
        self._left = dict.fromkeys(("begin", "ends", "records"), failures)

    def _may_fail(self, what: str) -> None:
        self._left[what] -= 1
        if self._left[what] >= 0:
            raise ToolError(f"error dialing backend: {what}")

    def begin(self) -> Offsets:
        self._may_fail("begin")
        return {PLACE: 7}

    def ends(self) -> Offsets:
        self._may_fail("ends")
        return {PLACE: 8}

    def records(self, marks: Offsets, ends: Offsets) -> Iterable[RawRecord]:
        self._may_fail("records")
        return [RawRecord(*PLACE, offset, VALUE) for offset in range(marks[PLACE], ends[PLACE])]

    def close(self) -> None: ...


def kept(failures: int, path: Path) -> Reading:
    with Consumption(Broker(failures)) as reading:
        return reading.keep(path)


def test_a_connection_that_breaks_twice_loses_no_case(tmp_path: Path) -> None:
    found = kept(2, tmp_path / records.FILE)

    assert (found.problem, found.missed) == (None, 0)
    assert [one.id for one in records.read(tmp_path / records.FILE).orders] == ["1"]


def test_one_that_stays_away_is_why_the_records_are_unknown(tmp_path: Path) -> None:
    assert kept(3, tmp_path / records.FILE).problem == "error dialing backend: begin"


def test_what_is_no_failure_of_a_tool_is_asked_once() -> None:
    asked = []

    def broken() -> None:
        asked.append(1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        polling.insistently(broken)
    assert asked == [1]
