"""Each of the spec's criteria holds on a healthy lab, and turns red by any one lie; pure, with plain values."""

from dataclasses import replace
from typing import Any

import pytest

from lab.bringup.images import Delivery
from lab.cluster.kube import Object
from lab.core.asking import Answer
from lab.judge.verdict import CaseVerdict, Outcome, Verdict
from lab.measure.measurements import CaseMeasurements
from lab.settings.topology import Topology
from lab.tools import docker
from lab.tools.preflight import Totals
from lab.verify import (  # fmt: skip
    addresses,
    agreement,
    broker_outage,
    dashboards,
    image_origins,
    live_objects,
    order,
    pods,
    teardown,
    trial_cases,
    workload_parts,
)
from lab.verify import control_pod as control_
from lab.verify import nodes as nodes_
from lab.verify import redpanda as broker_
from lab.verify.criteria import CRITERIA
from lab.verify.finding import Finding
from lab.verify.traffic import Sent
from tests.lab import made
from tests.lab.sites import MULTI, SETTINGS, SINGLE, broker, control, gateway, monitors, node, nodes, pod, shard, target

ONE = Answer(status=200, text='{"status":"UP","shardId":"a"}')
CONTROL = Answer(status=200, text='{"status":"UP","component":"control"}')
GATEWAY = Answer(status=200, text='{"status":"UP","component":"edge-gateway"}')
SILENCE = Answer(status=0, text="no answer (Connection refused)")
SOURCES = Answer(status=200, text='[{"type": "prometheus", "name": "Prometheus", "uid": "prometheus"}]')
REFUSED = Answer(status=401, text="Invalid username or password")
REFERENCE = "k3d-lab-registry:5000/matching-engine:experiment-v1-0123456789ab"
TOPICS = {"orders": 12, "matches": 12}
MEASURED = {case: made.measured(case) for case in ("a1", "a2")}
HOST = docker.Engine(version="29", cpus=2, memory=16 * 2**30, cgroup="2", storage="overlay2")
ASKED = Totals(cpu=2.5, memory=2 * 2**30)


def ac1(*found: Object) -> Finding:
    return nodes_.judge(found, SETTINGS.name, SETTINGS.cluster)


def ac3(pod_: Object, topics: dict[str, int]) -> Finding:
    return broker_.judge([pod_], topics, SETTINGS.topics)


def ac4(image: str = REFERENCE, *, lacking: tuple[str, ...] = (), found: list[Object] | None = None) -> Finding:
    item = Delivery(
        role="engine", source="matching-engine:experiment-v1", id="sha256:0", reference=REFERENCE, pushed="x"
    )
    return image_origins.judge([item], {"engine": lacking}, [shard(image=image)] if found is None else found)


def ac5(pods_: list[Object], targets: list[Object]) -> Finding:
    return workload_parts.judge({"me-shard-a": pods.handlers(SINGLE)["me-shard-a"]}, pods_, targets)


def ac6(*without: str, **changes: Any) -> Finding:
    found = [shard("a"), shard("b"), shard("c", **changes), gateway()]
    left = [one for one in found if one["metadata"]["name"] not in without]
    return workload_parts.judge(pods.handlers(MULTI), left, [target(one) for one in left])


def ac9(before: dict[str, float], after: dict[str, float]) -> Finding:
    return order.judge(before, after, ["a"])


def ac12(case: str = "a1", reason: str = "k6 sent no order", **changes: CaseMeasurements | None) -> Finding:
    told = CaseVerdict(case=case, outcome=Outcome.FAIL, reasons=(reason,))
    verdict = Verdict(suite="asr1", profile="smoke", runtime="k3d", outcome=Outcome.FAIL, reason=reason, cases=(told,))
    measured = {**MEASURED, **changes}
    return trial_cases.judge(("a1", "a2"), verdict, {case: one for case, one in measured.items() if one is not None})


def ac14(*problems: str, restarts: int = 0) -> Finding:
    during = [Sent(at=1.0, seconds=0.004, problem=problem) for problem in problems]
    return broker_outage.judge(during, {"me-shard-a-1": 0}, {"me-shard-a-1": restarts}, away=12.0)


def scraped(*found: Object, targets: list[Object] | None = None) -> Finding:
    return agreement.judge_scraping(found, [target(one) for one in found] if targets is None else targets)


