"""What tests of commands that run on a lab have in common."""

from contextlib import nullcontext

import pytest

from lab.commands import command
from lab.present import progress
from lab.process import lock
from lab.runtime import choice
from lab.settings.settings import Settings
from tests.lab.doubles import lab_of
from tests.lab.runtimes import FakeRuntime


@pytest.fixture
def runtime(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeRuntime:
    """The committed settings, and a runtime that needs no machine, which is no cluster."""
    chosen = FakeRuntime(lab_of(settings), name="process")
    monkeypatch.setattr(command, "load", lambda: settings)
    monkeypatch.setattr(command, "of", lambda chosen, **_: lab_of(chosen))
    monkeypatch.setattr(choice, "to_begin", lambda *_: chosen)
    monkeypatch.setattr(lock, "held", lambda _: nullcontext())
    monkeypatch.setattr(progress, "carry_out", lambda steps: chosen.asked.extend(step.name for step in steps))
    return chosen
