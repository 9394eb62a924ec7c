"""`verify` finds a healthy lab healthy, leaves nothing, and turns red by what is made false by hand."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from lab.bringup.entry import urls
from lab.cluster.lab import Lab
from lab.core import http
from lab.core.paths import RUNS
from lab.measure.prometheus import Prometheus
from lab.settings.loading import load
from lab.verify.criteria import CRITERIA
from tests.cluster.cluster_tools import Ended, Invokew, kubectl, until
from tests.cluster.overlays import written

NAMESPACE = "matching-engine"
RUNNERS = {"ac12", "ac13"}
"""Whole trial runs: the suites' own tests have them."""
KNOWN = {one.id for one in CRITERIA}
GONE = 90.0
"""Seconds for a pod to end."""

Verify = Callable[..., dict[str, str]]


def marks(ended: Ended) -> dict[str, str]:
    """Check to its mark, from the table."""
    rows = [line.split() for line in ended.output.splitlines()]
    return {row[1]: row[0] for row in rows if len(row) > 1 and row[0] in {"✓", "✗", "–"} and row[1] in KNOWN}  # noqa: RUF001 - no minus


@pytest.fixture
def verify(lab: Lab, invokew: Invokew) -> Verify:
    """Runs checks and gives their marks; the exit code must go with them."""
    assert lab

    def run(*ids: str, **environment: str) -> dict[str, str]:
        ended = invokew("verify", f"--only={','.join(ids)}", **environment)
        found = marks(ended)
        assert set(found) == set(ids), ended.output
        assert ended.code == (4 if "✗" in found.values() else 0), ended.output
        print(ended.output)  # noqa: T201 - the evidence for who reads the log
        return found

    return run


def red(*ids: str) -> dict[str, str]:
    return dict.fromkeys(ids, "✗")


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.strip()


def everything() -> set[str]:
    """All that Docker has, and the runs."""
    listed = (
        ("ps", "--all", "--format", "{{.Names}}"),
        ("volume", "ls", "-q"),
        ("network", "ls", "--format", "{{.Name}}"),
    )
    return {name for words in listed for name in docker(*words).split()} | {path.name for path in RUNS.glob("*")}


@contextmanager
def scaled_to_0(lab: Lab, workload: str, *, namespace: str = NAMESPACE) -> Iterator[None]:
    """A workload without a pod, for as long as the context."""
    _, _, name = workload.partition("/")

    def is_gone() -> bool:
        return f"pod/{name}-" not in kubectl(lab, "get", "pods", "-n", namespace, "-o", "name")

    kubectl(lab, "scale", workload, "-n", namespace, "--replicas=0")
    try:
        until(is_gone, deadline=GONE, what=f"{name} has no pod")
        yield
    finally:
        kubectl(lab, "scale", workload, "-n", namespace, "--replicas=1")
        kubectl(lab, "rollout", "status", workload, "-n", namespace, "--timeout=120s", deadline=130)


@pytest.fixture
def broken_scripts(lab: Lab, tmp_path: Path) -> dict[str, str]:
    """Settings in which every load script throws; the cluster is what it was."""
    scripts = {case: Path(script).name for case, script in load().loadtests.scripts.items()}
    for script in scripts.values():
        (tmp_path / script).write_text("throw new Error('by hand');\nexport default function () {}\n")
    values = {"loadtests": {"folder": str(tmp_path), "scripts": scripts}}
    return {"LAB_SETTINGS": written(tmp_path / "settings.yaml", values)}


def test_a_healthy_lab_is_green_and_is_left_as_it_was(verify: Verify) -> None:
    before = everything()

    found = verify(*(one.id for one in CRITERIA if one.id not in RUNNERS))

    assert {id_ for id_, mark in found.items() if mark != "✓"} == {"ac6"}
    assert found["ac6"] == "–"  # noqa: RUF001 - no minus
    assert everything() == before


def test_ac1_a_node_that_is_cordoned(lab: Lab, verify: Verify) -> None:
    node = kubectl(lab, "get", "nodes", "-o", "name").split()[-1]
    kubectl(lab, "cordon", node)
    try:
        assert verify("ac1") == red("ac1")
    finally:
        kubectl(lab, "uncordon", node)


def test_ac2_ac10_grafana_without_a_pod(lab: Lab, verify: Verify) -> None:
    with scaled_to_0(lab, "deployment/grafana", namespace="monitoring"):
        assert verify("ac2", "ac10") == red("ac2", "ac10")


