"""What k3d is told, and what is read in its answers; the samples are k3d 5.8.3's own, trimmed."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.core.paths import ROOT
from lab.process.shell import Command
from lab.settings.settings import Settings
from lab.tools import k3d
from lab.tools.k3d import ClusterState
from tests.lab.doubles import with_images
from tests.lab.made import SETTINGS

IMAGE = "sha256:8ce06bab215ffad595492f776dbd186bac35a1c8107e21e51d9437d5558e28c7"


def state(*, running: bool) -> dict[str, Any]:
    return {"Running": running, "Status": "running" if running else "exited", "Started": ""}


def mapped(port: str) -> list[dict[str, str]]:
    return [{"HostIp": "127.0.0.1", "HostPort": port}]


def listed(*, running: bool = True, agents: int = 3, name: str = "matching-engine-exp") -> list[dict[str, Any]]:
    """`k3d cluster list --output json`, as recorded for a cluster made from the lab's configuration file."""
    ports = {
        "30000/tcp": mapped("3000"),
        "30080/tcp": mapped("8080"),
        "30090/tcp": mapped("9090"),
        "6443": mapped("38851"),
    }
    server = {
        "name": f"k3d-{name}-server-0",
        "role": "server",
        "image": IMAGE,
        "portMappings": ports,
        "State": state(running=running),
    }
    return [
        {
            "name": name,
            "network": {"name": f"k3d-{name}", "ipam": {"ipPrefix": "", "Managed": False}, "Members": None},
            "nodes": [
                *(
                    {"name": f"k3d-{name}-agent-{n}", "role": "agent", "image": IMAGE, "State": state(running=running)}
                    for n in range(agents)
                ),
                server,
            ],
            "InitNode": None,
            "serversRunning": int(running),
            "serversCount": 1,
        }
    ]  # fmt: skip


REGISTRIES = [
    {
        "name": "k3d-matching-engine-exp-registry",
        "role": "registry",
        "image": "sha256:1c29246ec71213995c398ec773dba23383a4f4d1edc20b8106af31ec16ba235e",
        "portMappings": {"5000/tcp": mapped("5111")},
        "Networks": ["k3d-matching-engine-exp", "bridge"],
        "State": state(running=True),
    }
]


def config(settings: Settings, **changes: Any) -> dict[str, Any]:
    """What k3d reads in the file that is written for it."""
    cluster = settings.cluster.model_copy(update=changes)
    read: dict[str, Any] = yaml.safe_load(k3d.config_text(settings.model_copy(update={"cluster": cluster})))
    return read


def test_nodes_take_in_the_archive_that_a_bundle_brought() -> None:
    read = yaml.safe_load(k3d.config_text(SETTINGS, Path("/there/0123.tar")))

    assert read["volumes"] == [
        {
            "volume": "/there/0123.tar:/var/lib/rancher/k3s/agent/images/0123.tar:ro",
            "nodeFilters": ["server:*", "agent:*"],
        }
    ]
    assert "volumes" not in yaml.safe_load(k3d.config_text(SETTINGS))


CONFIGS: list[tuple[dict[str, Any], str, Any]] = [
    # Without `:direct` k3d goes through its load balancer; without the address all the world gets in.
    ({}, "ports", [{"port": f"127.0.0.1:{lead}", "nodeFilters": ["server:0:direct"]} for lead in ("8080:30080", "8081:30081", "9090:30090", "3000:30000")]),
    ({}, "kubeAPI", {"hostIP": "127.0.0.1"}),
    # Whatever cluster is current stays so.
    ({}, "options.kubeconfig", {"updateDefaultKubeconfig": False, "switchCurrentContext": False}),
    ({"timeout": 77}, "options.k3d", {"wait": True, "timeout": "77s", "disableLoadbalancer": True}),
    # Each node says whose it is.
    ({}, "options.runtime.labels", [{"label": label, "nodeFilters": ["server:*", "agent:*"]} for label in ("app.kubernetes.io/part-of=matching-engine-lab", f"matching-engine-lab/checkout={ROOT}")]),
    ({}, "metadata", {"name": "matching-engine-exp"}),
    ({}, "servers", 1),
    ({"agents": 2}, "agents", 2),
    ({"image": "rancher/k3s:v1.33.13-k3s1"}, "image", "rancher/k3s:v1.33.13-k3s1"),
    ({}, "registries", {"use": ["k3d-matching-engine-exp-registry:5000"]}),
    ({"disable": ("traefik",)}, "options.k3s.extraArgs", [{"arg": "--disable=traefik", "nodeFilters": ["server:*"]}]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "way", "expected"), CONFIGS, ids=[way for _, way, _ in CONFIGS])
