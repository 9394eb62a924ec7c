"""When the lab answers from outside, and when its pods are scraped as a measurement needs it."""

from contextlib import nullcontext
from typing import Any

import pytest

from lab.bringup import entry
from lab.bringup.entry import await_led, entry_step, scrape_problem, urls
from lab.cluster.lab import Lab
from lab.core import causes
from lab.core.causes import Cause
from lab.core.errors import ToolError
from lab.measure.prometheus import Prometheus
from tests.lab.caused import by
from tests.lab.doubles import is_done


def target(
    pod: str, *, job: str = "matching-engine", health: str = "up", app: str = "matching-engine", namespace: str = "matching-engine"
) -> dict[str, Any]:  # fmt: skip
    return {
        "discoveredLabels": {"__meta_kubernetes_namespace": namespace, "__meta_kubernetes_pod_name": pod},
        "labels": {"app": app, "job": job},
        "health": health,
    }


REDPANDA = target("redpanda-0", app="redpanda", job="redpanda")
STRANGER = target("x", namespace="team-x")
ITSELF: dict[str, Any] = {"discoveredLabels": {}, "labels": {"job": "prometheus"}, "health": "down"}

SCRAPED = [
    ("one pod, once", [target("a")], 1, ""),
    ("three pods and the gateway", [target("a"), target("b"), target("c"), target("g", app="edge-gateway")], 4, ""),
    ("others are not looked at", [target("a"), REDPANDA, STRANGER, ITSELF], 1, ""),
    ("none yet", [], 1, "1 of 1 pods are not scraped yet"),
    ("one of two yet", [target("a")], 2, "1 of 2 pods are not scraped yet"),
    ("one is down", [target("a"), target("b", health="unknown")], 2, "1 of 2 pods are not scraped yet"),
    ("one that leaves is still there", [target("a"), target("old", health="down")], 1, "1 of 2 pods are not scraped yet"),
    ("twice, by the chart's own job", [target("a"), target("a", job="kubernetes-pods")], 1, "a is scraped by 2 targets (matching-engine, kubernetes-pods)"),
    ("one that is gone is still asked", [target("a"), target("old")], 1, "1 pods that are gone are still scraped"),
]  # fmt: skip


@pytest.mark.parametrize(("targets", "pods", "problem"), [row[1:] for row in SCRAPED], ids=[row[0] for row in SCRAPED])
def test_each_pod_is_scraped_well_and_once(targets: list[dict[str, Any]], pods: int, problem: str) -> None:
    assert scrape_problem(targets, pods, "matching-engine") == problem


@pytest.fixture
def answering(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The addresses that answer."""
    found = {
        urls(lab)["orders"] + "/health",
        urls(lab)["control"] + "/health",
        urls(lab)["prometheus"] + "/-/ready",
        urls(lab)["grafana"] + "/api/health",
    }
    monkeypatch.setattr(entry, "_answers", found.__contains__)
    monkeypatch.setattr(entry, "PAUSE", 0)
    return found


def test_the_lab_is_ready_when_all_answer(lab: Lab, answering: set[str]) -> None:
    del answering
    step = entry_step(lab, ())

    assert is_done(step) == "all answer"


@pytest.mark.parametrize(
    ("silent", "cause"),
    [
        ("http://127.0.0.1:8080/health", causes.ENTRY_SILENT),
        ("http://127.0.0.1:8081/health", causes.CONTROL_SILENT),
        ("http://127.0.0.1:9090/-/ready", causes.MONITORING_SILENT),
        ("http://127.0.0.1:3000/api/health", causes.MONITORING_SILENT),
    ],
)
def test_ready_gives_up_with_what_does_not_answer(
    lab: Lab, answering: set[str], silent: str, cause: Cause, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering.remove(silent)
    monkeypatch.setattr(entry, "DEADLINE", -1)
    step = entry_step(lab, ())

    assert is_done(step) is None
    with pytest.raises(
        ToolError, match=rf"the lab is up but {silent} does not answer .*; run './invokew status'", check=by(cause)
    ):
        step.run(lambda _: None)


def test_ready_waits_until_the_last_answers(lab: Lab, answering: set[str]) -> None:
    answering.remove("http://127.0.0.1:3000/api/health")
    said: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        answering.add("http://127.0.0.1:3000/api/health")

    entry_step(lab, ()).run(say)

    assert said == ["http://127.0.0.1:3000/api/health does not answer"]


HEALTH = [
    ("single", {"status": "UP", "shardId": "a"}, True),
    ("single", {"status": "UP", "shardId": "b"}, False),
    ("single", {"status": "UP", "component": "edge-gateway"}, False),
    ("multi", {"status": "UP", "component": "edge-gateway"}, True),
    ("multi", {"status": "UP", "shardId": "a"}, False),
    ("multi", {}, False),
]


@pytest.mark.parametrize(("topology", "said", "led"), HEALTH)
def test_orders_are_led_when_who_answers_is_who_takes_them(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, topology: str, said: dict[str, str], *, led: bool
) -> None:
    """Each says who it is."""
    monkeypatch.setattr(entry, "_health", lambda _: said)
    monkeypatch.setattr(entry, "DEADLINE", -1)

    with nullcontext() if led else pytest.raises(ToolError, match=r"run './invokew status'"):
        await_led(lab, lab.settings.topology(topology))


def test_leading_orders_elsewhere_is_waited_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nodes follow a moment after the Service."""
    said = [{"shardId": "a"}, {}, {"component": "edge-gateway"}]
    monkeypatch.setattr(entry, "_health", lambda _: said.pop(0))
    monkeypatch.setattr(entry, "PAUSE", 0)

    await_led(lab, lab.settings.topology("multi"))

    assert not said


def test_addresses_are_on_this_machine_and_follow_the_settings(lab: Lab) -> None:
    """Nothing listens to the network."""
    assert urls(lab) == {
        "orders": "http://127.0.0.1:8080",
        "control": "http://127.0.0.1:8081",
        "prometheus": "http://127.0.0.1:9090",
        "grafana": "http://127.0.0.1:3000",
    }


def test_a_prometheus_that_does_not_answer_has_no_targets() -> None:
    assert entry._targets(Prometheus("http://127.0.0.1:1")) == ()
    assert entry._answers("http://127.0.0.1:1") is False
    assert entry._health("http://127.0.0.1:1") == {}
