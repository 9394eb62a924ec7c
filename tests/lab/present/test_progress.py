"""What people see of a graph that runs, and what is kept of it."""

import json
from pathlib import Path

import pytest

from lab.core.errors import ToolError
from lab.present import progress
from lab.present.progress import BAR, _bar
from lab.process.steps import Record, Say, State, Step


def build(say: Say) -> str:
    say("building engine")
    say("building engine")
    return "42 MiB"


def fail(_say: Say) -> None:
    raise ToolError("no space; free some")


STEPS = [
    Step(name="image", run=build),
    Step(name="cluster", needs=("image",), is_done=lambda: "4 nodes run", run=lambda _: None),
    Step(name="apply", needs=("cluster",), run=fail),
    Step(name="ready", needs=("apply",), run=lambda _: None),
]


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of a run that fails, without its times."""
    monkeypatch.setattr(progress, "TIMELINE", tmp_path / "sub" / "timeline.json")
    with pytest.raises(ToolError):
        progress.carry_out(STEPS)
    return [
        " ".join(word for word in line.split() if not word[0].isdigit())
        for line in capsys.readouterr().out.splitlines()
    ]


def test_off_a_terminal_each_change_is_a_line_and_none_comes_twice(shown: list[str]) -> None:
    assert shown == [
        "image running: building engine",
        "image done s: MiB",
        "cluster skipped s: nodes run",
        "apply failed s: no space; free some",
        "ready not run: needs apply",
    ]


def test_the_timeline_is_kept_however_it_ends(shown: list[str], tmp_path: Path) -> None:
    kept = json.loads((tmp_path / "sub" / "timeline.json").read_text())

    assert len(shown) == 5
    assert [(row["step"], row["state"], row["note"]) for row in kept["steps"]] == [
        ("image", "done", "42 MiB"),
        ("cluster", "skipped", "4 nodes run"),
        ("apply", "failed", "no space; free some"),
        ("ready", "not run", "needs apply"),
    ]
    assert kept["steps"][3]["began"] is kept["steps"][3]["ended"] is None
    assert kept["steps"][0]["began"] <= kept["steps"][0]["ended"] <= kept["seconds"]


BARS = [
    (None, None, 10.0, ""),
    (0.0, None, 0.0, ""),
    (0.0, 10.0, 10.0, "━" * BAR),
    (0.0, None, 10.0, "━" * BAR),
    (5.0, 10.0, 10.0, " " * (BAR // 2) + "━" * (BAR // 2)),
    (0.0, 0.001, 10.0, "━"),
    (9.9, None, 10.0, " " * (BAR - 1) + "━"),
]


@pytest.mark.parametrize("bar", BARS)
def test_a_bar_shows_when_a_step_ran(bar: tuple[float | None, float | None, float, str]) -> None:
    began, ended, now, drawn = bar

    assert _bar(Record("a", state=State.DONE, began=began, ended=ended), now) == drawn
