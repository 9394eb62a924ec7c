"""Runners that can't begin together: which one it is, is said. How they begin is in tests/loadtests/test_runners.py."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.run import fleet, k6_api
from lab.run.fleet import Steering


def runner(api: str, exit_code: int | None = None) -> Any:
    return SimpleNamespace(api=api, exit_code=exit_code, log=Path("k6.log"))


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (runner("second"), "runner 2 was not ready within 0.05 s; look at k6.log"),
        (runner("second", 104), "runner 2 ended before the load; look at k6.log"),
    ],
    ids=["not ready", "ended"],
)
def test_one_that_is_not_there_in_time_is_named_and_none_is_released(
    monkeypatch: pytest.MonkeyPatch, second: Any, says: str
) -> None:
    released: list[str] = []
    monkeypatch.setattr(fleet, "READY", 0.05)
    monkeypatch.setattr(fleet, "LOOK", 0.01)
    monkeypatch.setattr(k6_api, "waits", lambda api, **_: api == "first")
    monkeypatch.setattr(k6_api, "release", released.append)
    steering = Steering(["runner 1", "runner 2"], [runner("first"), second])

    steering._run()

    assert steering.problem is not None
    assert steering.problem.summary == says
    assert released == []
