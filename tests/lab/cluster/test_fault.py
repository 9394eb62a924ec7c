import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import fault, journal
from lab.cluster.broker_statefulset import MARK
from lab.cluster.fault import BrokerOutage, heal
from lab.cluster.journal import Outage
from lab.cluster.kube import Object
from lab.core.errors import FaultError, ToolError
from tests.lab.outages import GONE, Cluster, broker, outage

Events = list[str]


class Dog:
    """Stands in for the watchdog's process."""

    def __init__(self, events: Events) -> None:
        self.events = events

    def dismiss(self) -> None:
        self.events.append("watchdog dismissed")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fault.json"


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch, path: Path) -> Events:
    """What happens, in order, each with what is so at that moment."""
    noted: Events = []

    def start(_outage: Outage, *, path: Path) -> Dog:
        noted.append(f"watchdog started, journal {'written' if path.exists() else 'missing'}")
        return Dog(noted)

    def note(words: str) -> Callable[..., None]:
        return lambda *_args, **_kwargs: noted.append(words + (", journal kept" if path.exists() else ""))

    monkeypatch.setattr("lab.cluster.watchdog.start", start)
    monkeypatch.setattr(fault, "wait_gone", note("gone"))
    monkeypatch.setattr(fault, "wait_ready", note("ready"))
    monkeypatch.setattr("lab.cluster.topics.prove", note("topics proved"))
    monkeypatch.setattr(fault, "wait_written", note("published"))
    return noted


@pytest.fixture
def cluster(events: Events, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster(broker(replicas=3))
    patch = made.patch

    def noted(*args: Any, **kwargs: Any) -> Object:
        found = patch(*args, **kwargs)
        events.append(f"scaled to {made.replicas}")
        return found

    monkeypatch.setattr(made, "patch", noted)
    return made


def planned(cluster: Cluster, path: Path, **options: Any) -> BrokerOutage:
    return BrokerOutage(cluster, longest=60, names=["orders"], partitions=12, path=path, **options)  # type: ignore[arg-type]


def _run(made: BrokerOutage, then: Callable[[], None]) -> None:
    """A run that takes the broker away and is cut short."""
    with made:
        made.inject()
        then()


BEGUN = ["watchdog started, journal written", "scaled to 0", "gone, journal kept"]
BACK = ["scaled to 3", "ready, journal kept"]


def test_an_outage_is_noted_before_anything_is_taken_away_and_proved_undone(
    cluster: Cluster, events: Events, path: Path
) -> None:
    """Journal, watchdog, scale, gone; then back to the replicas that were, ready, topics, published, and all notes away."""
    with planned(cluster, path, written=dict) as made:
        made.inject()
        made.recover()

    assert events == [*BEGUN, *BACK, "topics proved, journal kept", "published, journal kept", "watchdog dismissed"]
    assert not path.exists()
    assert MARK not in cluster.annotations


def test_its_instants_are_in_order(cluster: Cluster, path: Path) -> None:
    with planned(cluster, path, written=dict) as made:
        assert made.instants == fault.Instants()
        made.inject()
        made.recover()

    found = made.instants
    assert 0 < found.asked <= found.gone <= found.recovery_asked <= found.ready <= found.publishing


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_leaving_undoes_it_whatever_happens(
    cluster: Cluster, events: Events, path: Path, error: type[BaseException]
) -> None:
    def end() -> None:
        raise error

    with pytest.raises(error):
        _run(planned(cluster, path), end)

    assert events == [*BEGUN, *BACK, "watchdog dismissed"]
    assert not path.exists()


def test_leaving_before_it_began_does_nothing_and_lets_none_begin(cluster: Cluster, events: Events, path: Path) -> None:
    """Its thread may come to `inject` only after the run was interrupted."""
    with planned(cluster, path) as made:
        pass

    assert events == []
    with pytest.raises(FaultError, match="the outage is over before it began"):
        made.inject()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_would_end_the_process_undoes_it_first(
    cluster: Cluster, events: Events, path: Path, number: signal.Signals
) -> None:
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit) as caught:
            _run(planned(cluster, path), lambda: os.kill(os.getpid(), number))

        assert caught.value.code == 128 + number
        assert events == [*BEGUN, *BACK, "watchdog dismissed"]
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_the_handlers_of_others_are_left_alone(cluster: Cluster, path: Path) -> None:
    def handler(*_signal: object) -> None: ...

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with planned(cluster, path):
            assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_fails_as_a_fault_that_is_not_recovered_and_keeps_the_journal(
    cluster: Cluster, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise ToolError("redpanda is not ready after 120 s", details=["why"])

    monkeypatch.setattr(fault, "wait_ready", fail)
    with (
        pytest.raises(FaultError, match="the broker outage is not recovered: redpanda is not ready") as caught,
        planned(cluster, path) as made,
    ):
        made.inject()

    assert caught.value.exit_code == 7
    assert caught.value.details == ("why",)
    assert path.exists()
    assert cluster.replicas == 3


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "there is no redpanda to take away"),
        (broker(replicas=0), "redpanda has no replicas to take away"),
        (broker(replicas=0, mark=outage()), "the outage of redpanda begun by process .* is still under way"),
    ],
)
def test_fails_when_there_is_nothing_to_take_away(
    cluster: Cluster, events: Events, path: Path, found: Object | None, message: str
) -> None:
    cluster.found = found

    with pytest.raises(FaultError, match=message), planned(cluster, path) as made:
        made.inject()

    assert events == []
    assert not path.exists()


