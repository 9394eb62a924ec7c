"""Which Helm commands bring a release about, from each state that it may be found in."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from lab.bringup import releases
from lab.cluster.lab import Lab
from lab.core import causes, paths
from lab.core.errors import ToolError, UsageError
from lab.process.shell import Command
from lab.process.steps import Step
from lab.settings.settings import CHART_FORMS, ChartSettings, GrafanaSettings, Settings
from lab.tools.helm import DESCRIPTION
from tests.lab.caused import by
from tests.lab.doubles import FakeKube, Recorder, is_done, lab_of, silent

OBJECTS = "kind: ServiceAccount\nmetadata: {name: prometheus-server}\n"
"""What Helm has applied, which may name no namespace."""
WAIT = Command(argv=("the lab's own watch", "wait"))
"""Stands among the commands for the lab's own watch of the cluster."""


@pytest.fixture
def ready() -> list[bool]:
    return [True]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, ready: list[bool]) -> Recorder:
    recorder = Recorder().instead_of_run(monkeypatch, releases)
    monkeypatch.setattr(releases, "are_ready", lambda *_: ready[0])
    monkeypatch.setattr(releases, "wait_ready", lambda *_, **__: recorder.commands.append(WAIT))
    return recorder


def step(lab: Lab, name: str = "prometheus") -> Step:
    return releases.step(lab, name, lambda: lab.settings, ())


def status(lab: Lab, status: str = "deployed", *, current: bool = True) -> str:
    fingerprint = releases.prometheus(lab.settings).fingerprint if current else "other"
    return json.dumps({"info": {"status": status, "description": DESCRIPTION + fingerprint}, "manifest": OBJECTS})


def given(run: Recorder, lab: Lab, facts: tuple[str, bool] | None) -> None:
    if facts is None:
        run.on("status", code=1, stderr="Error: release: not found")
    else:
        run.on("status", stdout=status(lab, facts[0], current=facts[1]))


FACTS: list[tuple[str, tuple[str, bool] | None, list[str]]] = [
    ("absent", None, ["upgrade"]),
    ("of other values", ("deployed", False), ["upgrade"]),
    ("failed", ("failed", True), ["upgrade"]),
    ("left by a Helm that was killed", ("pending-install", True), ["uninstall", "upgrade"]),
    ("left by an upgrade that was killed", ("pending-upgrade", False), ["uninstall", "upgrade"]),
    ("installed but not ready", ("deployed", True), ["diff"]),
]


@pytest.mark.parametrize(("facts", "commands"), [row[1:] for row in FACTS], ids=[row[0] for row in FACTS])
def test_a_release_comes_about_from_what_stands(
    lab: Lab, run: Recorder, ready: list[bool], facts: tuple[str, bool] | None, commands: list[str]
) -> None:
    ready[0] = False
    given(run, lab, facts)
    assert is_done(step(lab)) is None
    run.commands.clear()

    step(lab).run(silent)

    assert [verb(command) for command in run.commands] == ["status", *commands, "wait"]


def verb(command: Command) -> str:
    return command.argv[5] if command.argv[0] == "kubectl" else command.argv[1]


EDITED = """diff -N L/x M/x
--- L/x
+++ M/x
@@ -1,3 +1,3 @@
 kind: Deployment
 metadata: {name: prometheus-server, namespace: monitoring}
-spec: {replicas: 0}
+spec: {replicas: 1}
"""


@pytest.mark.parametrize(
    ("code", "printed", "why"),
    [
        (1, EDITED, "deployment/prometheus-server: spec.replicas"),
        (2, "", "its objects can't be compared"),
    ],
)
def test_a_release_whose_object_somebody_edited_is_installed_again(
    lab: Lab, run: Recorder, code: int, printed: str, why: str
) -> None:
    given(run, lab, ("deployed", True))
    run.on("diff", code=code, stdout=printed)
    told: list[str] = []

    assert is_done(step(lab)) is None
    run.commands.clear()
    step(lab).run(told.append)

    assert [verb(command) for command in run.commands] == ["status", "diff", "upgrade", "wait"]
    assert told == [f"installing: {why}"]


def test_objects_are_compared_with_what_helm_applied_in_the_release_s_namespace(lab: Lab, run: Recorder) -> None:
    given(run, lab, ("deployed", True))

    is_done(step(lab))

    (compared,) = run.asked("diff")
    assert compared.stdin == OBJECTS
    assert compared.argv[compared.argv.index("--namespace") + 1] == "monitoring"


