"""Queries run in parallel until a deadline; one that raises or hangs costs the others nothing."""

import threading
import time
from functools import partial
from typing import Any

from lab.core.errors import ToolError
from lab.diagnose.gather import Jobs, gather


def fail() -> None:
    raise ToolError("the cluster doesn't answer", details=("more",))


def stumble() -> None:
    raise KeyError("status")


def test_what_fails_is_noted_and_the_rest_is_there() -> None:
    gathered = gather({"a": lambda: 1, "b": fail, "c": stumble}, deadline=5)

    assert gathered.found == {"a": 1}
    assert gathered.skipped == {"b": "the cluster doesn't answer", "c": "KeyError: 'status'"}


def test_what_hangs_is_left_behind_at_the_deadline() -> None:
    never = threading.Event()
    began = time.monotonic()

    gathered = gather({"a": lambda: 1, "hangs": never.wait}, deadline=0.3)
    never.set()

    assert time.monotonic() - began < 2
    assert gathered.found == {"a": 1}
    assert gathered.skipped == {"hangs": "did not answer within 0.3 s"}
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("look "))


def test_looks_go_side_by_side() -> None:
    together = threading.Barrier(3, timeout=5)

    assert len(gather({str(number): together.wait for number in range(3)}, deadline=5).found) == 3


def test_what_is_found_makes_further_looks_possible() -> None:
    def then(name: str, found: Any) -> Jobs:
        return {one: partial(str.upper, one) for one in found} if name == "pods" else {}

    gathered = gather({"pods": lambda: ["x", "y"]}, deadline=5, then=then)

    assert gathered.found == {"pods": ["x", "y"], "x": "X", "y": "Y"}
