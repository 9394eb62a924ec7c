"""A manifest is read, judged, applied and compared with what the cluster has."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.cluster.lab import Lab
from lab.core import causes
from lab.core.errors import ToolError
from lab.core.paths import DIST
from lab.manifests import manifest as manifest_
from lab.manifests.manifest import Manifest
from lab.tools.kubectl import IMMUTABLE, ObjectName
from tests.lab.caused import by
from tests.lab.doubles import Recorder

B = ObjectName(kind="Deployment", namespace="matching-engine", name="me-shard-b")
SHARD_C = """---
kind: Namespace
metadata: {name: matching-engine}
---
---
kind: Service
metadata: {name: me-shard-c, namespace: matching-engine}
spec: {}
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder().instead_of_run(monkeypatch, manifest_)


@pytest.fixture
def made(lab: Lab, tmp_path: Path) -> Manifest:
    path = tmp_path / "single.k8s.yaml"
    path.write_text(SHARD_C)
    return Manifest(lab, path)


def owned(*names: ObjectName) -> str:
    items: list[dict[str, Any]] = [
        {"kind": name.kind, "metadata": {"name": name.name, "namespace": name.namespace}} for name in names
    ]
    return json.dumps({"items": items})


def test_a_manifest_is_read_for_its_names_again_when_it_was_written_again(made: Manifest) -> None:
    service = ObjectName(kind="Service", namespace="matching-engine", name="me-shard-c")
    assert made.names == {service, ObjectName(kind="Namespace", namespace="", name="matching-engine")}

    made.path.write_text("kind: Service\nmetadata: {name: me-shard-c, namespace: matching-engine}\n")

    assert made.names == {service}


@pytest.mark.parametrize("name", ["single", "multi"])
def test_the_committed_topology_agrees_and_leaves_nothing_of_itself_over(lab: Lab, run: Recorder, name: str) -> None:
    committed = Manifest(lab, DIST / f"{name}.k8s.yaml")
    old = ObjectName(kind="Deployment", namespace="matching-engine", name="me-shard-z")
    committed.require_consistent()

    run.on("get", stdout=owned(*committed.names))
    assert committed.leftovers() == set()

    run.on("get", stdout=owned(*committed.names, old))
    assert committed.leftovers() == {old}


def test_a_broker_that_can_not_be_changed_is_made_anew_and_keeps_its_pods(made: Manifest, run: Recorder) -> None:
    run.on("apply", code=1, stderr=f"Forbidden: {IMMUTABLE} 'replicas' are forbidden")

    with pytest.raises(ToolError):
        made.apply("app=x")

    assert [c.argv[5] for c in run.commands] == ["apply", "delete", "apply"]
    assert "--cascade=orphan" in run.asked("delete")[0].argv


def test_what_the_cluster_refuses_is_said_in_its_words(made: Manifest, run: Recorder) -> None:
    run.on("apply", code=1, stderr="warning\nError from server: quota exceeded\n")

    with pytest.raises(ToolError) as caught:
        made.apply("app=x")

    assert caught.value.summary == (
        "the cluster refuses single.k8s.yaml: Error from server: quota exceeded; "
        "correct the settings, or run './invokew down' and try again"
    )
    assert caught.value.details == ("warning", "Error from server: quota exceeded")
    assert caught.value.cause is causes.REFUSED


def test_what_was_applied_is_counted(made: Manifest, run: Recorder) -> None:
    run.on("apply", stdout="service/a serverside-applied\nservice/b serverside-applied\n")

    assert made.apply("app=x") == 2


ADDED = "diff -N L/x M/x\n--- L/x\n+++ M/x\n@@ -0,0 +1,2 @@\n+kind: Service\n+metadata: {name: x}\n"


@pytest.mark.parametrize(
    ("code", "printed", "lines"),
    [(0, "", []), (1, ADDED, ["+ service/x"]), (1, "", None), (1, "no diff", None), (2, ADDED, None), (255, "", None)],
)
def test_a_diff_that_failed_tells_nothing(
    made: Manifest, run: Recorder, code: int, printed: str, lines: list[str] | None
) -> None:
    run.on("diff", code=code, stdout=printed)

    changes = made.changes("app=x")

    assert (changes if changes is None else [str(change) for change in changes]) == lines


@pytest.mark.parametrize("content", [None, ""])
def test_a_synthesis_that_wrote_nothing_is_an_error(made: Manifest, content: str | None) -> None:
    made.path.unlink()
    if content is not None:
        made.path.write_text(content)

    assert not made.is_consistent()
    with pytest.raises(ToolError, match=r"wrote no single.k8s.yaml; run './invokew synth'"):
        made.require_consistent()


def test_a_manifest_at_odds_with_itself_is_refused_with_all_that_is_wrong(made: Manifest) -> None:
    text = (DIST / "multi.k8s.yaml").read_text("utf-8")
    made.path.write_text(text.replace(":TEST-ASSET-F", "", 1).replace("me-shard-c:8080", "me-shard-c:80"))

    with pytest.raises(
        ToolError, match=r"single.k8s.yaml is at odds with itself: .*; correct constructs/", check=by(causes.REFUSED)
    ) as caught:
        made.require_consistent()

    assert "ME_SHARD_MAP: shard c: Service me-shard-c has ports 8080, 9091; got 80" in caught.value.summary
    assert any("lacking TEST-ASSET-F" in line for line in caught.value.details)


def test_a_file_that_is_no_yaml_any_more_is_not_consistent(made: Manifest) -> None:
    made.path.write_text("kind: [")

    assert not made.is_consistent()


@pytest.mark.parametrize("said", ["", "deployment/me-shard-b deletion cancelled\n"])
def test_a_delete_that_deleted_nothing_is_an_error_whatever_its_exit_code(
    made: Manifest, run: Recorder, said: str
) -> None:
    run.on("get", stdout=owned(B)).on("delete", stdout=said)

    with pytest.raises(ToolError, match="reported success but did not delete deployment/me-shard-b;") as caught:
        made.prune({B})

    assert caught.value.details == tuple(said.splitlines())


def test_what_was_deleted_needs_no_word_and_what_came_meanwhile_is_not_blamed_on_it(
    made: Manifest, run: Recorder
) -> None:
    run.on("get", stdout=owned(ObjectName(kind="Service", namespace="monitoring", name="new")))

    made.prune({B})

    assert [command.argv[5] for command in run.commands] == ["delete", "get"]