def room(live_: Totals = ASKED, *, memory: int = HOST.memory) -> Finding:
    host = docker.Engine(version="29", cpus=2, memory=memory, cgroup="2", storage="overlay2")
    return agreement.judge_room(live_, ASKED, host)


def beside(*found: Object, topology: Topology = SINGLE, answer: Answer = CONTROL, node: str = "agent-0") -> Finding:
    """The control by its pod and its answer; all pods but it are on one node."""
    for one in found:
        one["spec"]["nodeName"] = node if one["metadata"]["name"].startswith("control") else "agent-0"
    return control_.judge(found, topology, answer)


def names(*, symbols: str = "TEST-ASSET-A") -> Finding:
    """A shard and its entry, of which the shard may own no symbol."""
    labels = {"app": "matching-engine", "shard": "a"}
    env = [
        {"name": "SHARD_ID", "value": "a"},
        {"name": "SHARD_SYMBOLS", "value": symbols},
        {"name": "KAFKA_BOOTSTRAP", "value": "entry:8080"},
    ]
    container = {"ports": [{"name": "http", "containerPort": 8080}], "env": env}
    space = {"namespace": "matching-engine"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    ports = [{"name": "http", "port": 8080, "targetPort": 8080}]
    return agreement.judge_names(
        [
            {"kind": "Deployment", "metadata": {"name": "me-shard-a", **space}, "spec": {"template": template}},
            {"kind": "Service", "metadata": {"name": "entry", **space}, "spec": {"selector": labels, "ports": ports}},
        ],
        "matching-engine",
    )


HOLDS = {
    "ac1": ac1(*nodes()),
    "ac2": workload_parts.judge(workload_parts.MONITORS, monitors()),
    "ac3": ac3(broker(), TOPICS),
    "ac4": ac4(),
    "ac5": ac5([shard()], [target(shard())]),
    "ac6": ac6(),
    "ac7": addresses.judge_ports({"http://127.0.0.1:8080/health": ONE, "port-forward me-shard-a:8080": ONE}),
    "ac8": addresses.judge_health(ONE, SINGLE),
    "ac9": ac9({"a": 41}, {"a": 42}),
    "ac10": dashboards.judge(SOURCES, REFUSED, ONE),
    "ac11": teardown.judge("lab-ac11", ["container k3d-lab-ac11-server-0"], [], []),
    "ac12": ac12(),
    "ac13": ac12(),
    "ac14": ac14("", ""),
    "control": beside(control(), shard()),
    "names": names(),
    "scraped": scraped(shard(), gateway()),
    "room": room(),
    "drift": live_objects.judge([], [], []),
}

LIES = [
    ("control", "it has no pod", beside(shard()), "control has no pod"),
    ("control", "it is not ready", beside(control(ready=False), shard()), "control-1: container main runs but is not ready"),
    ("control", "another is at its port", beside(control(), shard(), answer=ONE), f"GET /health at the control's port must be 200, UP and the control's; got {ONE}"),
    ("control", "nobody is at its port", beside(control(), shard(), answer=SILENCE), f"GET /health at the control's port must be 200, UP and the control's; got {SILENCE}"),
    ("control", "it stayed behind at a switch", beside(control(), gateway(), topology=MULTI, node="agent-1"), "control runs on agent-1, edge-gateway on agent-0; run './invokew up'"),
    ("ac1", "a node is not ready", ac1(*nodes()[:3], node("agent", 2, ready="Unknown")), "k3d-matching-engine-exp-agent-2: kubelet stopped posting node status"),
    ("ac1", "a node is missing", ac1(*nodes()[:3]), "agent nodes must be 3; got 2"),
    ("ac1", "a node is cordoned", ac1(*nodes()[:3], node("agent", 2, cordoned=True)), "k3d-matching-engine-exp-agent-2 is cordoned"),
    ("ac2", "Grafana has no pod", workload_parts.judge(workload_parts.MONITORS, monitors()[:1]), "grafana has no pod"),
    ("ac2", "Prometheus is not ready", workload_parts.judge(workload_parts.MONITORS, [*monitors(ready=False)[:1], *monitors()[1:]]), "prometheus-1: container main runs but is not ready"),
    ("ac3", "a topic is missing", ac3(broker(), {"orders": 12}), "topic 'matches' must have 12 partitions; it is not there"),
    ("ac3", "a topic has other partitions", ac3(broker(), {**TOPICS, "orders": 3}), "topic 'orders' must have 12 partitions; it has 3"),
    ("ac3", "the broker crashes", ac3(broker(waiting="CrashLoopBackOff"), TOPICS), "redpanda-0: CrashLoopBackOff of container main (exit code unknown)"),
    ("ac3", "there is no broker", ac3(pod("other"), TOPICS), "redpanda-0 has no pod"),
    ("ac4", "an older image runs", ac4("old:1"), f"me-shard-a-1 runs old:1, Docker's store has {REFERENCE}; run './invokew up'"),
    ("ac4", "the registry lacks it", ac4(lacking=("the registry (127.0.0.1:5111)",)), f"{REFERENCE} is not in the registry (127.0.0.1:5111); run './invokew images'"),
    ("ac4", "nothing runs it", ac4(found=[]), "no pod runs matching-engine:experiment-v1"),
    ("ac5", "the shard has no pod", ac5([], []), "me-shard-a has no pod"),
    ("ac5", "its image is missing", ac5([shard(waiting="ErrImageNeverPull")], [target(shard())]), "me-shard-a-1: ErrImageNeverPull for 'image:1'"),
    ("ac5", "it is not scraped", ac5([shard()], []), "me-shard-a-1 must be scraped by exactly one target; got 0"),
    ("ac5", "its scrape fails", ac5([shard()], [target(shard(), health="down", error="connection refused")]), "me-shard-a-1 gives Prometheus no answer: connection refused"),
    ("ac6", "a shard is missing", ac6("me-shard-b-1"), "me-shard-b has no pod"),
    ("ac6", "the gateway is missing", ac6("edge-gateway-1"), "edge-gateway has no pod"),
    ("ac6", "the last shard is not ready", ac6(ready=False), "me-shard-c-1: container main runs but is not ready"),
    ("ac7", "a port does not answer", addresses.judge_ports({"http://127.0.0.1:9090/-/ready": SILENCE}), "http://127.0.0.1:9090/-/ready: no answer (Connection refused)"),
    ("ac7", "the forward leads nowhere", addresses.judge_ports({"port-forward me-shard-a:8080": Answer(status=503, text="x")}), "port-forward me-shard-a:8080: HTTP 503 x"),
    ("ac8", "the entry does not answer", addresses.judge_health(SILENCE, SINGLE), "GET /health must be 200 and UP; got no answer (Connection refused)"),
    ("ac8", "it says DOWN", addresses.judge_health(Answer(status=200, text='{"status":"DOWN"}'), SINGLE), 'GET /health must be 200 and UP; got HTTP 200 {"status":"DOWN"}'),
    ("ac8", "the gateway is at a single shard's entry", addresses.judge_health(GATEWAY, SINGLE), "the entry of topology single must be shardId 'a'; got None"),
    ("ac8", "a shard is at the gateway's entry", addresses.judge_health(ONE, MULTI), "the entry of topology multi must be component 'edge-gateway'; got None"),
    ("ac9", "it is not counted", ac9({"a": 41}, {"a": 41}), "me_matches_total of shard a must rise by 1 with one fill; it rose by 0"),
    ("ac9", "it is counted twice", ac9({"a": 82}, {"a": 84}), "me_matches_total of shard a must rise by 1 with one fill; it rose by 2"),
    ("ac9", "there is no such series", ac9({}, {}), "me_matches_total of shard a is not in the metrics"),
    ("ac10", "it does not answer", dashboards.judge(SILENCE, SILENCE, SILENCE), "the login of admin must open it; got no answer (Connection refused)"),
    ("ac10", "the login is refused", dashboards.judge(REFUSED, REFUSED, REFUSED), "the login of admin must open it; got HTTP 401 Invalid username or password"),
    ("ac10", "any login is taken", dashboards.judge(SOURCES, SOURCES, ONE), f"a wrong password must be refused with 401; got {SOURCES}"),
    ("ac10", "there is no data source", dashboards.judge(Answer(status=200, text="[]"), REFUSED, ONE), "no data source is of type prometheus"),
    ("ac10", "the data source leads nowhere", dashboards.judge(SOURCES, REFUSED, Answer(status=502, text="x")), "the Prometheus data source does not answer: HTTP 502 x"),
    ("ac11", "a network is left", teardown.judge("lab-ac11", ["x"], ["network k3d-lab-ac11"], []), "network k3d-lab-ac11 is left"),
    ("ac11", "its context is left", teardown.judge("lab-ac11", ["x"], [], ["/home/me/.kube/config"]), "/home/me/.kube/config still has its context"),
    ("ac11", "it never was there", teardown.judge("lab-ac11", [], [], []), "cluster lab-ac11 was not made though k3d reported success"),
    ("ac12", "a case was not measured", ac12(a1=None), "a1 was not measured: k6 sent no order"),
    ("ac12", "a case broke", ac12(a2=replace(MEASURED["a2"], problems=("k6 ended with 107",))), "a2 broke: k6 ended with 107"),
    ("ac12", "no order was accepted", ac12(a2=replace(MEASURED["a2"], sent=510, accepted=0)), "a2: none of 510 orders was accepted"),
    ("ac13", "a case was not measured", ac12(a2=None), "a2 was not measured: nothing says why"),
    ("ac14", "an order fails meanwhile", ac14("", "the BUY to shard a was not accepted: HTTP 503"), "1 of 2 orders failed meanwhile, the first: the BUY to shard a was not accepted: HTTP 503"),
    ("ac14", "no order was sent meanwhile", ac14(), "no order was sent while the broker was away"),
    ("ac14", "the engine restarted", ac14("", restarts=1), "what handles orders restarted: me-shard-a-1 0 became me-shard-a-1 1"),
    ("names", "a shard owns nothing", names(symbols=""), "me-shard-a: SHARD_SYMBOLS names no symbol"),
    ("scraped", "twice, by the chart's own job", scraped(shard(), targets=[target(shard()), target(shard(), job="kubernetes-pods")]), "me-shard-a-1 must be scraped by exactly one target; got 2 (matching-engine, kubernetes-pods)"),
    ("scraped", "by another job", scraped(shard(), targets=[target(shard(), job="kubernetes-pods")]), "me-shard-a-1 must be scraped by job matching-engine; got kubernetes-pods"),
    ("scraped", "one that is gone", scraped(shard(), targets=[target(shard()), target(shard("b"))]), "me-shard-b-1 is scraped and is not there"),
    ("scraped", "there is nothing to scrape", scraped(), "no pod handles orders"),
    ("room", "the pods ask for other than the settings", room(Totals(cpu=3.5, memory=2 * 2**30)), "the pods must request 2.5 cores and 2 GiB by the settings; they request 3.5 cores and 2 GiB"),
    ("room", "memory is short", room(memory=3 * 2**30), "pods and nodes need 3.5 GiB, Docker has 3 GiB; give Docker more"),
    ("drift", "an object differs", live_objects.judge(["service/entry"], [], []), "different from the settings: service/entry; run './invokew up'"),
    ("drift", "another topology's object is left", live_objects.judge([], ["deployment/me-shard-b"], []), "not of this topology: deployment/me-shard-b; run './invokew up'"),
    ("drift", "a release differs", live_objects.judge([], [], ["grafana"]), "releases different from the settings: grafana; run './invokew up'"),
]  # fmt: skip


@pytest.mark.parametrize("id_", HOLDS)
def test_it_holds_on_a_healthy_lab_and_says_by_what(id_: str) -> None:
    assert HOLDS[id_].ok, HOLDS[id_].evidence
    assert HOLDS[id_].evidence


@pytest.mark.parametrize(("finding", "says"), [row[2:] for row in LIES], ids=[f"{row[0]}: {row[1]}" for row in LIES])
def test_a_lie_turns_it_red_and_is_named(finding: Finding, says: str) -> None:
    assert finding == Finding(ok=False, evidence=says)


def test_every_criterion_has_a_lie_that_turns_it_red() -> None:
    assert {one.id for one in CRITERIA} == {row[0] for row in LIES} == set(HOLDS)


def test_all_that_is_wrong_is_told() -> None:
    assert ac1(node("server", 0)).evidence == "agent nodes must be 3; got 0"
    assert ac3(broker(), {}).evidence.count("it is not there") == 2


def test_more_pods_request_than_docker_has_cores_is_said_and_no_failure() -> None:
    assert room().evidence == "pods request 2.5 cores and 2 GiB; Docker has 2 cores and 16 GiB: they share cores"


def test_requests_are_summed_over_what_still_runs() -> None:
    done = pod("done")
    done["status"]["phase"] = "Succeeded"

    assert agreement.requested([pod("a"), pod("b"), done]) == Totals(cpu=2, memory=2**30)


def test_a_missed_objective_is_no_fault_of_the_runner() -> None:
    assert ac12("a2", "p99 900 ms (limit 200 ms)").ok