def test_the_cluster_is_as_the_settings_have_it_and_touches_nothing_of_the_user_s(
    settings: Settings, changes: dict[str, Any], way: str, expected: Any
) -> None:
    made: Any = config(settings, **changes)
    for key in way.split("."):
        made = made[key]

    assert made == expected


def test_what_is_published_is_what_leads_into_the_cluster(settings: Settings) -> None:
    assert k3d.published(settings) == {8080, 8081, 9090, 3000}


def test_where_images_are_imported_the_cluster_uses_no_registry(settings: Settings) -> None:
    assert "registries" not in config(with_images(settings, delivery="import"))


STATES: list[tuple[Any, ClusterState | None]] = [
    (listed(), ClusterState(servers=1, agents=3, running=4, ports=frozenset({8080, 9090, 3000}))),
    (listed(running=False, agents=0), ClusterState(servers=1, agents=0, running=0, ports=frozenset({8080, 9090, 3000}))),
    (listed(name="another"), None),
    ([{"name": "matching-engine-exp", "nodes": None}], None),
    ([{"name": "matching-engine-exp", "nodes": [{"role": "loadbalancer", "State": state(running=True)}]}], None),
    ([], None),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), STATES)
def test_what_stands_is_read_from_k3d_s_list(answer: Any, expected: ClusterState | None) -> None:
    assert k3d.parse_clusters(json.dumps(answer), "matching-engine-exp") == expected


@pytest.mark.parametrize("api", ["6443", "6443/tcp"])
def test_the_api_s_own_port_is_not_one_that_is_published(api: str) -> None:
    answer = listed(agents=0)
    answer[0]["nodes"][0]["portMappings"] = {api: mapped("38851")}

    found = k3d.parse_clusters(json.dumps(answer), "matching-engine-exp")

    assert found is not None
    assert found.ports == frozenset()


def test_nothing_at_all_in_k3d_s_answer_is_no_cluster_and_no_registry() -> None:
    assert k3d.parse_clusters("", "x") is None
    assert k3d.parse_registries("", "x") is None


STOPPED = [{**REGISTRIES[0], "State": state(running=False)}]
UNMAPPED = [{**REGISTRIES[0], "portMappings": None}]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (REGISTRIES, (True, 5111)),
        (STOPPED, (False, 5111)),
        (UNMAPPED, (True, 0)),
        ([], None),
        ([{"name": "k3d-r"}], None),
    ],
)
def test_the_registry_s_state_and_port_are_read(answer: Any, expected: tuple[bool, int] | None) -> None:
    assert k3d.parse_registries(json.dumps(answer), "matching-engine-exp") == expected


COMMANDS = [
    (k3d.create_command("k3d", SETTINGS, "/f"), "k3d cluster create --config /f"),
    (k3d.delete_command("k3d", "x"), "k3d cluster delete x"),
    (k3d.kubeconfig_command("k3d", "x"), "k3d kubeconfig get x"),
    (k3d.registry_create_command("k3d", SETTINGS), "k3d registry create matching-engine-exp-registry --image docker.io/library/registry:2 --port 127.0.0.1:5111 --no-help"),
    (k3d.registry_delete_command("k3d", "x"), "k3d registry delete k3d-x-registry"),
    # The default mode logs a node's failure and returns 0.
    (k3d.import_command("k3d", Path("a.tar"), "x"), "k3d image import a.tar --cluster x --mode direct"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[shown for _, shown in COMMANDS])
def test_a_command_names_the_cluster_and_never_the_user_s_files(command: Command, shown: str) -> None:
    assert str(command) == shown


def test_what_would_disturb_a_later_command_is_in_the_ledger_while_it_runs(settings: Settings) -> None:
    assert all(
        command.lasting
        for command in (
            k3d.create_command("k3d", settings, "/f"),
            k3d.delete_command("k3d", "x"),
            k3d.registry_create_command("k3d", settings),
            k3d.registry_delete_command("k3d", "x"),
        )
    )


def test_k3d_gets_longer_than_its_own_limit_to_take_back_what_it_began(settings: Settings) -> None:
    assert k3d.create_command("k3d", settings, "/f").deadline > settings.cluster.timeout
