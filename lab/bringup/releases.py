"""The steps that install the monitoring: one Helm release each, watched by the lab until it is ready."""

import base64
import json
import secrets
from collections.abc import Callable

from lab.bringup import charts, pins
from lab.bringup.monitoring import ADMIN_SECRET, grafana_values, prometheus_values
from lab.cluster.lab import Lab
from lab.cluster.readiness import are_ready, wait_ready
from lab.cluster.rollout import Target
from lab.core.causes import RELEASE_FAILED
from lab.core.errors import LabError, ToolError
from lab.manifests.changes import told
from lab.process.shell import Command, run
from lab.process.steps import Say, Step
from lab.settings.settings import ChartSettings, Settings
from lab.tools import helm, kubectl
from lab.tools.helm import Release

DEPLOYMENTS = {"prometheus": "prometheus-server", "grafana": "grafana"}
"""Release to the Deployment that its chart makes."""


def prometheus(settings: Settings) -> Release:
    """The release of Prometheus."""
    return Release(name="prometheus", chart=located(settings, "prometheus"), values=prometheus_values(settings))


def grafana(settings: Settings) -> Release:
    """The release of Grafana."""
    secret = ADMIN_SECRET if settings.grafana.password == "generate" else None
    return Release(name="grafana", chart=located(settings, "grafana"), values=grafana_values(settings, secret=secret))


RELEASES = {"prometheus": prometheus, "grafana": grafana}
"""Release to what makes it from the settings."""


def located(settings: Settings, name: str) -> ChartSettings:
    """A chart as Helm is given it: the copy of a pinned one, else its address, or where its file or folder is.

    Raises:
        UsageError: It isn't there, or no folder of a chart; the message has the setting's file and line.
    """
    chart = charts.of(settings, name)
    if copy := pins.chart(settings, name):
        return chart.model_copy(update={"chart": copy})
    return chart if charts.is_remote(chart) else chart.model_copy(update={"chart": str(charts.found(settings, name))})


def step(lab: Lab, name: str, resolved: Callable[[], Settings], needs: tuple[str, ...]) -> Step:
    """The release is installed as the settings have it, and ready.

    Args:
        lab: The lab.
        name: The release's name.
        resolved: Gives the settings with the images' references, once these are known.
        needs: The steps that come first.
    """
    located(lab.settings, name)  # one that is wrong is told before anything begins
    deadline = getattr(lab.settings.deadlines, name)
    target = Target(
        kind="Deployment",
        namespace=lab.access.namespaces.monitoring,
        name=DEPLOYMENTS[name],
        deadline=deadline,
        setting=f"deadlines.{name}",
    )

    def wanted() -> Release:
        return RELEASES[name](resolved())

    def is_done() -> str | None:
        if difference(lab, wanted(), installed(lab, name)):
            return None
        return "installed as wanted" if are_ready(lab.kube, [target]) else None

    def bring(say: Say) -> None:
        release, found = wanted(), installed(lab, name)
        if found is not None and found.status in helm.PENDING:
            say(f"removing one that was left {found.status}")
            run(helm.uninstall_command(lab.tools.path("helm"), lab.access, name))
        if name == "grafana" and lab.settings.grafana.password == "generate":
            _ensure_password(lab)
        if why := difference(lab, release, found):
            say(f"installing: {why}")
            run(_upgrade_command(lab, lab.tools.path("helm"), release))
        wait_ready(lab.kube, [target], deadline=deadline, on_progress=lambda _, state: say(state.reason))

    def plan() -> list[str]:
        try:
            release = wanted()
        except LabError:  # the images are to be built whose references are in its values
            release = RELEASES[name](lab.settings)
        return [str(_upgrade_command(lab, lab.tools.shown("helm"), release))]

    return Step(name=name, needs=needs, is_done=is_done, run=bring, plan=plan)


def installed(lab: Lab, name: str) -> helm.Installed | None:
    """What Helm says of a release; None where there is none.

    Raises:
        ToolError: It can't tell.
    """
    result = run(helm.status_command(lab.tools.path("helm"), lab.access, name), check=False)
    if not result.ok and "not found" not in result.stderr:
        raise ToolError(f"helm can't tell the state of release {name}", details=result.last_lines, cause=RELEASE_FAILED)
    return helm.parse_status(result.stdout) if result.ok else None


def difference(lab: Lab, release: Release, found: helm.Installed | None) -> str:
    """What a release lacks to be as it is wanted, in words; empty when nothing.

    The objects are compared too, with what Helm keeps of its last upgrade: somebody may have edited one of them since.

    Args:
        lab: The lab.
        release: What is wanted.
        found: What is installed.
    """
    if found is None:
        return "absent"
    if found.status != "deployed":
        return f"it is {found.status}"
    if found.fingerprint != release.fingerprint:
        return "other values or chart"
    compare = kubectl.diff_command(
        lab.tools.path("kubectl"),
        lab.access,
        None,
        documents=found.manifest,
        namespace=lab.access.namespaces.monitoring,
    )
    edited = told(run(compare, check=False))
    if edited is None:
        return "its objects can't be compared"
    return ", ".join(str(change).removeprefix(f"{change.mark} ") for change in edited)


def _upgrade_command(lab: Lab, program: str, release: Release) -> Command:
    return helm.upgrade_command(program, lab.access, release, version=lab.tools.version("helm"))


def password(lab: Lab) -> str:
    """Grafana's password: the published one, or the random one out of its Secret.

    Raises:
        ToolError: The cluster can't tell.
    """
    if lab.settings.grafana.password == "admin":
        return "admin"
    words = ("get", "secret", ADMIN_SECRET, "--namespace", lab.access.namespaces.monitoring, "--output", "json")
    command = Command(argv=lab.access.kubectl(*words, kubectl=lab.tools.path("kubectl")), deadline=20)
    return base64.b64decode(json.loads(run(command).stdout)["data"]["admin-password"]).decode()


def _ensure_password(lab: Lab) -> None:
    """Make the Secret with a random password, once; it goes in on stdin, so that no process list shows it."""
    program = lab.tools.path("kubectl")
    words = ("get", "secret", ADMIN_SECRET, "--namespace", lab.access.namespaces.monitoring)
    if run(Command(argv=lab.access.kubectl(*words, kubectl=program), deadline=20), check=False).ok:
        return
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": ADMIN_SECRET, "namespace": lab.access.namespaces.monitoring},
        "stringData": {"admin-user": "admin", "admin-password": secrets.token_urlsafe(24)},
    }
    create = lab.access.kubectl("create", "--filename", "-", kubectl=program)
    run(Command(argv=create, stdin=json.dumps(secret), deadline=20))
