"""What every pod of ours must be: Pod Security's level `restricted`, and stricter."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.core.quantity import amount

Objects = list[dict[str, Any]]


def _pods(objects: Objects) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in objects:
        if item["kind"] in {"Deployment", "StatefulSet"}:
            yield item["metadata"]["name"], item["spec"]["template"]["spec"]


def _containers(objects: Objects) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in _pods(objects):
        yield from ((name, container) for container in (*pod["containers"], *pod.get("initContainers", ())))


def test_every_pod_runs_as_a_user_of_its_own(manifests: Objects) -> None:
    for name, pod in _pods(manifests):
        security = pod["securityContext"]

        assert security["runAsNonRoot"] is True, name
        assert (
            security["runAsUser"]
            == security["runAsGroup"]
            == security["fsGroup"]
            == (101 if name == "redpanda" else 10001)
        ), name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name


def test_no_pod_gets_a_service_accounts_token_or_the_nodes_namespaces(manifests: Objects) -> None:
    for name, pod in _pods(manifests):
        assert pod["automountServiceAccountToken"] is False, name
        assert {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"}.isdisjoint(pod), name


def test_every_container_is_without_privileges_on_a_read_only_root(manifests: Objects) -> None:
    for name, container in _containers(manifests):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }, name


def test_every_container_has_requests_and_limits(manifests: Objects) -> None:
    every = {"cpu", "memory", "ephemeral-storage"}
    for name, container in _containers(manifests):
        assert container["resources"]["requests"].keys() == every, name
        # What the control sees is to be the surroundings' doing, never its own limit's.
        limited = every - {"cpu"} if name == "control" else every
        assert container["resources"]["limits"].keys() == limited, name


def test_a_pod_may_fill_its_folders_and_write_its_logs_without_being_evicted(manifests: Objects) -> None:
    """The kubelet keeps five files of 10 MiB of each container's log; a claim's volume doesn't count."""
    for name, pod in _pods(manifests):
        folders = sum(amount(volume["emptyDir"]["sizeLimit"]) for volume in pod["volumes"])
        (container,) = pod["containers"]

        assert amount(container["resources"]["limits"]["ephemeral-storage"]) >= folders + 50 * 2**20, name


def test_every_container_has_a_startup_probe_each_second_and_a_readiness_probe_on_the_same(manifests: Objects) -> None:
    for name, container in _containers(manifests):
        assert container["startupProbe"]["periodSeconds"] == 1, name
        assert container["startupProbe"]["httpGet"] == container["readinessProbe"]["httpGet"], name
        assert "initialDelaySeconds" not in container["readinessProbe"], name


def test_every_volume_is_mounted_and_bounded(manifests: Objects) -> None:
    for name, pod in _pods(manifests):
        mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}

        assert {volume["name"] for volume in pod["volumes"]} <= mounted, name
        assert all(volume["emptyDir"]["sizeLimit"] for volume in pod["volumes"]), name
        assert all("medium" not in volume["emptyDir"] for volume in pod["volumes"]), name


def test_the_logs_folder_has_at_least_twice_its_size(single: Objects) -> None:
    pod = dict(_pods(single))["me-shard-a"]
    env = {item["name"]: item["value"] for item in pod["containers"][0]["env"]}
    limit = next(volume["emptyDir"]["sizeLimit"] for volume in pod["volumes"] if volume["name"] == "wal")

    assert int(limit.removesuffix("Mi")) >= 2 * int(env["WAL_SIZE_MB"])


def test_both_namespaces_admit_restricted_pods_only(manifests: Objects) -> None:
    spaces = {item["metadata"]["name"]: item["metadata"]["labels"] for item in manifests if item["kind"] == "Namespace"}

    assert spaces.keys() == {"matching-engine", "monitoring"}
    for labels in spaces.values():
        for mode in ("enforce", "warn", "audit"):
            assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
            assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.33"


def test_every_object_and_pod_carries_the_labs_labels(manifests: Objects) -> None:
    own = {"app.kubernetes.io/part-of": "matching-engine-lab", "matching-engine-lab/name": "matching-engine-exp"}

    for item in manifests:
        assert own.items() <= item["metadata"]["labels"].items(), item["metadata"]["name"]
        if "template" in item.get("spec", {}):
            assert own.items() <= item["spec"]["template"]["metadata"]["labels"].items(), item["metadata"]["name"]


@pytest.mark.parametrize("flag", ["--unsafe-bypass-fsync=false", "--reserve-memory=0M"])
def test_the_broker_is_started_with(single: Objects, flag: str) -> None:
    assert flag in dict(_containers(single))["redpanda"]["args"]


@pytest.mark.parametrize("property_", ["write_caching_default", "auto_create_topics_enabled"])
def test_the_broker_has_what_rpks_development_defaults_turn_on_turned_off(single: Objects, property_: str) -> None:
    args = dict(_containers(single))["redpanda"]["args"]

    assert args[args.index(f"redpanda.{property_}=false") - 1] == "--set"
