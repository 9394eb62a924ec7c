import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from lab.cluster import fault
from lab.cluster.fault import Instants
from lab.core import causes
from lab.core.errors import FaultError, ToolError
from lab.run.fault_schedule import FaultSchedule
from lab.runtime.process import outage
from lab.runtime.process.broker import Broker
from lab.runtime.process.mock_client import MockBroker
from lab.runtime.process.outage import BrokerOutage, away
from lab.settings.case_settings import FaultSettings
from tests.lab.brokers import NAMES, PARTITIONS, publish, serving
from tests.lab.caused import by
from tests.lab.waiting import SOON, wait_until


class Double(Broker):
    """A broker that does what it is told, but for what `breaks` says; notes what it is asked to do."""

    bootstrap = "127.0.0.1:29092"

    def __init__(self, *breaks: str, partitions: int = PARTITIONS) -> None:
        self.breaks = set(breaks)
        self.calls: list[str] = []
        self.accepts = True
        self.has = partitions
        self.written = 0

    def take_away(self, longest: float) -> None:
        self.calls.append(f"take away for {longest:g} s")
        if "stop" in self.breaks:
            raise ToolError("it doesn't end")
        self.accepts = "go" in self.breaks

    def bring_back(self) -> None:
        self.calls.append("bring back")
        if "start" in self.breaks:
            raise ToolError("it doesn't start")
        self.accepts = "return" not in self.breaks

    def is_taken_away(self) -> bool:
        return "bring back" not in self.calls

    def is_there(self) -> bool:
        return self.accepts

    def partitions(self, names: Iterable[str]) -> Mapping[str, int]:
        return dict.fromkeys(names, self.has)

    def watermarks(self, names: Sequence[str]) -> Mapping[str, int]:
        if "answer" in self.breaks:
            raise ToolError("it doesn't answer")
        return dict.fromkeys(names, self.written)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MockBroker]:
    page = tmp_path / "broker.json"
    with serving(page):
        yield MockBroker(page)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GONE", "READY"):
        monkeypatch.setattr(outage, name, 0.0)
    monkeypatch.setattr(fault, "PUBLISHES", 0.0)


def planned(broker: Broker, *, written: bool = False) -> BrokerOutage:
    return BrokerOutage(broker, longest=SOON, names=NAMES, partitions=PARTITIONS, written=written)


def _run(made: BrokerOutage, then: Callable[[], None]) -> None:
    """A run that takes the broker away and is cut short."""
    with made:
        made.inject()
        then()


def test_a_schedule_takes_the_broker_away_and_brings_it_back(broker: MockBroker) -> None:
    events: list[str] = []
    settings = FaultSettings.model_validate({"after": 0, "for": 0})

    with FaultSchedule(planned(broker), settings, on_event=events.append) as schedule:
        schedule.begin(time.time() * 1000)
        wait_until(lambda: schedule.outage or schedule.error)

    assert events == ["fault asked for", "fault in force", "recovery asked for", "fault over"]
    assert schedule.error is None
    assert broker.is_there()


def test_an_outage_takes_the_broker_away_and_proves_that_it_is_back(broker: MockBroker) -> None:
    publish(broker, "orders", 5)
    with planned(broker) as made:
        assert away(broker) == (broker.bootstrap,)
        made.inject()
        assert away(broker) == ()
        made.recover()
        assert away(broker) == (broker.bootstrap,)

    found = made.instants
    assert 0 < found.asked <= found.gone <= found.recovery_asked <= found.ready
    assert found.publishing == 0
    assert broker.watermarks(NAMES) == {"orders": 5, "matches": 0}


def test_where_orders_flow_it_is_over_when_each_topic_is_written_again(broker: MockBroker) -> None:
    over = threading.Event()

    def orders() -> None:
        while not over.is_set():
            for name in NAMES:
                publish(broker, name, 1)

    with planned(broker, written=True) as made:
        made.inject()
        load = threading.Thread(target=orders, daemon=True)
        load.start()
        try:
            made.recover()
        finally:
            over.set()
            load.join(SOON)

    assert 0 < made.instants.ready <= made.instants.publishing