def test_nothing_is_taken_away_without_a_watchdog(
    cluster: Cluster, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_outage: Outage, *, path: Path) -> Dog:
        raise FaultError(f"the outage's watchdog does not start; see {path}")

    monkeypatch.setattr("lab.cluster.watchdog.start", fail)
    with pytest.raises(FaultError, match="watchdog does not start"), planned(cluster, path) as made:
        made.inject()

    assert cluster.replicas == 3
    assert not path.exists()


@pytest.mark.parametrize("noted", [True, False], ids=["by the journal and the mark", "by the mark alone"])
def test_the_next_command_heals_what_a_run_that_is_gone_left(cluster: Cluster, path: Path, noted: bool) -> None:
    left = outage(owner=GONE, replicas=3)
    cluster.found = broker(replicas=0, mark=left)
    if noted:
        journal.write(left, path=path)

    said = heal(cluster, path=path)  # type: ignore[arg-type]

    assert said == f"the outage of redpanda begun by process 1 on {left.host} was left behind; redpanda is back at 3"
    assert (cluster.replicas, path.exists()) == (3, False)
    assert heal(cluster, path=path) is None  # type: ignore[arg-type]


def test_the_outage_of_a_machine_of_which_it_is_known_that_it_is_gone_is_healed_before_it_is_late(
    cluster: Cluster, path: Path
) -> None:
    cluster.found = broker(replicas=0, mark=outage(host="elsewhere", replicas=3))

    assert heal(cluster, path=path) is None  # type: ignore[arg-type]
    said = heal(cluster, path=path, gone="elsewhere")  # type: ignore[arg-type]

    assert said is not None
    assert cluster.replicas == 3


READY = ["ready, journal kept"]
LEFT_BEHIND: dict[str, tuple[Object | None, Outage, Events, bool]] = {
    "a run that is at it is left alone": (broker(replicas=0, mark=outage()), outage(), [], True),
    "the watchdog scaled back, and was ended before it could say so": (broker(replicas=3), outage(owner=GONE), READY, False),
    "its cluster is gone": (None, outage(owner=GONE), [], False),
    "it is of another cluster": (broker(replicas=3), outage(owner=GONE, context="k3d-another"), [], True),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_a_journal_is_cleared_once_nothing_is_left_to_undo(
    cluster: Cluster, events: Events, path: Path, name: str
) -> None:
    cluster.found, noted, happens, is_kept = LEFT_BEHIND[name]
    journal.write(noted, path=path)

    said = heal(cluster, path=path)  # type: ignore[arg-type]

    assert (events, path.exists()) == (happens, is_kept)
    assert (said is not None) == bool(happens)