def test_a_release_that_is_installed_and_ready_is_left_alone(lab: Lab, run: Recorder) -> None:
    given(run, lab, ("deployed", True))

    assert is_done(step(lab)) == "installed as wanted"


def test_a_helm_that_fails_is_not_taken_for_an_absent_release(lab: Lab, run: Recorder) -> None:
    run.on("status", code=1, stderr="Error: Kubernetes cluster unreachable")

    with pytest.raises(
        ToolError, match="helm can't tell the state of release prometheus", check=by(causes.RELEASE_FAILED)
    ) as caught:
        is_done(step(lab))

    assert caught.value.details == ("Error: Kubernetes cluster unreachable",)


@pytest.fixture
def generated(settings: Settings, kube: FakeKube) -> Lab:
    return lab_of(settings.model_copy(update={"grafana": GrafanaSettings(password="generate")}), kube)


def test_a_random_password_is_made_once_and_shown_in_no_process_list(generated: Lab, run: Recorder) -> None:
    run.on("status", code=1, stderr="not found").on("get", "secret", code=1)

    step(generated, "grafana").run(silent)

    [create] = run.asked("create")
    made = json.loads(create.stdin or "")
    secret = made["stringData"]["admin-password"]
    assert made["metadata"]["namespace"] == "monitoring"
    assert len(secret) >= 24
    assert not any(secret in " ".join(command.argv) for command in run.commands)
    assert [c.argv[0] for c in run.commands] == ["helm", "kubectl", "kubectl", "helm", WAIT.argv[0]]

    run.on("get", "secret", code=0)
    step(generated, "grafana").run(silent)

    assert run.asked("create") == [create]


def test_the_password_is_the_published_one_or_that_of_the_secret(lab: Lab, generated: Lab, run: Recorder) -> None:
    """Criterion 10 of the spec: Grafana opens with admin/admin."""
    run.on("get", "secret", stdout=json.dumps({"data": {"admin-password": base64.b64encode(b"s3cret").decode()}}))

    assert releases.password(lab) == "admin"
    assert releases.password(generated) == "s3cret"


def chart_of(settings: Settings, written: str) -> str:
    charts = settings.charts.model_copy(update={"grafana": ChartSettings(chart=written)})
    return releases.grafana(settings.model_copy(update={"charts": charts})).chart.chart


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a chart in its folder, another in an archive; the user's home is its `home`."""
    (tmp_path / "charts/grafana").mkdir(parents=True)
    (tmp_path / "charts/grafana/Chart.yaml").touch()
    (tmp_path / "charts/grafana.tgz").touch()
    (tmp_path / "home/mine").mkdir(parents=True)
    (tmp_path / "home/mine/Chart.yaml").touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    ("written", "found"),
    [("charts/grafana", "charts/grafana"), ("./charts/grafana.tgz", "charts/grafana.tgz"), ("~/mine", "home/mine")],
)
def test_a_chart_in_a_folder_is_found_from_the_project_s_root(
    settings: Settings, project: Path, written: str, found: str
) -> None:
    """Whatever folder the lab is called from."""
    assert chart_of(settings, written) == str(project / found)
    assert chart_of(settings, str(project / found)) == str(project / found)
    assert chart_of(settings, "oci://host.example/charts/grafana") == "oci://host.example/charts/grafana"


@pytest.mark.parametrize(
    ("written", "lacks"),
    [
        ("grafana/grafana", "there is no chart {}/grafana/grafana"),
        ("~/other", "there is no chart {}/home/other"),
        ("empty", "{}/empty has no Chart.yaml"),
        ("charts/other.tgz", "there is no chart {}/charts/other.tgz"),
        ("charts/grafana/Chart.yaml", "there is no chart {}/charts/grafana/Chart.yaml"),
    ],
)
def test_a_chart_that_is_not_there_is_told_with_the_forms_that_are_allowed(
    settings: Settings, project: Path, written: str, lacks: str
) -> None:
    with pytest.raises(UsageError) as caught:
        chart_of(settings, written)

    assert f": charts.grafana.chart: {lacks.format(project)}; must be {CHART_FORMS}; got" in caught.value.summary


def test_each_release_waits_for_a_deployment_of_its_chart(settings: Settings) -> None:
    assert releases.DEPLOYMENTS.keys() == releases.RELEASES.keys()
    made: list[Any] = [make(settings) for make in releases.RELEASES.values()]
    assert [release.name for release in made] == ["prometheus", "grafana"]
