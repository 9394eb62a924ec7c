import threading
import time
from types import SimpleNamespace
from typing import Any, Self

import pytest

from lab.core.errors import FaultError
from lab.run.fault_schedule import FaultSchedule
from lab.settings.case_settings import FaultSettings


class Broker:
    """Stands in for the broker's outage: notes what is asked of it, in which order."""

    def __init__(self, *, breaks: str = "") -> None:
        self.instants = SimpleNamespace(asked=0, gone=0, recovery_asked=0, ready=0)
        self.calls: list[str] = []
        self.is_gone = threading.Event()
        self._breaks = breaks

    def __enter__(self) -> Self:
        self.calls.append("enter")
        return self

    def __exit__(self, *_: object) -> None:
        self.calls.append("exit")
        if self._breaks == "exit":
            raise FaultError("the broker is not back")

    def inject(self) -> None:
        self.calls.append("inject")
        if self._breaks == "inject":
            raise FaultError("its pods don't end")
        if self._breaks == "unforeseen":
            raise KeyError("spec")
        self.instants.asked = self.instants.gone = round(time.time() * 1000)
        self.is_gone.set()

    def recover(self) -> None:
        self.calls.append("recover")
        self.instants.recovery_asked = self.instants.ready = round(time.time() * 1000)


def schedule(broker: Any, *, after: int = 0, last: int = 0, events: list[str] | None = None) -> FaultSchedule:
    settings = FaultSettings.model_validate({"after": after, "for": last})
    return FaultSchedule(broker, settings, on_event=(events if events is not None else []).append)


def wait_for(planned: FaultSchedule, broker: Broker) -> None:
    planned.begin(time.time() * 1000)
    assert broker.is_gone.wait(10)


def test_a_fault_is_injected_and_recovered_in_its_time() -> None:
    broker = Broker()
    events: list[str] = []

    with schedule(broker, events=events) as planned:
        wait_for(planned, broker)

    assert broker.calls == ["enter", "inject", "recover", "exit"]
    assert events == ["fault asked for", "fault in force", "recovery asked for", "fault over"]
    assert planned.error is None
    assert planned.outage is not None
    assert planned.outage.began <= planned.outage.in_force <= planned.outage.ending <= planned.outage.over


def test_a_load_that_ends_early_ends_the_fault() -> None:
    broker = Broker()

    with schedule(broker, last=3600) as planned:
        wait_for(planned, broker)

    assert broker.calls == ["enter", "inject", "recover", "exit"]


@pytest.mark.parametrize("begins", [True, False], ids=["ends before the fault", "never began"])
def test_a_load_that_is_over_before_its_fault_has_none(*, begins: bool) -> None:
    broker = Broker()

    with schedule(broker, after=3600) as planned:
        if begins:
            planned.begin(time.time() * 1000)

    assert broker.calls == ["enter", "exit"]
    assert (planned.outage, planned.error) == (None, None)


def test_an_interrupt_leaves_the_fault_by_its_own_way_out() -> None:
    broker = Broker()

    def interrupted() -> None:
        with schedule(broker, last=3600) as planned:
            wait_for(planned, broker)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert "exit" in broker.calls


@pytest.mark.parametrize(
    ("breaks", "said"),
    [("inject", "its pods don't end"), ("unforeseen", "KeyError: 'spec'"), ("exit", "the broker is not back")],
)
def test_a_fault_that_fails_is_told_and_stays_no_secret(breaks: str, said: str) -> None:
    broker = Broker(breaks=breaks)

    with schedule(broker) as planned:
        planned.begin(time.time() * 1000)

    assert planned.error == said
    assert broker.calls[-1] == "exit"
