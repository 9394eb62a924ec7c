"""The charts' own templates take up what was set: a value by a wrong name would be lost without a word.

By Helm itself, with the charts that the settings in force name where these are folders: the pinned ones would have to be
downloaded. Without either the module is skipped.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.bringup.monitoring import grafana_values, prometheus_values
from lab.core.paths import ROOT
from lab.process.environment import environment
from lab.settings.loading import committed, load
from tests import needs

needs.programs("helm")

RELEASES = ("prometheus", "grafana")
CHARTS = {release: ROOT / getattr(load().charts, release).chart for release in RELEASES}

if not all(folder.is_dir() for folder in CHARTS.values()):
    pytest.skip("the settings in force name no chart's folder", allow_module_level=True)


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    """What is set, by release."""
    return {
        "prometheus": prometheus_values(committed()),
        "grafana": grafana_values(committed(), secret=None),
    }


def rendered(release: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    argv = ["helm", "template", release, str(CHARTS[release]), "--namespace", "monitoring", "--values", "-"]
    done = subprocess.run(
        argv,
        env=environment(os.environ, {}),
        input=json.dumps(values),
        text=True,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [found for found in yaml.safe_load_all(done.stdout) if found]


def pod_of(objects: list[dict[str, Any]]) -> dict[str, Any]:
    (deployment,) = [found for found in objects if found["kind"] == "Deployment"]
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("release", RELEASES)
def test_each_pod_runs_one_container_under_pod_security_restricted(release: str, values: dict[str, Any]) -> None:
    pod = pod_of(rendered(release, values[release]))

    (container,) = pod["containers"]
    both = {**pod["securityContext"], **container["securityContext"]}
    assert both["runAsNonRoot"] is True
    assert both["allowPrivilegeEscalation"] is False
    assert both["readOnlyRootFilesystem"] is True
    assert both["capabilities"] == {"drop": ["ALL"]}
    assert both["seccompProfile"] == {"type": "RuntimeDefault"}
    assert all({"configMap", "emptyDir"} & set(volume) for volume in pod["volumes"])


@pytest.mark.parametrize(("release", "port"), [("prometheus", 30090), ("grafana", 30000)])
def test_each_service_opens_the_node_port_of_the_settings(release: str, port: int, values: dict[str, Any]) -> None:
    objects = rendered(release, values[release])

    (service,) = [found for found in objects if found["kind"] == "Service"]
    assert service["spec"]["ports"][0]["nodePort"] == port


def test_prometheus_accepts_the_config(values: dict[str, Any], tmp_path: Path) -> None:
    if not shutil.which("promtool"):
        pytest.skip("needs promtool on PATH")
    maps = [found for found in rendered("prometheus", values["prometheus"]) if found["kind"] == "ConfigMap"]
    file = tmp_path / "prometheus.yml"
    file.write_text(maps[0]["data"]["prometheus.yml"])

    argv = ["promtool", "check", "config", "--syntax-only", str(file)]
    checked = subprocess.run(
        argv, env=environment(os.environ, {}), text=True, capture_output=True, check=False, timeout=60
    )

    assert checked.returncode == 0, checked.stderr
    jobs = [job["job_name"] for job in yaml.safe_load(file.read_text())["scrape_configs"]]
    assert sorted(jobs) == ["kubernetes-nodes-cadvisor", "matching-engine"]
