"""A lab of processes brought up for real, with the project's own engine and gateway: steps, books, state, status."""

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lab.cluster.lab import Lab
from lab.conduct import provenance
from lab.core import causes, http
from lab.core.errors import PreflightError, ToolError, UsageError
from lab.core.part_labels import GATEWAY
from lab.measure import lab_state
from lab.present.table import Row
from lab.process import ports, shell
from lab.process.ledger import identity
from lab.process.steps import Graph
from lab.run.outlook import Loss
from lab.runtime.process import loss, orphans, programs, scraper, state, status
from lab.runtime.process import runtime as runtime_
from lab.runtime.process.part import BROKER
from lab.runtime.process.runtime import ProcessRuntime
from lab.settings.topology import CONTROL, Topology
from lab.verify import broker_outage
from tests.lab.caused import by
from tests.lab.doubles import lab_of, silent
from tests.lab.runtime.process.test_part import GONE
from tests.lab.waiting import wait_until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs are scraped, and the broker is away, as often and as long as a claim needs; how much that is is none."""
    monkeypatch.setattr(scraper, "SCRAPE_SECONDS", 0.5)
    monkeypatch.setattr(broker_outage, "AWAY", 1.0)


@pytest.fixture
def single(own_lab: Lab) -> Topology:
    return own_lab.settings.topology("single")


@pytest.fixture
def multi(own_lab: Lab) -> Topology:
    return own_lab.settings.topology("multi")


def bring(runtime: ProcessRuntime, topology: Topology) -> dict[str, str]:
    """Bring it up; what became of each step."""
    graph = Graph(runtime.steps(topology))
    graph.run()
    return {name: record.state.value for name, record in graph.records.items()}


def health(runtime: ProcessRuntime) -> dict[str, str]:
    said: dict[str, str] = http.get(runtime.urls()["orders"] + "/health", timeout=5).json()
    return said


def pids() -> dict[str, int]:
    return {name: child.identity.pid for name, child in programs.known().items() if child.alive}


def rows(lab: Lab) -> dict[str, Row]:
    return {row.thing: row for row in status.rows(lab)}


def test_a_lab_comes_up_and_the_same_again_changes_nothing(runtime: ProcessRuntime, single: Topology) -> None:
    assert set(bring(runtime, single).values()) == {"done", "skipped"}
    before = pids()
    assert health(runtime)["shardId"] == "a"

    again = bring(runtime, single)

    assert {name: state for name, state in again.items() if state == "done"} == {"preflight": "done", "ready": "done"}
    assert pids() == before
    assert set(before) == {BROKER, CONTROL, "me-shard-a"}


def test_another_topology_takes_the_place_of_the_one_that_stands_and_back(
    runtime: ProcessRuntime, single: Topology, multi: Topology
) -> None:
    bring(runtime, single)
    bring(runtime, multi)

    assert health(runtime)["component"] == GATEWAY
    assert set(pids()) == {BROKER, CONTROL, GATEWAY, "me-shard-a", "me-shard-b", "me-shard-c"}
    assert runtime.topology_up() == "multi"

    bring(runtime, single)

    assert health(runtime)["shardId"] == "a"
    assert set(pids()) == {BROKER, CONTROL, "me-shard-a"}
    assert runtime.topology_up() == "single"


@pytest.mark.parametrize("name", ["me-shard-a", BROKER, CONTROL])
def test_what_has_died_is_brought_back(runtime: ProcessRuntime, single: Topology, name: str) -> None:
    bring(runtime, single)
    for process in programs.known()[name].processes():
        process.kill()
    wait_until(lambda: not programs.known()[name].alive)
    assert rows(runtime.lab)[name].state == "ended with 137"
    assert rows(runtime.lab)[name].ok is False

    bring(runtime, single)

    assert rows(runtime.lab)[name].ok
    assert health(runtime)["status"] == "UP"


@pytest.mark.parametrize("name", ["entry", "control"])
def test_a_port_that_is_taken_is_told_before_anything_is_started(
    runtime: ProcessRuntime, single: Topology, name: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", getattr(runtime.lab.settings.ports, name)))
        other.listen()

        with pytest.raises(PreflightError, match=rf"is taken by .*set ports\.{name} in", check=by(causes.PORT_TAKEN)):
            bring(runtime, single)

    assert programs.known() == {}


def test_an_engine_that_ends_at_once_is_told_with_its_last_words(own_lab: Lab, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    source = {"folder": str(tmp_path / "broken"), "command": "/bin/sh -c 'echo no heap; exit 3'"}
    sources = type(own_lab.settings.sources).model_validate({"engine": source})
    runtime = ProcessRuntime(lab=lab_of(own_lab.settings.model_copy(update={"sources": sources})))

    with pytest.raises(ToolError, match=r"me-shard-a ended with 3 as soon as it was started") as raised:
        bring(runtime, own_lab.settings.topology("single"))

    assert raised.value.details == ("no heap",)


def test_a_suite_takes_down_what_it_brought_up_and_leaves_what_stood(runtime: ProcessRuntime, single: Topology) -> None:
    with runtime.stay():
        bring(runtime, single)
    assert programs.known() == {}

    bring(runtime, single)
    runtime.keep()
    with runtime.stay():
        bring(runtime, single)
    assert set(pids()) == {BROKER, CONTROL, "me-shard-a"}
    assert orphans.sweep() == []


def test_down_ends_everything_and_twice_is_no_error(runtime: ProcessRuntime, multi: Topology, folder: Path) -> None:
    bring(runtime, multi)

    assert len(runtime.plan_down(keep_registry=True)) == 7
    assert set(runtime.down(silent, keep_registry=True)) == {
        f"{name} stopped" for name in (BROKER, CONTROL, GATEWAY, "me-shard-a", "me-shard-b", "me-shard-c")
    }

    assert not folder.exists()
    assert runtime.down(silent, keep_registry=True) == ["no process of the lab is there"]
    assert next(iter(status.rows(runtime.lab))).ok is False


def test_its_state_is_as_asked_until_a_source_or_a_file_changes(
    runtime: ProcessRuntime, single: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(runtime, single)
    seen = state.read(runtime.lab)

    assert list(lab_state.deviations(seen, single)) == []
    assert list(lab_state.unverifiable(seen)) == []
    other = tuple(replace(one, image="engine-ffffffffffff") for one in seen.containers)
    assert any("applied was" in line for line in lab_state.deviations(replace(seen, containers=other), single))
    monkeypatch.setattr(state, "files", lambda _: {"file experiment.yaml": "other"})
    assert "file experiment.yaml was changed" in list(lab_state.changed(seen, state.read(runtime.lab)))


def test_a_control_at_another_port_is_another_control_and_the_engines_stay(
    runtime: ProcessRuntime, single: Topology
) -> None:
    bring(runtime, single)
    before = pids()
    moved = runtime.lab.settings.ports.model_copy(update={"control": ports.free()})
    elsewhere = ProcessRuntime(lab=lab_of(runtime.lab.settings.model_copy(update={"ports": moved})))

    bring(elsewhere, single)

    assert http.get(elsewhere.urls()["control"] + "/health", timeout=5).json()["component"] == CONTROL
    assert {name for name, pid in pids().items() if before[name] != pid} == {CONTROL}


def test_an_engine_that_ends_during_a_load_is_an_ending(runtime: ProcessRuntime, single: Topology) -> None:
    bring(runtime, single)
    assert loss.of(programs.known().values()) is None
    since = time.time() * 1000
    for process in programs.known()["me-shard-a"].processes():
        process.kill()
    wait_until(lambda: not programs.known()["me-shard-a"].alive)

    seen = state.read(runtime.lab)

    assert [(one.workload, one.cause) for one in lab_state.endings(seen, since=since)] == [
        ("me-shard-a", "ended, exit code 137")
    ]
    assert set(seen.shards) == {"me-shard-a"}, "a program that has ended is told as an ending, with its code"
    assert loss.of(programs.known().values()) == Loss(what="me-shard-a is gone for good (ended, exit code 137)")


def test_a_run_keeps_what_ran_by_its_content_and_a_failure_what_the_programs_wrote(
    runtime: ProcessRuntime, single: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "tools", lambda *_: {"k6": "1.8.1"})
    bring(runtime, single)

    evidence = runtime.evidence(single)

    assert {one.container for one in evidence.images} == {BROKER, CONTROL, "me-shard-a"}
    assert all(one.digest.startswith("sha256:") for one in evidence.images)
    assert "without limits" in evidence.said[0]
    assert runtime.engines() == [programs.known()["me-shard-a"].part.source]
    assert "mock" in runtime.versions()["tools"]["broker"]
    found = {"processes.json", "host.json", "logs/me-shard-a.log", "logs/broker.log"}
    assert found <= runtime.collect().found.keys()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands that were given the terminal."""
    argv: list[tuple[str, ...]] = []
    monkeypatch.setattr(shell, "attach", lambda command: argv.append(command.argv))
    return argv


