"""The Job that sends a load: what its pods run, may and are given."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import runner_job
from lab.cluster.runner_job import RunnerJob, Way, by_index, scripts_of
from lab.core.errors import UsageError
from lab.settings.layout import Layout, of_namespace, of_own_cluster
from lab.settings.settings import KubernetesSettings, Settings, TolerationSettings

ENTRY = Way(namespace="matching-engine", labels={"app": "edge-gateway"}, port=8080)
PROMETHEUS = Way(namespace="monitoring", labels={"name": "prometheus"}, port=9090)


def job(settings: Settings, layout: Layout | None = None) -> RunnerJob:
    return RunnerJob(
        name="load-1",
        labels={"part": "lab"},
        annotations={"owner": "me"},
        layout=layout or of_own_cluster(settings),
        image="k6:1",
        resources=settings.resources.runner,
        commands=[("k6", "run", "a"), ("k6", "run", "b")],
        env={"X": "1"},
        scripts={"a.js": "a", "lib/b.js": "b"},
        deadline=100,
        ways=[ENTRY, PROMETHEUS],
        before=("k6", "run", "before"),
    )


def of_kind(job: RunnerJob, kind: str) -> list[dict[str, Any]]:
    return [one for one in job.documents() if one["kind"] == kind]


def pod(job: RunnerJob) -> dict[str, Any]:
    found: dict[str, Any] = of_kind(job, "Job")[0]["spec"]["template"]
    return found


def test_all_of_it_carries_what_the_lab_knows_its_own_by(settings: Settings) -> None:
    for one in (*job(settings).documents(), pod(job(settings))):
        assert one["metadata"]["labels"] == {"part": "lab", "app": "load-runner", runner_job.LOAD: "load-1"}


def test_a_runner_that_ends_is_not_begun_again_and_takes_no_other_with_it(settings: Settings) -> None:
    spec = of_kind(job(settings), "Job")[0]["spec"]

    assert (spec["completions"], spec["parallelism"], spec["backoffLimitPerIndex"]) == (2, 2, 0)
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_the_cluster_ends_it_though_nobody_does(settings: Settings) -> None:
    spec = of_kind(job(settings), "Job")[0]["spec"]

    assert spec["activeDeadlineSeconds"] > 100 + runner_job.STARTS
    assert spec["ttlSecondsAfterFinished"] > 0


def test_it_begins_when_all_that_it_needs_is_there(settings: Settings) -> None:
    first, *others = job(settings).documents()

    assert (first["kind"], first["spec"]["suspend"]) == ("Job", True)
    assert "Job" not in {one["kind"] for one in others}


def test_scripts_are_mounted_by_their_paths(settings: Settings) -> None:
    (scripts,) = of_kind(job(settings), "ConfigMap")
    mounted = pod(job(settings))["spec"]["volumes"][0]["configMap"]

    assert {one["path"]: scripts["data"][one["key"]] for one in mounted["items"]} == {"a.js": "a", "lib/b.js": "b"}


def test_it_may_talk_to_what_it_must_and_to_nothing_else(settings: Settings) -> None:
    out, *into = of_kind(job(settings), "NetworkPolicy")

    assert [rule["ports"][0]["port"] for rule in out["spec"]["egress"]] == [53, 8080, 9090]
    assert all("to" in rule for rule in out["spec"]["egress"][1:])
    assert [(one["metadata"]["namespace"], one["spec"]["podSelector"]["matchLabels"]) for one in into] == [
        ("matching-engine", {"app": "edge-gateway"}),
        ("monitoring", {"name": "prometheus"}),
    ]
    for one in into:
        (rule,) = one["spec"]["ingress"]
        assert rule["from"][0]["podSelector"]["matchLabels"] == {"app": "load-runner"}


def test_it_runs_where_the_namespace_s_settings_say(settings: Settings) -> None:
    layout = of_namespace(
        KubernetesSettings(
            context="x",
            namespace="team",
            pull_secret="pull",
            node_selector={"pool": "lab"},
            tolerations=(TolerationSettings(key="dedicated", value="lab"),),
        )
    )
    spec = pod(job(settings, layout))["spec"]

    assert spec["nodeSelector"] == {"pool": "lab"}
    assert spec["tolerations"] == [{"key": "dedicated", "operator": "Equal", "value": "lab"}]
    assert spec["imagePullSecrets"] == [{"name": "pull"}]
    assert job(settings, layout).documents()[0]["metadata"]["namespace"] == "team"


def test_pod_security_s_strictest_level_admits_it(settings: Settings) -> None:
    spec = pod(job(settings))["spec"]
    (container,) = spec["containers"]

    assert (spec["securityContext"]["runAsNonRoot"], spec["automountServiceAccountToken"]) == (True, False)
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize(("index", "said"), [(0, "first 'one'\n"), (1, "second $HOME\n")])
def test_each_pod_runs_its_own_command_and_keeps_what_that_said_and_its_exit_code(
    tmp_path: Path, index: int, said: str
) -> None:
    first = ("sh", "-c", "echo not kept; exit 1")
    commands = [("printf", "%s\n", "first 'one'"), ("sh", "-c", 'printf "%s\n" "$1"; exit 7', "sh", "second $HOME")]
    text = by_index(first, commands).replace(runner_job.RESULTS, str(tmp_path))
    text = text.replace(f"sleep {runner_job.LINGERS}", "")

    subprocess.run(["sh", "-c", text], env={"JOB_COMPLETION_INDEX": str(index), "PATH": "/usr/bin:/bin"}, check=True)

    assert (tmp_path / "k6.log").read_text() == said
    assert (tmp_path / "exit").read_text() == f"{7 * index}\n"


def test_of_a_folder_all_texts_are_taken_but_installed_packages(tmp_path: Path) -> None:
    for name in ("a.js", "lib/b.js", "node_modules/x/c.js", ".git/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)

    assert scripts_of(tmp_path) == {"a.js": "a.js", "lib/b.js": "lib/b.js"}


@pytest.mark.parametrize(
    ("content", "says"), [(b"\xff\xfe", "is no text"), (b"x" * 900_001, "900001 bytes of scripts, .* takes 900000")]
)
def test_scripts_that_no_pod_can_be_given_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.js").write_bytes(content)

    with pytest.raises(UsageError, match=says):
        scripts_of(tmp_path)
