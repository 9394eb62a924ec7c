import threading
from collections.abc import Sequence

import pytest

from lab.core.errors import ToolError
from lab.run import absence
from lab.run.absence import Absence


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence, "EVERY", 0.005)


def test_what_each_look_found_is_kept_with_its_instants() -> None:
    enough, found = threading.Event(), iter([(), ("redpanda-0",)])

    def pods() -> Sequence[str]:
        seen = next(found, None)
        if seen is None:
            enough.set()
            return ()
        return seen

    with Absence(pods) as looking:
        enough.wait(10)

    first, second, *_ = looking.polls
    assert (first.pods, second.pods) == ((), ("redpanda-0",))
    assert first.began <= first.ended <= second.began


def test_a_look_that_was_not_answered_is_none() -> None:
    asked = threading.Event()

    def pods() -> Sequence[str]:
        asked.set()
        raise ToolError("the cluster doesn't answer")

    with Absence(pods) as looking:
        asked.wait(10)

    assert looking.polls == ()