def test_logs_are_of_the_shards_or_of_the_part_that_is_named(
    runtime: ProcessRuntime, multi: Topology, shown: list[tuple[str, ...]]
) -> None:
    bring(runtime, multi)

    runtime.logs("", follow=False, previous=False)
    runtime.logs("broker", follow=True, previous=False)

    assert [Path(word).name for word in shown[0][2:]] == [f"me-shard-{shard}.log" for shard in "abc"]
    assert shown[1][2] == "-f"
    with pytest.raises(UsageError, match=r"name must be one of gateway, control, broker, redpanda, a, b, c; got 'x'"):
        runtime.logs("x", follow=False, previous=False)
    with pytest.raises(ToolError, match="part 'a' has written no earlier log"):
        runtime.logs("a", follow=False, previous=True)


def test_what_a_killed_command_left_behind_is_told_by_status_and_ended_by_the_next(
    runtime: ProcessRuntime, single: Topology
) -> None:
    bring(runtime, single)
    orphans.hand_over(GONE)
    said: list[str] = []

    assert "left behind by a command that was killed: " in rows(runtime.lab)["note"].state
    runtime.begin(said.append)

    (line,) = said
    assert line.startswith("left behind by a command that was killed, and ended: ")
    assert {"broker", "control", "me-shard-a"} == set(line.rpartition(": ")[2].split(", "))
    assert programs.known() == {}