def test_ac3_ac14_a_broker_that_is_not_there(lab: Lab, verify: Verify) -> None:
    with scaled_to_0(lab, "statefulset/redpanda"):
        assert verify("ac3", "ac14", "drift") == red("ac3", "ac14", "drift")


def test_control_without_a_pod(lab: Lab, verify: Verify) -> None:
    with scaled_to_0(lab, "deployment/control"):
        assert verify("control", "ac8", "drift") == {**red("control", "drift"), "ac8": "✓"}


def test_ac4_an_image_that_was_replaced_and_not_delivered(lab: Lab, verify: Verify) -> None:
    name = lab.settings.images.engine.name
    built = docker("image", "inspect", "--format", "{{.Id}}", name)
    docker("tag", lab.settings.images.redpanda.name, name)
    try:
        assert verify("ac4") == red("ac4")
    finally:
        docker("tag", built, name)


def test_ac5_ac9_an_engine_that_is_not_scraped(lab: Lab, verify: Verify) -> None:
    prometheus = Prometheus(urls(lab)["prometheus"])
    words = ("pods", "-n", NAMESPACE, "-l", "shard=a", "--overwrite")

    def scraped() -> bool:
        return any(target["labels"].get("shard") == "a" for target in prometheus.targets())

    kubectl(lab, "annotate", *words, "prometheus.io/scrape=false")
    try:
        until(lambda: not scraped(), deadline=30, what="shard a is scraped no more")
        assert verify("ac5", "ac9", "scraped") == red("ac5", "ac9", "scraped")
    finally:
        kubectl(lab, "annotate", *words, "prometheus.io/scrape=true")
        until(scraped, deadline=30, what="shard a is scraped again")


def test_ac7_ac8_an_entry_that_leads_nowhere(lab: Lab, verify: Verify) -> None:
    url = urls(lab)["orders"] + "/health"

    def lead_to(shard: str) -> None:
        patch = f'{{"spec": {{"selector": {{"shard": "{shard}"}}}}}}'
        kubectl(lab, "patch", "service", "entry", "-n", NAMESPACE, "--type=merge", "--patch", patch)

    lead_to("nobody")
    try:
        until(lambda: not answers(url), deadline=20, what="the entry leads nowhere")
        assert verify("ac7", "ac8", "names", "drift") == red("ac7", "ac8", "names", "drift")
    finally:
        lead_to("a")
        until(lambda: answers(url), deadline=20, what="the entry leads to shard a")


def answers(url: str) -> bool:
    try:
        return http.get(url, timeout=3).ok
    except requests.RequestException:
        return False


def test_ac11_a_network_that_can_not_be_removed(lab: Lab, verify: Verify) -> None:
    """Somebody else's container is on it."""
    if lab.settings.images.delivery != "registry":
        pytest.skip("there is no registry to put on it")
    network, registry = f"k3d-{lab.settings.name}-ac11", f"k3d-{lab.settings.name}-registry"
    docker("network", "create", network)
    try:
        docker("network", "connect", network, registry)
        assert verify("ac11") == red("ac11")
    finally:
        docker("network", "disconnect", "--force", network, registry)
        docker("network", "rm", network)


def test_ac12_scripts_that_break(verify: Verify, broken_scripts: dict[str, str]) -> None:
    assert verify("ac12", **broken_scripts) == red("ac12")


@pytest.fixture(scope="module")
def multi(lab: Lab, invokew: Invokew) -> Iterator[Lab]:
    """The lab with three shards and the gateway; one shard again afterwards."""
    ended = invokew("up", "--topology=multi")
    assert ended.code == 0, ended.output
    yield lab
    ended = invokew("up", "--topology=single")
    assert ended.code == 0, ended.output


def test_three_shards_are_green_too(multi: Lab, verify: Verify) -> None:
    looks = [one.id for one in CRITERIA if not one.disturbs]

    assert verify(*looks) == dict.fromkeys(looks, "✓")


def test_ac6_a_shard_that_is_not_there(multi: Lab, verify: Verify) -> None:
    with scaled_to_0(multi, "deployment/me-shard-b"):
        assert verify("ac5", "ac6") == {"ac5": "✓", "ac6": "✗"}


def test_ac13_scripts_that_break(multi: Lab, verify: Verify, broken_scripts: dict[str, str]) -> None:
    assert verify("ac13", **broken_scripts) == red("ac13")
