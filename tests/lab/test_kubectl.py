"""What kubectl is told, and what counts as left over from before."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import kubectl
from lab.access import Access
from lab.kubectl import ObjectName, leftovers, manifest_names, names_in
from lab.shell import Command

ACCESS = Access(kubeconfig=Path("/lab/kubeconfig"), context="k3d-lab")
MANIFEST = Path("/lab/single.k8s.yaml")
REACH = ("kubectl", "--kubeconfig", "/lab/kubeconfig", "--context", "k3d-lab")
B = ObjectName(kind="Deployment", namespace="matching-engine", name="me-shard-b")
C = ObjectName(kind="Service", namespace="matching-engine", name="me-shard-c")
BOARD = ObjectName(kind="ConfigMap", namespace="monitoring", name="old-board")

COMMANDS: dict[str, tuple[Command, str]] = {
    "apply": (
        kubectl.apply_command("kubectl", ACCESS, MANIFEST),
        "apply --server-side --force-conflicts --field-manager=matching-engine-lab --filename /lab/single.k8s.yaml",
    ),
    "apply a part": (
        kubectl.apply_command("kubectl", ACCESS, MANIFEST, selector="app=x"),
        "apply --server-side --force-conflicts --field-manager=matching-engine-lab --filename /lab/single.k8s.yaml --selector app=x",
    ),
    "diff": (
        kubectl.diff_command("kubectl", ACCESS, MANIFEST, selector="app=x"),
        "diff --server-side --force-conflicts --field-manager=matching-engine-lab --filename /lab/single.k8s.yaml --selector app=x",
    ),
    "owned": (
        kubectl.owned_command("kubectl", ACCESS),
        "get deployments,statefulsets,services,configmaps,networkpolicies --all-namespaces --selector app.kubernetes.io/part-of=matching-engine-lab --output json",
    ),
    "orphan": (
        kubectl.orphan_command("kubectl", ACCESS, "statefulset/redpanda"),
        "delete statefulset/redpanda --namespace matching-engine --cascade=orphan --ignore-not-found",
    ),
    "readyz": (kubectl.readyz_command("kubectl", ACCESS), "get --raw /readyz --request-timeout=3s"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_call_goes_to_the_lab_s_own_cluster(name: str) -> None:
    """Errata 16: never to the current context of whoever calls."""
    command, words = COMMANDS[name]

    assert command.argv == (*REACH, *words.split())


def test_the_two_parts_of_a_manifest_leave_nothing_out_and_overlap_nowhere() -> None:
    inside, outside = kubectl.WORKLOADS.partition("(")[2], kubectl.NOT_WORKLOADS.partition("(")[2]

    assert (f"app in ({inside}", f"app notin ({outside}") == (kubectl.WORKLOADS, kubectl.NOT_WORKLOADS)
    assert inside == outside


def test_what_is_left_over_is_deleted_by_namespace() -> None:
    commands = kubectl.delete_command("kubectl", ACCESS, [C, BOARD, B])

    assert [command.argv for command in commands] == [
        (*REACH, "delete", "--namespace", "monitoring", "configmap/old-board"),
        (*REACH, "delete", "--namespace", "matching-engine", "deployment/me-shard-b", "service/me-shard-c"),
    ]


def test_when_nothing_is_left_over_nothing_is_deleted() -> None:
    assert kubectl.delete_command("kubectl", ACCESS, []) == []


def document(name: ObjectName, *, owner: str | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name.name, "namespace": name.namespace}
    if owner:
        metadata["ownerReferences"] = [{"kind": owner, "uid": "1"}]
    return {"kind": name.kind, "metadata": metadata}


def owned(*documents: dict[str, Any]) -> str:
    return json.dumps({"kind": "List", "items": documents})


NAMES = st.builds(
    ObjectName,
    kind=st.sampled_from(["Deployment", "Service"]),
    namespace=st.sampled_from(["matching-engine", "monitoring"]),
    name=st.sampled_from("abcd"),
)


@given(st.sets(NAMES), st.sets(NAMES))
def test_left_over_is_what_is_owned_and_no_longer_wanted(there: set[ObjectName], wanted: set[ObjectName]) -> None:
    """Errata 19: single → multi → single leaves no shard b, no gateway."""
    assert leftovers(owned(*map(document, there)), wanted) == there - wanted


def test_what_another_made_or_keeps_is_never_left_over() -> None:
    """Rule 10: own only what we made."""
    elsewhere = ObjectName(kind="Deployment", namespace="team-x", name="me-shard-b")

    assert leftovers(owned(document(elsewhere), document(B, owner="Operator"), document(C)), set()) == {C}


def test_no_answer_is_nothing_left_over() -> None:
    assert leftovers("", set()) == set()


def test_the_same_name_in_another_namespace_or_kind_is_another_object() -> None:
    other = ObjectName(kind="Service", namespace="monitoring", name=B.name)

    assert leftovers(owned(document(B)), {other}) == {B}


def test_a_manifest_is_read_for_its_names(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "---\nkind: Namespace\nmetadata: {name: matching-engine}\n---\n---\n"
        "kind: Service\nmetadata: {name: me-shard-c, namespace: matching-engine}\n"
    )

    assert manifest_names(path) == {C, ObjectName(kind="Namespace", namespace="", name="matching-engine")}
    assert names_in([]) == set()


def test_the_committed_topology_leaves_nothing_of_itself_over() -> None:
    manifest = Path(__file__).parents[2] / "dist" / "single.k8s.yaml"
    names = manifest_names(manifest)

    assert names
    assert leftovers(owned(*map(document, names)), names) == set()
    assert leftovers(owned(*map(document, names | {B})), names) == {B}