def test_every_criterion_that_needs_no_cluster_holds(runtime: ProcessRuntime, multi: Topology) -> None:
    bring(runtime, multi)
    assert runtime._owner() == identity()

    with runtime.checks(lambda _: None) as checks:
        assert {"ac12", "ac13", "ac14"} <= checks.keys()
        findings = {id_: check() for id_, check in checks.items() if id_ not in {"ac12", "ac13"}}

    assert {id_: one.evidence for id_, one in findings.items() if not one.ok} == {}


def test_what_does_not_stand_is_not_checked(runtime: ProcessRuntime) -> None:
    absent = pytest.raises(ToolError, match="no lab of processes stands", check=by(causes.LAB_ABSENT))

    with absent, runtime.checks(lambda _: None):
        pass


def test_the_books_are_emptied_by_new_engines_at_the_same_ports(runtime: ProcessRuntime, multi: Topology) -> None:
    bring(runtime, multi)
    before = programs.known()
    orders = [{"orderId": "1", "symbol": "TEST-ASSET-E", "side": "SELL", "type": "LIMIT", "price": 1, "quantity": 1}]
    entry = runtime.urls()["orders"]
    assert http.request("POST", f"{entry}/seed/b", json={"orders": orders}, timeout=5).ok

    with runtime.load_context(multi, lambda _: None, lambda _: None) as context:
        emptied = context.empty_books()

    after = programs.known()
    assert set(emptied.pods) == {after[f"me-shard-{shard}"].pod for shard in "abc"}
    assert all(after[f"me-shard-{shard}"].identity != before[f"me-shard-{shard}"].identity for shard in "abc")
    assert after["me-shard-b"].part == before["me-shard-b"].part
    assert (after[GATEWAY], after[CONTROL]) == (before[GATEWAY], before[CONTROL])


def test_a_lab_whose_engine_gives_no_metrics_cannot_be_measured(
    runtime: ProcessRuntime, single: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(runtime, single)
    child = programs.known()["me-shard-a"]
    unscraped = replace(child, part=replace(child.part, metrics=9))  # nothing listens there
    monkeypatch.setattr(runtime_, "SCRAPED", 0.2)
    monkeypatch.setattr(runtime_, "_children", lambda: (unscraped,))

    with (
        pytest.raises(ToolError, match=r"me-shard-a-\d+ is not scraped after 0.2 s: it gives no metrics"),
        runtime.load_context(single, lambda _: None, lambda _: None),
    ):
        pass


def test_a_topology_without_its_gateway_is_not_green(runtime: ProcessRuntime, multi: Topology) -> None:
    """Its `up` may have been interrupted before it came to the gateway: then nobody takes orders."""
    bring(runtime, multi)
    programs.stop(GATEWAY)

    found = rows(runtime.lab)

    assert (found[GATEWAY].state, found[GATEWAY].ok) == ("absent", False)
    assert (found["orders"].note, found["orders"].ok) == ("/health does not answer", False)


@pytest.mark.parametrize(
    ("process", "says"),
    [
        ({"broker": "kafka"}, "process.broker is kafka, so process.kafka_home must name the folder"),
        ({"broker": "kafka", "kafka_home": "/nowhere"}, "process.kafka_home: there is no folder /nowhere; correct it"),
        ({"broker": "kafka", "kafka_home": "docs"}, r"process.kafka_home: .*/docs is not an unpacked Apache Kafka: "),
    ],
)
def test_a_kafka_that_is_not_there_is_a_wrong_setting(
    own_lab: Lab, folder: Path, process: dict[str, str], says: str
) -> None:
    made = type(own_lab.settings.process).model_validate(process)
    runtime = ProcessRuntime(lab=lab_of(own_lab.settings.model_copy(update={"process": made})))

    with pytest.raises(UsageError, match=rf"^experiment.yaml:\d+: {says}"):
        bring(runtime, own_lab.settings.topology("single"))
