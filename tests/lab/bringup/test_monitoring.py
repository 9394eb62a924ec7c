"""Each trap that the charts' own defaults set, and what Helm and Prometheus make of the values."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.bringup.monitoring import (
    DASHBOARDS,
    GRAFANA_RELEASE,
    PROMETHEUS_RELEASE,
    PROMETHEUS_URL,
    grafana_values,
    prometheus_values,
)
from lab.bringup.scraping import CONTAINER_METRICS, UNUSED_JOBS
from lab.experiment.loading import committed, load
from lab.experiment.settings import Settings
from lab.paths import ROOT

DIGEST = "sha256:" + "0f" * 32


def settings_with(path: str, value: Any) -> Settings:
    """The committed settings with the value at this dotted path replaced."""
    plain = committed().model_dump(by_alias=True)
    *way, last = path.split(".")
    inner = plain
    for key in way:
        inner = inner[key]
    inner[last] = value
    return Settings.model_validate(plain)


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


@pytest.fixture(scope="module")
def prometheus() -> dict[str, Any]:
    return prometheus_values(committed())


@pytest.fixture(scope="module")
def grafana() -> dict[str, Any]:
    return grafana_values(committed(), secret=None)


class TestPrometheus:
    def test_the_scrape_timeout_is_below_the_interval(self, prometheus: dict[str, Any]) -> None:
        times = prometheus["server"]["global"]

        assert seconds(times["scrape_timeout"]) < seconds(times["scrape_interval"]) == 5

    def test_the_job_stands_in_the_top_level_map(self, prometheus: dict[str, Any]) -> None:
        assert prometheus["scrapeConfigs"]["matching-engine"]["kubernetes_sd_configs"] == [
            {"role": "pod", "namespaces": {"names": ["matching-engine"]}}
        ]
        assert "extraScrapeConfigs" not in prometheus["server"]

    def test_no_built_in_job_but_the_kubelets_is_on(self, prometheus: dict[str, Any]) -> None:
        on = {name for name, job in prometheus["scrapeConfigs"].items() if job["enabled"]}

        assert on == {"matching-engine", "kubernetes-nodes-cadvisor"}
        assert "kubernetes-pods" in UNUSED_JOBS

    def test_the_engines_targets_carry_the_labels_that_the_evidence_is_asked_by(
        self, prometheus: dict[str, Any]
    ) -> None:
        rules = prometheus["scrapeConfigs"]["matching-engine"]["relabel_configs"]

        labels = {rule["target_label"] for rule in rules if "target_label" in rule}
        assert labels == {"__address__", "__metrics_path__", "app", "shard", "pod", "node", "namespace"}

    def test_of_the_kubelets_only_the_evidence_is_kept(self, prometheus: dict[str, Any]) -> None:
        keep, drop = prometheus["scrapeConfigs"]["kubernetes-nodes-cadvisor"]["metric_relabel_configs"]

        assert keep["action"] == "keep"
        assert keep["regex"] == f"({'|'.join(CONTAINER_METRICS)});(matching-engine|monitoring)"
        assert (drop["action"], drop["source_labels"]) == ("drop", ["container"])

    def test_k6_may_write_and_nobody_may_stop_prometheus(self, prometheus: dict[str, Any]) -> None:
        assert prometheus["server"]["extraFlags"] == ["web.enable-remote-write-receiver"]

    def test_no_subchart_and_no_reloader_is_installed(self, prometheus: dict[str, Any]) -> None:
        subcharts = ["alertmanager", "kube-state-metrics", "prometheus-node-exporter", "prometheus-pushgateway"]

        assert [prometheus[name]["enabled"] for name in subcharts] == [False] * 4
        assert prometheus["configmapReload"]["prometheus"]["enabled"] is False

    def test_its_port_and_resources_are_the_settings(self, prometheus: dict[str, Any]) -> None:
        assert prometheus["server"]["service"] == {"type": "NodePort", "nodePort": 30090}
        assert prometheus["server"]["resources"] == {
            "requests": {"cpu": "250m", "memory": "256Mi"},
            "limits": {"cpu": "500m", "memory": "512Mi"},
        }

    def test_a_changed_config_rolls_the_pod_and_the_same_one_does_not(self, prometheus: dict[str, Any]) -> None:
        def mark(values: dict[str, Any]) -> str:
            return str(values["server"]["podAnnotations"]["checksum/values"])

        changed = settings_with("charts.prometheus.values", {"server": {"global": {"scrape_interval": "10s"}}})

        assert mark(prometheus_values(committed())) == mark(prometheus)
        assert mark(prometheus_values(changed)) != mark(prometheus)

    def test_the_users_values_are_laid_over_key_by_key(self) -> None:
        theirs = {"server": {"retention": "7d", "extraFlags": ["web.enable-admin-api"]}}

        server = prometheus_values(settings_with("charts.prometheus.values", theirs))["server"]

        assert server["retention"] == "7d"
        assert server["extraFlags"] == ["web.enable-admin-api"]
        assert server["global"]["scrape_interval"] == "5s"

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("rig/prometheus:3", ("rig/prometheus", "3", "")),
            (f"reg:5111/p/p:v3@{DIGEST}", ("reg:5111/p/p", "v3", DIGEST)),
        ],
    )
    def test_its_image_is_split_as_the_chart_wants_it(self, name: str, expected: tuple[str, str, str]) -> None:
        image = prometheus_values(settings_with("images.prometheus.name", name))["server"]["image"]

        assert (image["repository"], image["tag"], image["digest"]) == expected


class TestGrafana:
    def test_the_dashboards_come_from_one_config_map_under_the_providers_path(self, grafana: dict[str, Any]) -> None:
        (provider,) = grafana["dashboardProviders"]["dashboardproviders.yaml"]["providers"]

        assert grafana["dashboardsConfigMaps"] == {provider["name"]: DASHBOARDS}
        assert provider["options"]["path"] == f"/var/lib/grafana/dashboards/{provider['name']}"

    def test_the_chart_is_grafana_communitys_and_pinned(self) -> None:
        chart = committed().charts.grafana

        assert "grafana-community" in chart.chart
        assert chart.version

    def test_its_data_source_has_the_uid_of_the_dashboards_and_the_scrapes_interval(
        self, grafana: dict[str, Any]
    ) -> None:
        (source,) = grafana["datasources"]["datasources.yaml"]["datasources"]

        assert (source["uid"], source["isDefault"]) == ("prometheus", True)
        assert source["url"] == PROMETHEUS_URL == "http://prometheus-server.monitoring.svc:80"
        assert source["jsonData"]["timeInterval"] == "5s"

    def test_it_opens_with_admin_admin_unless_a_password_is_generated(self, grafana: dict[str, Any]) -> None:
        generated = grafana_values(settings_with("grafana.password", "generate"), secret="grafana-admin")

        assert (grafana["adminUser"], grafana["adminPassword"]) == ("admin", "admin")
        assert generated["admin"]["existingSecret"] == "grafana-admin"
        assert "adminPassword" not in generated

    def test_fails_when_a_password_is_to_be_generated_and_no_secret_holds_it(self) -> None:
        with pytest.raises(ValueError, match="'generate'; got None"):
            grafana_values(settings_with("grafana.password", "generate"), secret=None)

    def test_it_keeps_the_plugins_of_its_image_and_asks_nobody_for_updates(self, grafana: dict[str, Any]) -> None:
        """Grafana 13 replaces its Prometheus plugin at the start; under a read-only root it then has none."""
        ini = grafana["grafana.ini"]

        assert ini["plugins"]["preinstall_disabled"] is True
        assert "prometheus" not in ini["plugins"]["disable_plugins"].split(",")
        assert not any(ini["analytics"].values())

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("rig/grafana:1", ("docker.io", "rig/grafana", "1", "")),
            (f"reg:5111/g/g:13@{DIGEST}", ("reg:5111", "g/g", "13", "0f" * 32)),
        ],
    )
    def test_its_image_is_split_as_the_chart_wants_it(self, name: str, expected: tuple[str, str, str, str]) -> None:
        image = grafana_values(settings_with("images.grafana.name", name), secret=None)["image"]

        assert (image["registry"], image["repository"], image["tag"], image["sha"]) == expected


def chart(release: str) -> str:
    """The chart that the settings in force name, where it is a folder; the pinned one would have to be downloaded."""
    folder = ROOT / getattr(load().charts, release).chart
    if not folder.is_dir() or not shutil.which("helm"):
        pytest.skip("needs helm on PATH and settings that name a chart's folder")
    return str(folder)


def rendered(release: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    argv = ["helm", "template", release, chart(release), "--namespace", "monitoring", "--values", "-"]
    done = subprocess.run(argv, input=json.dumps(values), text=True, capture_output=True, check=True, timeout=60)
    return [found for found in yaml.safe_load_all(done.stdout) if found]


def pod_of(objects: list[dict[str, Any]]) -> dict[str, Any]:
    (deployment,) = [found for found in objects if found["kind"] == "Deployment"]
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


class TestRendered:
    """The charts' own templates take up what was set: a value by a wrong name would be lost without a word."""

    @pytest.mark.parametrize("release", [PROMETHEUS_RELEASE, GRAFANA_RELEASE])
    def test_each_pod_runs_one_container_under_pod_security_restricted(
        self, release: str, prometheus: dict[str, Any], grafana: dict[str, Any]
    ) -> None:
        pod = pod_of(rendered(release, {PROMETHEUS_RELEASE: prometheus, GRAFANA_RELEASE: grafana}[release]))

        (container,) = pod["containers"]
        both = {**pod["securityContext"], **container["securityContext"]}
        assert both["runAsNonRoot"] is True
        assert both["allowPrivilegeEscalation"] is False
        assert both["readOnlyRootFilesystem"] is True
        assert both["capabilities"] == {"drop": ["ALL"]}
        assert both["seccompProfile"] == {"type": "RuntimeDefault"}
        assert all({"configMap", "emptyDir"} & set(volume) for volume in pod["volumes"])

    @pytest.mark.parametrize(("release", "port"), [(PROMETHEUS_RELEASE, 30090), (GRAFANA_RELEASE, 30000)])
    def test_each_service_opens_the_node_port_of_the_settings(
        self, release: str, port: int, prometheus: dict[str, Any], grafana: dict[str, Any]
    ) -> None:
        objects = rendered(release, {PROMETHEUS_RELEASE: prometheus, GRAFANA_RELEASE: grafana}[release])

        (service,) = [found for found in objects if found["kind"] == "Service"]
        assert service["spec"]["ports"][0]["nodePort"] == port

    def test_prometheus_accepts_the_config(self, prometheus: dict[str, Any], tmp_path: Path) -> None:
        if not shutil.which("promtool"):
            pytest.skip("needs promtool on PATH")
        maps = [found for found in rendered(PROMETHEUS_RELEASE, prometheus) if found["kind"] == "ConfigMap"]
        file = tmp_path / "prometheus.yml"
        file.write_text(maps[0]["data"]["prometheus.yml"])

        argv = ["promtool", "check", "config", "--syntax-only", str(file)]
        checked = subprocess.run(argv, text=True, capture_output=True, check=False, timeout=60)

        assert checked.returncode == 0, checked.stderr
        jobs = [job["job_name"] for job in yaml.safe_load(file.read_text())["scrape_configs"]]
        assert sorted(jobs) == ["kubernetes-nodes-cadvisor", "matching-engine"]
