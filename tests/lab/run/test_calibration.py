"""The null path's calibration: by the real k6 against a small server."""

import math
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from lab.measure import null_path as path_
from lab.run.calibration import FOLDER, calibrate, peak
from lab.run.here import Here
from lab.run.steady import Requests, command
from lab.settings.suites import Case
from lab.tools import k6
from tests.k6 import path as real_k6
from tests.lab.made import case
from tests.lab.served import Served, served


def here(program: str) -> Here:
    return Here(program=program, entry="", remote_write=None)


def health(status: int = 200, takes: float = 0.0) -> AbstractContextManager[Served]:
    """A server that answers after a while (s)."""
    return served({"/health": (status, "")}, takes=takes)


def short(seconds: int = 3) -> Case:
    one = case("a2", "smoke")
    return replace(one, limits=one.limits.model_copy(update={"calibration": seconds}))


def test_the_path_is_asked_for_nothing_but_health_at_the_cases_rate(tmp_path: Path) -> None:
    with health() as entry:
        found = calibrate(here(real_k6()).steady, entry.url, short(), tmp_path)

    assert found.problem is None
    assert {path for path, *_ in entry.asked} == {"/health"}
    assert found.asked == 51
    assert found.answered == pytest.approx(51, abs=1)
    assert 0 < found.p99 < 1000
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {k6.SAMPLES, k6.LOG}


def test_what_the_way_takes_is_measured(tmp_path: Path) -> None:
    with health(takes=0.08) as entry:
        found = calibrate(here(real_k6()).steady, entry.url, short(2), tmp_path)

    assert found.p99 >= 80


def test_an_entry_that_refuses_answers_nothing(tmp_path: Path) -> None:
    with health(status=503) as entry:
        found = calibrate(here(real_k6()).steady, entry.url, short(2), tmp_path)

    assert (found.answered, found.p99) == (0, math.inf)


def test_a_k6_that_is_not_there_is_a_failed_calibration(tmp_path: Path) -> None:
    found = calibrate(here("/nowhere/k6").steady, "http://127.0.0.1:1", short(), tmp_path)

    assert found.problem is not None
    assert "k6 can't be started" in found.problem


def test_a_ramps_path_is_measured_at_its_peak() -> None:
    assert (peak(case("a2")), peak(case("b3")), peak(case("b2"))) == (1020, 5040, 5040)


def test_nothing_of_it_goes_to_prometheus(tmp_path: Path) -> None:
    """Its requests would stand among the case's own."""
    asked = Requests(url="http://127.0.0.1:8080/health", name="health", rate=1020)

    told = command("k6", asked, tmp_path, api="127.0.0.1:1", seconds=10, grace=30)

    assert "experimental-prometheus-rw" not in told.argv
    assert not any("PROMETHEUS" in name for name in told.env)


def test_the_first_second_is_left_out_of_p99_and_of_nothing_else() -> None:
    """Each virtual user opens its connection then."""
    answers = [(float(number * 10), 90.0 if number < 100 else 2.0) for number in range(1000)]

    found = path_.of(answers, asked=1000)

    assert (found.p99, found.answered) == (2.0, 1000)


def test_requests_that_failed_are_endlessly_slow() -> None:
    answers = [(float(number * 10), math.inf if number % 20 == 0 else 2.0) for number in range(1000)]

    found = path_.of(answers, asked=1000)

    assert (found.p99, found.answered) == (math.inf, 950)


def test_without_a_request_there_is_no_p99() -> None:
    assert path_.of([], asked=170).p99 == math.inf