@pytest.mark.usefixtures("impatient")
def test_it_is_not_recovered_while_a_topic_is_not_written() -> None:
    with planned(Double(), written=True) as made:
        made.inject()
        with pytest.raises(
            FaultError,
            match="outage is not recovered: nothing was published to orders, matches",
            check=by(causes.OUTAGE_FAILED),
        ):
            made.recover()


@pytest.mark.usefixtures("impatient")
def test_it_is_over_though_an_engine_that_published_before_it_does_no_more() -> None:
    """The broker is back; what is lost is the design's own, and judged."""
    broker = Double()
    with planned(broker, written=True) as made:
        broker.written = 7
        made.inject()
        made.recover()

    assert (made.instants.ready > 0, made.instants.publishing) == (True, 0)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_leaving_undoes_it_whatever_happens(broker: MockBroker, error: type[BaseException]) -> None:
    def end() -> None:
        assert not broker.is_there()
        raise error

    with pytest.raises(error):
        _run(planned(broker), end)

    assert broker.is_there()
    assert not broker.is_taken_away()


def test_a_broker_that_is_away_already_is_not_taken_away(broker: MockBroker) -> None:
    other = MockBroker(broker.page)
    other.take_away(SOON)

    with planned(broker) as made, pytest.raises(FaultError, match=r"127\.0\.0\.1:\d+ is already down"):
        made.inject()

    assert not broker.is_there()


def test_a_topic_with_other_partitions_is_told_before_anything_is_taken_away() -> None:
    broker = Double(partitions=4)

    with planned(broker) as made, pytest.raises(FaultError, match="topic 'orders' must have 12 partitions; it has 4"):
        made.inject()

    assert broker.calls == []


def test_what_a_failed_taking_away_began_is_undone() -> None:
    broker = Double("stop")

    with planned(broker) as made, pytest.raises(FaultError, match="the broker can't be taken away: it doesn't end"):
        made.inject()

    assert broker.calls == ["take away for 30 s", "bring back"]


@pytest.mark.usefixtures("impatient")
def test_a_broker_that_does_not_go_is_said_and_brought_back() -> None:
    broker = Double("go")

    with planned(broker) as made, pytest.raises(FaultError, match="29092 still accepts connections 0 s after"):
        made.inject()

    assert made.instants.gone == 0
    assert broker.calls[-1] == "bring back"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("breaks", "why"),
    [
        ("return", "127.0.0.1:29092 still refuses connections 0 s after the broker was brought back"),
        ("start", "it doesn't start"),
        ("answer", "it doesn't answer"),
    ],
)
def test_a_broker_that_does_not_return_is_not_recovered(breaks: str, why: str) -> None:
    broker = Double(breaks)
    made = planned(broker)
    made.inject()

    with pytest.raises(FaultError, match=f"the broker outage is not recovered: {why}; './invokew up' tries"):
        made.recover()
    assert made.instants.ready == 0
    if breaks != "answer":  # leaving proves nothing of its topics
        with pytest.raises(FaultError, match=f"the broker outage is not recovered: {why}"):
            made.__exit__(None, None, None)

    broker.breaks.clear()
    made.__exit__(None, None, None)
    assert broker.is_there()


def test_where_nothing_was_taken_away_nothing_is_brought_back_nor_begun_once_the_run_is_being_ended() -> None:
    broker = Double()
    with planned(broker) as made:
        made.recover()

    assert made.instants == Instants()
    with pytest.raises(FaultError, match="the outage is over before it began"):
        made.inject()
    assert broker.calls == []


@pytest.mark.parametrize(("says_away", "accepts"), [(True, True), (False, False), (False, True)])
def test_a_broker_is_away_only_if_it_says_so_and_its_port_refuses(*, says_away: bool, accepts: bool) -> None:
    broker = Double()
    broker.calls = [] if says_away else ["bring back"]
    broker.accepts = accepts
    assert away(broker) == (broker.bootstrap,)

    broker.calls, broker.accepts = [], False
    assert away(broker) == ()
