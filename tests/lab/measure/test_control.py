"""What the control beside a load says of its surroundings, and when it says nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core.windows import Window
from lab.measure.control import ControlRecording, ControlRequest, Spell, read
from tests.lab.k6_file import request, written

LOAD = Window(name="load", start=0.0, end=60_000.0)
INTERVAL = 50.0


def control(wait: Callable[[float], float] = lambda _: 0.0, seconds: float = 60) -> ControlRecording:
    """20 requests a second that take 1 ms, and wait by when they were due."""
    dues = [number * INTERVAL for number in range(round(seconds * 20))]
    return ControlRecording(requests=tuple(ControlRequest(due=due, latency=1.0 + wait(due)) for due in dues))


def pauses(length: float, every: float = 9400.0, first: float = 3000.0) -> Callable[[float], float]:
    """What a request waits for in a way that stands still for so long (ms), each so many ms."""
    return lambda due: max(0.0, length - (due - first) % every) if due >= first else 0.0


def changed(change: Callable[[int, ControlRequest], ControlRequest | None]) -> ControlRecording:
    some = (change(number, one) for number, one in enumerate(control().requests))
    return ControlRecording(requests=tuple(one for one in some if one))


def test_a_quiet_way_has_no_slow_spell() -> None:
    quiet = control(lambda due: due % 7)

    assert quiet.untrusted(LOAD) is None
    assert quiet.spells(LOAD) == ()
    assert quiet.waited_at(30_000) == 0


@pytest.mark.parametrize(("length", "every"), [(400.0, 9400.0), (100.0, 20_000.0)])
@given(first=st.floats(1000, 8000))
def test_a_pause_is_seen_whenever_it_begins(length: float, every: float, first: float) -> None:
    """The way stands still for 0.4 s each 9.4 s, or for 0.1 s each 20 s: 20 requests a second meet it."""
    found = control(pauses(length, every, first))
    begins = [first + n * every for n in range(8) if first + n * every + length < LOAD.end]

    assert len(found.spells(LOAD)) >= len(begins)
    for begin in begins:
        assert all(found.waited_at(begin + part * length) >= length - INTERVAL for part in (0, 0.25, 0.5, 0.75, 0.99))
        assert found.waited_at(begin - 2 * INTERVAL - 1) == 0
        assert found.waited_at(begin + length + 2 * INTERVAL + 1) == 0


def test_slow_requests_one_after_the_other_are_one_spell() -> None:
    (spell,) = control(lambda due: 30.0 if 10_000 <= due < 12_000 else 0.0).spells(LOAD)

    assert spell == Spell(start=9950.0, end=12_031.0, waited=31.0)


def test_a_way_that_is_slow_throughout_is_one_spell() -> None:
    (spell,) = control(lambda _: 150.0).spells(LOAD)

    assert (spell.start, spell.end > LOAD.end, spell.waited) == (-50.0, True, 151.0)


def test_what_the_controls_own_k6_did_late_says_nothing_of_the_way() -> None:
    late = changed(lambda n, one: replace(one, late=900.0, latency=901.0) if n == 400 else one)

    assert late.untrusted(LOAD) is None
    assert late.spells(LOAD) == ()


def test_a_request_that_failed_says_nothing_of_the_way() -> None:
    failed = changed(lambda n, one: replace(one, is_answered=False, latency=5000.0) if n == 400 else one)

    assert (failed.untrusted(LOAD), failed.spells(LOAD)) == (None, ())


@pytest.mark.parametrize(
    ("recording", "why"),
    [
        (replace(control(), problem="k6 can't be started"), "k6 can't be started"),
        (ControlRecording(requests=()), "it sent no request during the load"),
        (control(seconds=50), "it sent no request for 10.1 s from 0:50 on"),
        (changed(lambda n, one: None if 400 <= n < 403 else one), "it sent no request for 0.2 s from 0:20 on"),
        (changed(lambda n, one: replace(one, late=11.0) if n % 4 == 0 else one), "25 % of its requests were sent late (limit 20 %)"),
        (changed(lambda n, one: replace(one, is_answered=n not in {400, 401, 402})), "3 of its requests in a row failed from 0:20 on"),
    ],
    ids=["no stream", "no request", "broke off", "a gap", "late", "away"],
)  # fmt: skip
def test_a_control_that_was_itself_in_trouble_says_nothing(recording: ControlRecording, why: str) -> None:
    assert recording.untrusted(LOAD) == why
    assert recording.figures(LOAD).untrusted == why


@pytest.mark.parametrize(
    "recording",
    [
        changed(lambda n, one: None if n in {400, 401} else one),
        changed(lambda n, one: replace(one, is_answered=n not in {400, 401})),
        changed(lambda n, one: replace(one, late=500.0, latency=501.0) if n < 50 else one),
    ],
    ids=["two dropped", "two failed", "late for a while"],
)
def test_a_little_trouble_of_its_own_is_none(recording: ControlRecording) -> None:
    assert recording.untrusted(LOAD) is None


def test_its_p99_counts_from_when_requests_were_due() -> None:
    figures = changed(lambda n, one: replace(one, late=500.0, latency=501.0) if n < 50 else one).figures(LOAD)

    assert (figures.requests, figures.p99) == (1200, 501.0)


def test_it_is_read_of_k6s_points(tmp_path: Path) -> None:
    rows: Sequence[dict[str, str]] = [
        *request(1005, 2, blocked=1, metadata="due=1000", name="control", url="control", method="POST"),
        *request(1050, 300, metadata="due=1050", name="control", url="control", method="POST", status="503"),
    ]

    found = read(written(tmp_path / "samples.csv.gz", *rows))

    assert found.requests == (
        ControlRequest(due=1000.0, latency=8.0, late=5.0),
        ControlRequest(due=1050.0, latency=300.0, late=0.0, is_answered=False),
    )
