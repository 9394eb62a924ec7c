"""What Helm is told, by any version of it, and what its answers mean."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.core import causes
from lab.core.access import Access
from lab.settings.settings import ChartSettings
from lab.tools import helm
from lab.tools.helm import Installed, Release

ACCESS = Access(kubeconfig=Path("/lab/kubeconfig"), context="k3d-lab")
REACH = ("--kubeconfig", "/lab/kubeconfig", "--kube-context", "k3d-lab")


def release(
    chart: str = "oci://host.example/charts/grafana", version: str | None = "12.11.1", **values: Any
) -> Release:
    return Release(name="grafana", chart=ChartSettings(chart=chart, version=version), values=values)


COMMANDS = {
    "upgrade by Helm 3": helm.upgrade_command("helm", ACCESS, release(), version="3.14.0"),
    "upgrade by Helm 4": helm.upgrade_command("helm", ACCESS, release(), version="4.3.1"),
    "uninstall": helm.uninstall_command("helm", ACCESS, "grafana"),
    "status": helm.status_command("helm", ACCESS, "grafana"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_call_goes_to_the_lab_s_own_cluster(name: str) -> None:
    """Never to the current context of whoever calls."""
    argv = COMMANDS[name].argv

    assert argv[argv.index("--kubeconfig") :][:4] == REACH
    assert argv[argv.index("--namespace") + 1] == "monitoring"
    assert COMMANDS[name].cause is causes.RELEASE_FAILED


@pytest.mark.parametrize("name", COMMANDS)
def test_no_call_waits(name: str) -> None:
    """One watch of the lab's own does the waiting."""
    waits = {"--wait", "--atomic", "--rollback-on-failure", "--dry-run"}

    assert waits.isdisjoint(word.partition("=")[0] for word in COMMANDS[name].argv)


@pytest.mark.parametrize(
    ("version", "forced"), [("3.14.0", False), ("3.19.2", False), ("4.0.0", True), ("10.0.0", True)]
)
def test_an_upgrade_takes_back_what_somebody_edited(version: str, *, forced: bool) -> None:
    """Helm 3 does so by itself and knows neither flag; the server refuses what Helm 4 asks unless it is forced to."""
    argv = helm.upgrade_command("helm", ACCESS, release(), version=version).argv

    assert ({"--server-side=true", "--force-conflicts"} <= set(argv)) == forced
    assert any("force" in word or "server-side" in word for word in argv) == forced


def test_an_upgrade_installs_too_and_takes_its_values_from_stdin() -> None:
    command = helm.upgrade_command("helm", ACCESS, release(service={"nodePort": 30000}), version="4.3.1")

    assert command.argv[:5] == ("helm", "upgrade", "grafana", "oci://host.example/charts/grafana", "--install")
    assert command.argv[command.argv.index("--values") + 1] == "-"
    assert json.loads(command.stdin or "") == {"service": {"nodePort": 30000}}


@pytest.mark.parametrize(
    ("chart", "version", "words"),
    [
        ("oci://host.example/charts/grafana", "12.11.1", ("--version", "12.11.1")),
        ("oci://host.example/charts/grafana", None, ()),
        ("/charts/grafana", "12.11.1", ()),
        ("/charts/grafana.tgz", None, ()),
    ],
)
def test_a_version_is_asked_of_a_repository_and_not_of_a_folder(
    chart: str, version: str | None, words: tuple[str, ...]
) -> None:
    argv = helm.upgrade_command("helm", ACCESS, release(chart, version), version="3.14.0").argv

    assert argv[argv.index("--version") :] == words if words else "--version" not in argv


def test_what_helm_keeps_of_an_upgrade_tells_what_was_installed() -> None:
    wanted = release(a=1)
    argv = helm.upgrade_command("helm", ACCESS, wanted, version="4.3.1").argv
    description = argv[argv.index("--description") + 1]

    found = helm.parse_status(
        json.dumps({"name": "grafana", "info": {"status": "deployed", "description": description}})
    )

    assert found == Installed(status="deployed", fingerprint=wanted.fingerprint)


PRINTED = {
    "3.22": (
        '{"name":"tiny","info":{"first_deployed":"2026-11-29T03:11:49.76816514Z",'
        '"last_deployed":"2026-11-29T03:11:49.76816514Z","deleted":"",'
        '"description":"matching-engine-lab 0123456789abcdef","status":"deployed"},'
        '"manifest":"---\\n# Source: tiny/templates/c.yaml\\napiVersion: v1\\nkind: ConfigMap\\n'
        'metadata: { name: tiny }\\ndata: { a: \\"1\\" }\\n","version":1,"namespace":"default"}'
    ),
    "4.3.1": (
        '{"name":"tiny","info":{"first_deployed":"2026-11-29T02:10:08.86320219Z",'
        '"last_deployed":"2026-11-29T02:10:08.86320219Z","description":"matching-engine-lab 0123456789abcdef",'
        '"status":"deployed","resources":{"v1/ConfigMap":[{"apiVersion":"v1","data":{"a":"1"},"kind":"ConfigMap",'
        '"metadata":{"name":"tiny","namespace":"monitoring"}}]}},"manifest":"---\\n# Source: tiny/templates/c.yaml\\n'
        'apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: tiny }\\ndata: { a: \\"1\\" }\\n\\n","version":1,'
        '"namespace":"monitoring","apply_method":"ssa"}'
    ),
}
"""What `helm status` printed of a chart with one ConfigMap, by Helm's version; less of the object's metadata."""
MANIFEST = """---
# Source: tiny/templates/c.yaml
apiVersion: v1
kind: ConfigMap
metadata: { name: tiny }
data: { a: "1" }

"""


@pytest.mark.parametrize("version", PRINTED)
def test_a_status_is_read_as_each_version_prints_it(version: str) -> None:
    found = helm.parse_status(PRINTED[version])

    assert found is not None
    assert (found.status, found.fingerprint) == ("deployed", "0123456789abcdef")
    assert found.manifest.rstrip() == MANIFEST.rstrip()


STATUSES = [
    ("", None),
    ("  \n", None),
    ('{"info": {"status": "deployed", "description": "Install complete"}}', Installed(status="deployed", fingerprint="Install complete")),
    ('{"info": {"status": "pending-install"}}', Installed(status="pending-install", fingerprint="")),
    ("{}", Installed(status="unknown", fingerprint="")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STATUSES)
def test_a_status_is_read_whatever_helm_leaves_out(text: str, expected: Installed | None) -> None:
    assert helm.parse_status(text) == expected


def test_values_chart_and_version_each_make_another_release() -> None:
    releases = [release(), release(a=1), release(a=2), release("oci://other/grafana"), release(version="12.11.2")]

    assert len({one.fingerprint for one in releases}) == len(releases)
    assert release(a=1, b=2).fingerprint == release(b=2, a=1).fingerprint


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("name: grafana")
    (tmp_path / "templates" / "a.yaml").write_text("kind: A")
    return tmp_path


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda chart: (chart / "templates" / "a.yaml").write_text("kind: B"),
    "a name": lambda chart: (chart / "templates" / "a.yaml").rename(chart / "templates" / "_a.yaml"),
    "a new file": lambda chart: (chart / "values.yaml").write_text(""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_chart_that_is_a_folder_counts_by_what_is_in_it(chart: Path, change: str) -> None:
    before = release(str(chart), None).fingerprint

    CHANGES[change](chart)

    assert release(str(chart), None).fingerprint != before
