"""What kubectl is told, and what counts as left over from before."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core.access import SPEC, Access, Namespaces
from lab.manifests import phases
from lab.process.shell import Command
from lab.tools import kubectl
from lab.tools.kubectl import ObjectName, leftovers, names_in

ACCESS = Access(kubeconfig=Path("/lab/kubeconfig"), context="k3d-lab")
MANIFEST = Path("/lab/single.k8s.yaml")
REACH = ("kubectl", "--kubeconfig", "/lab/kubeconfig", "--context", "k3d-lab")
B = ObjectName(kind="Deployment", namespace="matching-engine", name="me-shard-b")
C = ObjectName(kind="Service", namespace="matching-engine", name="me-shard-c")
SPACE = ObjectName(kind="Namespace", namespace="", name="matching-engine")
BOARD = ObjectName(kind="ConfigMap", namespace="monitoring", name="old-board")

COMMANDS: dict[str, tuple[Command, str]] = {
    "apply": (kubectl.apply_command("kubectl", ACCESS, MANIFEST), "apply --server-side --force-conflicts --field-manager=matching-engine-lab --filename /lab/single.k8s.yaml"),
    "apply a part": (
        kubectl.apply_command("kubectl", ACCESS, MANIFEST, selector="app=x"),
        "apply --server-side --force-conflicts --field-manager=matching-engine-lab --filename /lab/single.k8s.yaml --selector app=x",
    ),
    "diff": (
        kubectl.diff_command("kubectl", ACCESS, MANIFEST, selector="app=x"),
        "diff --server-side --force-conflicts --field-manager=matching-engine-lab --concurrency=4 --filename /lab/single.k8s.yaml --selector app=x",
    ),
    "diff of documents": (
        kubectl.diff_command("kubectl", ACCESS, None, documents="kind: Service\n"),
        "diff --server-side --force-conflicts --field-manager=matching-engine-lab --concurrency=4 --filename -",
    ),
    "annotate": (kubectl.annotate_command("kubectl", ACCESS, SPACE, "k", "v"), "annotate namespace matching-engine k=v --overwrite --field-manager=matching-engine-lab"),
    "owned": (
        kubectl.owned_command("kubectl", ACCESS),
        "get deployments,statefulsets,services,configmaps,networkpolicies --all-namespaces --selector app.kubernetes.io/part-of=matching-engine-lab --output json",
    ),
    "owned in a namespace": (
        kubectl.owned_command("kubectl", replace(ACCESS, namespaces=Namespaces(workloads="x", monitoring="x"))),
        "get deployments,statefulsets,services,configmaps,networkpolicies --namespace x --selector app.kubernetes.io/part-of=matching-engine-lab --output json",
    ),
    "annotate a ConfigMap": (
        kubectl.annotate_command("kubectl", ACCESS, BOARD, "k", "v"),
        "annotate configmap old-board k=v --overwrite --field-manager=matching-engine-lab --namespace monitoring",
    ),
    "orphan": (
        kubectl.orphan_command("kubectl", ACCESS, "statefulset/redpanda"),
        "delete statefulset/redpanda --namespace matching-engine --cascade=orphan --ignore-not-found",
    ),
    "readyz": (kubectl.readyz_command("kubectl", ACCESS), "get --raw /readyz --request-timeout=3s"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_call_goes_to_the_lab_s_own_cluster(name: str) -> None:
    """Never to the current context of whoever calls."""
    command, words = COMMANDS[name]

    assert command.argv == (*REACH, *words.split())


def test_a_diff_prints_whole_files_by_a_program_that_kubectl_accepts() -> None:
    """Its arguments may have letters, digits, - and = only: any other is dropped by kubectl."""
    command = kubectl.diff_command("kubectl", ACCESS, None, documents="kind: Service\n")

    assert command.stdin == "kind: Service\n"
    program, *arguments = command.env["KUBECTL_EXTERNAL_DIFF"].split()
    assert program == "diff"
    assert arguments == ["-N", "-U999999"]


def test_the_two_parts_of_a_manifest_leave_nothing_out_and_overlap_nowhere() -> None:
    inside, outside = phases.WORKLOADS.partition("(")[2], phases.NOT_WORKLOADS.partition("(")[2]

    assert (f"app in ({inside}", f"app notin ({outside}") == (phases.WORKLOADS, phases.NOT_WORKLOADS)
    assert inside == outside


def test_what_a_switch_applies_first_leaves_out_what_it_applies_last() -> None:
    assert f"{phases.NOT_WORKLOADS},!{phases.SWITCH}" == phases.ADDED
    assert {phases.SWITCHED_ENTRY, phases.SWITCHED_TOPOLOGY} == {
        "matching-engine-lab/switch=entry",
        "matching-engine-lab/switch=topology",
    }


def test_what_is_left_over_is_deleted_by_namespace() -> None:
    commands = kubectl.delete_command("kubectl", ACCESS, [C, BOARD, B])

    assert [command.argv for command in commands] == [
        (*REACH, "delete", "--namespace", "monitoring", "--cascade=foreground", "configmap/old-board"),
        (
            *(*REACH, "delete", "--namespace", "matching-engine", "--cascade=foreground"),
            *("deployment/me-shard-b", "service/me-shard-c"),
        ),
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
    """A switch to multi and back leaves no shard b, no gateway."""
    assert leftovers(owned(*map(document, there)), wanted, SPEC) == there - wanted


def test_what_another_made_or_keeps_is_never_left_over() -> None:
    """The lab owns only what it made."""
    elsewhere = ObjectName(kind="Deployment", namespace="team-x", name="me-shard-b")

    assert leftovers(owned(document(elsewhere), document(B, owner="Operator"), document(C)), set(), SPEC) == {C}


def test_no_answer_is_nothing_left_over() -> None:
    assert leftovers("", set(), SPEC) == set()


def test_the_same_name_in_another_namespace_or_kind_is_another_object() -> None:
    other = ObjectName(kind="Service", namespace="monitoring", name=B.name)

    assert leftovers(owned(document(B)), {other}, SPEC) == {B}


def test_no_documents_have_no_names() -> None:
    assert names_in([]) == set()
