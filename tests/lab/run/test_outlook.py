import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.core.errors import ToolError
from lab.run import outlook
from lab.run.outlook import Loss, Outlook, disk_full

LOSS = Loss(what="gone")


def silent() -> Loss | None:
    raise ToolError("the cluster doesn't answer")


def in_turn(*answers: Callable[[], Loss | None]) -> Callable[[], Loss | None]:
    left = list(answers)

    def look() -> Loss | None:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return answer()

    return look


@pytest.mark.parametrize(
    ("look", "at_last"),
    [
        (in_turn(lambda: LOSS), LOSS),
        (in_turn(lambda: LOSS, silent), LOSS),
        (in_turn(silent, lambda: LOSS), LOSS),
        (in_turn(lambda: LOSS, lambda: None), None),
    ],
    ids=["a loss", "then no answer", "no answer first", "what was lost is back"],
)
def test_the_last_look_that_told_counts(
    look: Callable[[], Loss | None], at_last: Loss | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "EVERY", 0.001)
    looked = 0

    def counted() -> Loss | None:
        nonlocal looked
        looked += 1
        return look()

    with Outlook(counted, tmp_path) as seen:
        end = time.monotonic() + 10
        while looked < 4 and time.monotonic() < end:
            time.sleep(0.001)

    assert looked >= 4
    assert seen.loss == at_last


def test_a_full_disk_is_the_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert disk_full(tmp_path) is None
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12 - 2**20, 2**20))

    found = disk_full(tmp_path)

    assert found == Loss(what=f"1 MiB are free where {tmp_path} is (limit 64 MiB)", of_machine=True)
