"""The lab comes up whole, and coming up again changes nothing."""

import json
import subprocess
from ipaddress import ip_address, ip_network

from lab.bringup.entry import await_scraped, urls
from lab.cluster.lab import Lab
from lab.core import http, node_blocks
from lab.core.paths import STATE
from lab.tools import k3d
from tests.cluster.cluster_tools import Invokew, kubectl


def versions(lab: Lab) -> dict[str, str]:
    kinds = "deployments,statefulsets,services,configmaps,networkpolicies,pods"
    items = json.loads(kubectl(lab, "get", kinds, "--all-namespaces", "--output", "json"))["items"]
    ours = [i for i in items if i["metadata"]["namespace"] in {"matching-engine", "monitoring"}]
    return {f"{i['kind']}/{i['metadata']['name']}": i["metadata"]["resourceVersion"] for i in ours}


def test_up_again_changes_nothing(lab: Lab, invokew: Invokew) -> None:
    await_scraped(lab, lab.settings.topology("single"))
    before = versions(lab)
    ended = invokew("up")
    assert ended.code == 0, ended.output

    states = {row["step"]: row["state"] for row in json.loads((STATE / "timeline.json").read_text())["steps"]}

    assert versions(lab) == before
    assert {step for step, state in states.items() if state != "skipped"} == {"preflight", "heal"}


def test_an_object_of_a_release_that_somebody_edited_is_told_and_mended(lab: Lab, invokew: Invokew) -> None:
    """The server refuses Helm 4's upgrade of a field that has another owner."""
    where = ("service", "grafana", "--namespace", "monitoring")
    shown = ("--output", "jsonpath={.spec.ports[0].targetPort}")
    port = kubectl(lab, "get", *where, *shown)
    edit = [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 1234}]
    kubectl(lab, "patch", *where, "--type=json", f"--patch={json.dumps(edit)}")

    told = invokew("plan").output
    ended = invokew("up")

    assert "~ release/grafana: service/grafana: spec.ports" in told
    assert ended.code == 0, ended.output
    assert kubectl(lab, "get", *where, *shown) == port


def test_status_shows_everything_ready(lab: Lab, invokew: Invokew) -> None:
    ended = invokew("status")
    assert ended.code == 0, ended.output
    assert "✗" not in ended.output
    assert "http://127.0.0.1" in ended.output


def test_all_ports_are_on_loopback_and_lead_to_the_server_node(lab: Lab) -> None:
    shown = subprocess.run(
        ["docker", "port", f"k3d-{lab.settings.name}-server-0"], capture_output=True, text=True, check=True
    ).stdout
    assert f"30080/tcp -> 127.0.0.1:{lab.settings.ports.entry}" in shown
    assert f"30081/tcp -> 127.0.0.1:{lab.settings.ports.control}" in shown
    assert "0.0.0.0" not in shown


def test_the_nodes_are_as_the_settings_have_them(lab: Lab) -> None:
    state = k3d.cluster_state(lab.tools.path("k3d"), lab.settings.name)
    assert state is not None
    assert (state.servers, state.agents) == (lab.settings.cluster.servers, lab.settings.cluster.agents)


def test_the_policies_let_in_the_nodes_that_stand_and_no_other_network_of_docker_s(lab: Lab) -> None:
    nodes = json.loads(kubectl(lab, "get", "nodes", "--output", "json"))["items"]
    addresses = [one["address"] for node in nodes for one in node["status"]["addresses"] if one["type"] == "InternalIP"]
    entry = ("networkpolicy", "matching-engine-from-nodes", "--namespace", "matching-engine", "--output", "json")
    (rule,) = json.loads(kubectl(lab, "get", *entry))["spec"]["ingress"]
    let_in = {peer["ipBlock"]["cidr"] for peer in rule["from"]}

    assert all(any(ip_address(one) in ip_network(block) for block in let_in) for one in addresses)
    assert not let_in & set(node_blocks.DOCKER)


def test_grafana_opens_with_the_password_and_has_its_dashboard(lab: Lab) -> None:
    """The spec's criterion 10."""
    answer = http.get(f"{urls(lab)['grafana']}/api/search", auth=("admin", "admin"), timeout=10)
    assert answer.ok
    assert answer.json()


def test_pods_run_the_images_that_were_built_here(lab: Lab) -> None:
    """What runs is what the content-bound reference names."""
    pods = json.loads(kubectl(lab, "get", "pods", "--namespace", "matching-engine", "--output", "json"))["items"]
    built = subprocess.run(
        ["docker", "image", "inspect", "--format", "{{.Id}}", lab.settings.images.engine.name],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    images = [c["image"] for pod in pods for c in pod["spec"]["containers"] if c["name"] == "matching-engine"]
    assert images
    assert all(image.endswith(built.removeprefix("sha256:")[:12]) for image in images)
