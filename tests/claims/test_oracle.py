"""Engines that do something else are found by a real load on processes, and those that don't are not."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.process import ports
from lab.store import rejudging, stored_run
from lab.store.files import MeasurementsFile
from lab.store.folder import Folder
from tests import checkout, k6
from tests.claims.world import World

ENGINES = Path(__file__).parent / "engines"
SETTINGS = """\
ports: {{ entry: {entry}, control: {control} }}
sources: {{ engine: {{ folder: "{engines}", command: "{{python}} variant.py {variant}" }} }}
engine: {{ remainder: {remainder}, market: {market} }}
cases:
  a2: {{ clean: true, smoke: {{ duration: 8s, warmup: 2s }} }}
  a4: {{ smoke: {{ duration: 20s, warmup: 2s, fault: {{ after: 5s, for: 5s }} }} }}
validity: {{ smoke: {{ calibration: 0s, control: 0 }} }}
"""

Ran = Callable[..., "Came"]


@dataclass(frozen=True)
class Came:
    """What a case came to: the command's exit code and words, and what the oracle found."""

    code: int
    output: str
    correctness: dict[str, Any]

    @property
    def kinds(self) -> set[str]:
        return {one["kind"] for one in self.correctness["divergences"]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    k6.path()
    root = checkout.copied(tmp_path_factory.mktemp("checkout"))

    def ran(variant: str, case: str = "a2", *, remainder: str = "rests", market: str = "market") -> Came:
        overlay = root / f"{variant}.yaml"
        told = {"variant": variant, "remainder": remainder, "market": market, "engines": ENGINES}
        overlay.write_text(SETTINGS.format(entry=ports.free(), control=ports.free(), **told), encoding="utf-8")
        world = World(
            runtime="process",
            root=root,
            invokew=(sys.executable, "-m", "invoke", "--search-root", str(root)),
            running=dict,
            kill=lambda _: None,
            environment={"LAB_SETTINGS": str(overlay), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        ended = world.run("case", case, "--profile=smoke", deadline=180)
        latest = root / "runs" / (root / "runs" / "latest").read_text().strip()
        kept = json.loads((latest / case / "measurements.json").read_text())
        found = kept["measurements"]["correctness"]
        assert judged_again(latest, case) == found
        return Came(ended.code, ended.output, found)

    return ran


def judged_again(run: Path, case: str) -> dict[str, Any]:
    """What the oracle finds once more, of the run's folder alone."""
    folder = Folder(run)
    plan = stored_run.read(folder).plan
    assert plan is not None
    measured = rejudging.measured_again(folder, case, plan.cases[0], plan.topology)
    assert measured is not None
    assert measured.correctness is not None
    again: dict[str, Any] = json.loads(MeasurementsFile(measurements=measured).text())["measurements"]["correctness"]
    return again


@pytest.mark.parametrize(
    ("variant", "kind"),
    [("loses-fills", "lost fill"), ("takers-price", "wrong fill"), ("newest-first", "wrong fill")],
)
def test_an_engine_that_fills_otherwise_fails_however_fast_it_is(run: Ran, variant: str, kind: str) -> None:
    came = run(variant)

    assert came.correctness["way"] == "replay"
    assert kind in came.kinds
    assert came.correctness["lost"] == 0
    assert "the engine did something else" in came.output
    assert came.code == 6, came.output


def test_events_lost_in_an_outage_are_found(run: Ran) -> None:
    came = run("loses-in-outage", "a4")

    assert came.correctness["lost"] > 0
    assert "lost order" in came.kinds
    assert "accepted orders lost (limit 0)" in came.output
    assert came.code == 6, came.output


def test_an_honest_engine_loses_nothing_in_an_outage(run: Ran) -> None:
    came = run("honest", "a4")

    assert (came.correctness["found"], came.correctness["lost"]) == (0, 0), came.correctness
    assert came.correctness["replayed"] == came.correctness["fills"] > 0


def test_an_engine_that_drops_remainders_is_right_where_the_settings_say_so(run: Ran) -> None:
    expected, unexpected = run("drops-remainders", remainder="dropped", market="limit"), run("drops-remainders")

    assert expected.correctness["found"] == 0, expected.correctness
    assert unexpected.kinds == {"other depth"}
    assert unexpected.code == 6, unexpected.output


def test_an_engine_that_publishes_nothing_is_neither_right_nor_wrong(run: Ran) -> None:
    came = run("silent")

    assert (came.correctness["unchecked"], came.correctness["is_silent"]) == ("no records", True)
    assert "what the engine did is not checked: no records" in came.output
    assert "the engine did something else" not in came.output
