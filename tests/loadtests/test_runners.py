"""Several runners send one load: with the real k6, against a small entry."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from lab.core.causes import SCRIPT_ERROR
from lab.judge.runners import bad_runners
from lab.measure import samples
from lab.run import k6_api, k6_process
from lab.run.fleet import Fleet
from lab.run.here import Here
from lab.settings.suites import Case
from lab.tools import k6
from tests import k6 as real_k6
from tests.lab.made import case, generator, measured, suite
from tests.loadtests.fake_entry import Entry, entry

RATE, SECONDS, RUNNERS = 3000, 3, 3
EACH = RATE * SECONDS // 60 // RUNNERS


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k6, "AHEAD", 0.7)
    monkeypatch.setattr(k6_process, "LEDGER", tmp_path / "processes")


def short() -> Case:
    one = case("a2")
    settings = one.settings.model_copy(update={"rate": RATE, "duration": SECONDS, "warmup": 0})
    return Case(id="a2", script=one.script, settings=settings, limits=one.limits)


@contextmanager
def load(server: Entry, folder: Path) -> Iterator[Fleet]:
    here = Here(program=real_k6.path(), entry=server.url, remote_write=None, runners=RUNNERS)
    asked = k6.Load(case=short(), topology=suite("a2").topology, seed=7, testid="r1-a2", folder=folder)
    with here.load(asked) as fleet:
        yield fleet


def follow(fleet: Fleet, until: Callable[[], bool] = lambda: False) -> None:
    while fleet.look() and not until():
        time.sleep(0.05)


def test_three_send_the_orders_of_one_and_one_that_begins_late_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The books are seeded once; all orders are due by one plan, whoever sends them and however late."""
    release, late = k6_api.release, 1.0

    def hold_up_the_last(api: str) -> None:
        if api == fleet.apis[-1]:
            time.sleep(k6.AHEAD + late)
        release(api)

    monkeypatch.setattr(k6_api, "release", hold_up_the_last)
    with entry() as server, load(server, tmp_path) as fleet:
        follow(fleet)

    assert fleet.problem is None
    found = samples.read(k6.points(tmp_path), short().settings)
    sent = len(found.orders)
    assert RUNNERS * EACH <= sent <= RUNNERS * (EACH + 2), "k6 that is late may start one more before it sees the end"
    assert sorted(order["orderId"] for order in server.orders) == sorted(f"r1-a2-{i}" for i in range(sent))
    assert [order.index for order in found.orders] == list(range(sent))
    start = found.orders[0].due
    assert [order.due - start for order in found.orders] == pytest.approx([60_000 / RATE * i for i in range(sent)])
    resting = [order["orderId"] for order in server.resting]
    assert len(set(resting)) == len(resting) > 0
    figures = fleet.figures(found)
    assert [one.orders for one in figures] == pytest.approx([EACH] * RUNNERS, abs=2)
    assert (figures[-1].late or 0) == pytest.approx(1000 * late, abs=600)
    lines = [reason.line for reason in bad_runners(short(), measured("a2", generator=generator(runners=figures)))]
    assert any(line.startswith("runner 3 of 3 was late all along: it sent its orders ") for line in lines)


def test_one_that_is_killed_at_half_time_ends_the_load_and_is_named(tmp_path: Path) -> None:
    with entry() as server, load(server, tmp_path) as fleet:
        follow(fleet, until=lambda: len(server.orders) > RUNNERS * EACH // 2)
        second = next(child.pid for child in psutil.Process().children() if fleet.apis[1] in child.cmdline())
        os.kill(second, signal.SIGKILL)
        follow(fleet)

    assert fleet.problem is not None
    assert fleet.problem.summary.startswith("runner 2 of 3: k6 was killed by signal 9")
    assert fleet.exit_code == -9
    assert samples.read(k6.points(tmp_path)).orders


def test_books_that_cannot_be_seeded_end_the_load_before_its_first_order(tmp_path: Path) -> None:
    with entry(seed=400) as server, load(server, tmp_path) as fleet:
        follow(fleet)

    assert fleet.problem is not None
    assert fleet.problem.cause is SCRIPT_ERROR
    assert f"seeding at {server.url}/seed: got 400" in fleet.problem.summary
    assert server.orders == []
