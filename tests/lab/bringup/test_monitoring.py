"""Each trap that the charts' own defaults set, and the values that go round it."""

from typing import Any

import pytest

from lab.bringup.monitoring import DASHBOARDS, PROMETHEUS_URL, grafana_values, prometheus_values
from lab.manifests.scraping import CONTAINER_METRICS, UNUSED_JOBS
from lab.settings.loading import committed
from lab.settings.settings import Settings

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


def at(values: dict[str, Any], way: str) -> Any:
    """What stands at a way whose keys are separated by slashes."""
    here: Any = values
    for key in way.split("/"):
        here = here[key]
    return here


SET: list[tuple[str, Any]] = [
    # k6 may write, and nobody may stop Prometheus.
    ("server/extraFlags", ["web.enable-remote-write-receiver"]),
    ("server/service", {"type": "NodePort", "nodePort": 30090}),
    ("server/resources/requests", {"cpu": "250m", "memory": "256Mi", "ephemeral-storage": "256Mi"}),
    ("server/resources/limits", {"cpu": "500m", "memory": "512Mi", "ephemeral-storage": "1280Mi"}),
    ("server/startupProbe/failureThreshold", 180),
    # The job stands in the top-level map, not in the server's `extraScrapeConfigs`.
    ("scrapeConfigs/matching-engine/kubernetes_sd_configs", [{"role": "pod", "namespaces": {"names": ["matching-engine"]}}]),
    # No subchart and no reloader is installed.
    ("configmapReload/prometheus/enabled", False),
    *((f"{chart}/enabled", False) for chart in ("alertmanager", "kube-state-metrics", "prometheus-node-exporter", "prometheus-pushgateway")),
]  # fmt: skip


class TestPrometheus:
    @pytest.mark.parametrize(("way", "expected"), SET, ids=[way for way, _ in SET])
    def test_what_the_charts_defaults_would_spoil_is_set(
        self, prometheus: dict[str, Any], way: str, expected: Any
    ) -> None:
        assert at(prometheus, way) == expected

    def test_the_scrape_timeout_is_below_the_interval(self, prometheus: dict[str, Any]) -> None:
        times = prometheus["server"]["global"]

        assert seconds(times["scrape_timeout"]) < seconds(times["scrape_interval"]) == 5

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
