"""The commands and the suites tell of what breaks: the page is on the screen, whichever way the work was begun."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.bringup import up
from lab.commands import command, lab_commands, suite_commands
from lab.core.errors import FaultError, LabError, ToolError
from lab.diagnose import broken_case, explain
from lab.present import progress
from lab.present.results import Display
from lab.process import lock
from lab.run import suite_run
from lab.run.suite_run import SuiteRun
from lab.runtime.k3d import verify
from lab.settings.settings import Settings
from lab.settings.suites import Case
from lab.store.runs import Run
from tests.lab.doubles import lab_of
from tests.lab.made import measured, suite
from tests.lab.runtimes import FakeRuntime

COMMANDS = {
    "up": lambda: lab_commands.up("single", dry=False, runtime="k3d"),
    "images": lambda: lab_commands.images("single", dry=False),
    "asr1": lambda: suite_commands.suite("asr1", profile="smoke", repeat=1, dry=False, runtime="k3d"),
    "capacity": lambda: suite_commands.capacity("single", against="", profile="smoke", dry=False, runtime="k3d"),
    "verify": lambda: lab_commands.verify("", dry=False, runtime="k3d"),
}


def refuse(*_: Any, **__: Any) -> Any:
    raise ToolError("'k3d cluster create' ended with 1", details=("as it was",))


@pytest.fixture
def downloads(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each lab that was made downloads tools; the steps of `up` fail."""
    asked: list[bool] = []

    def of(chosen: Settings, *, downloads: bool = True, **_: Any) -> Any:
        asked.append(downloads)
        return lab_of(chosen)

    monkeypatch.setattr(command, "load", lambda: settings)
    monkeypatch.setattr(command, "of", of)
    monkeypatch.setattr(lock, "held", lambda _: nullcontext())
    monkeypatch.setattr(up, "steps", lambda *_: [])
    monkeypatch.setattr(up, "image_steps", lambda *_: [])
    monkeypatch.setattr(progress, "carry_out", refuse)
    monkeypatch.setattr(verify, "site_of", refuse)
    monkeypatch.setattr(explain, "explain", lambda _runtime, broken, _folder: (f"page of {broken.command}",))
    return asked


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_breaks_shows_the_page_and_downloads_nothing_for_it(downloads: list[bool], name: str) -> None:
    with pytest.raises(ToolError) as caught:
        COMMANDS[name]()

    assert caught.value.code == 4
    assert str(caught.value.message) == f"error: 'k3d cluster create' ended with 1\n  page of {name}"
    assert downloads[-1] is False


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ({"a2": ToolError("k6 can't be started")}, ["a2: k6 can't be started"]),
        ({"a2": KeyError("status")}, ["a2: 'status'"]),
        ({"a2": (ToolError("k6 ended with 107"), ToolError("no order"))}, ["a2: k6 ended with 107"]),
        ({"a4": (FaultError("the broker is stuck"),)}, ["a4: the broker is stuck"]),
        ({"a2": measured("a2", p99=250.0)}, []),
        ({}, []),
    ],
)
def test_a_case_that_breaks_is_told_and_a_missed_objective_is_not(
    outcome: dict[str, Any], told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Scripted:
        def __init__(self, _bench: object, _run: object, chosen: Case, *_: object, **__: object) -> None:
            self._case = chosen
            self.broke: list[LabError] = []

        def measure(self) -> Any:
            found = outcome.get(self._case.id, measured(self._case.id))
            if isinstance(found, Exception):
                raise found
            if isinstance(found, tuple):
                self.broke += found
                return measured(self._case.id, problems=tuple(error.summary for error in found))
            return found

    heard: list[str] = []

    def tell(case: str, began: datetime, error: Exception) -> None:
        assert began <= datetime.now(UTC)
        heard.append(f"{case}: {error.summary if isinstance(error, LabError) else error}")

    monkeypatch.setattr(suite_run, "CaseRun", Scripted)
    run = Run.create(tmp_path, suite(), datetime.now(UTC))
    for one in suite().cases:
        run.case(one.id)
    context: Any = None

    SuiteRun(suite(), run, context, Display(suite()), explain=tell).cases()

    assert heard == told


def test_ctrl_c_while_a_case_is_explained_ends_the_run(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: FakeRuntime) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeRuntime, "collect", interrupted)

    with pytest.raises(KeyboardInterrupt):
        broken_case.explain_in(FakeRuntime(lab_of(settings)), tmp_path, print)("a2", datetime.now(UTC), ToolError("x"))
