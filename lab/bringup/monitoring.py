"""The Helm values of the two monitoring releases, Prometheus and Grafana; pure, from the settings alone.

A chart ignores a value whose name it doesn't know, so the tests hold each of these against the charts' own templates.
The user's `charts.*.values` are laid over them.
"""

from collections.abc import Mapping
from typing import Any

from lab.cluster.runner_job import Way
from lab.core import image_name
from lab.core.access import SPEC
from lab.core.content_hash import content_hash
from lab.manifests.scraping import scrape_configs
from lab.measure.metrics import SCRAPE_SECONDS
from lab.settings.settings import Resources, Settings

Values = dict[str, Any]

PROMETHEUS_URL = f"http://prometheus-server.{SPEC.monitoring}.svc:80"
"""Prometheus as pods reach it."""
PROMETHEUS_PODS = Way(
    namespace=SPEC.monitoring,
    labels={"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/component": "server"},
    port=9090,
)
"""Its pods, and the port that they listen on."""
DASHBOARDS = "grafana-dashboards"
"""The ConfigMap of the dashboards, in the monitoring namespace; it must be there before Grafana's pod starts."""
ADMIN_SECRET = "grafana-admin"
"""The Secret that the lab makes when a password is to be generated: keys `admin-user` and `admin-password`."""
UNUSED_PLUGINS = (
    "cloudwatch",
    "elasticsearch",
    "grafana-postgresql-datasource",
    "grafana-pyroscope-datasource",
    "influxdb",
    "jaeger",
    "loki",
    "mssql",
    "mysql",
    "opentsdb",
    "stackdriver",
    "tempo",
    "zipkin",
)
"""The data sources beside Prometheus in Grafana 13's image: a process each, for which 256 MiB leave no room."""
LOCKED_CONTAINER = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
"""Pod Security `restricted` and a root file system that can't be written."""


def prometheus_values(settings: Settings) -> Values:
    """The values of the chart prometheus-community/prometheus, 28 or later.

    The pod carries a hash of them: there is no config reloader beside it, so a changed config has to roll it.

    Raises:
        UsageError: The image's name is wrong.
    """
    own: Values = {
        **{chart: {"enabled": False} for chart in _SUBCHARTS},
        "configmapReload": {"prometheus": {"enabled": False}},
        "server": _server(settings),
        "scrapeConfigs": scrape_configs(SPEC),
    }
    values = _laid_over(own, settings.charts.prometheus.values)
    return _laid_over(values, {"server": {"podAnnotations": {"checksum/values": content_hash(values)}}})


def grafana_values(settings: Settings, *, secret: str | None) -> Values:
    """The values of the chart grafana-community/grafana, 12 or later.

    Args:
        settings: The experiment's.
        secret: The Secret with a generated password, given exactly when `grafana.password` is `generate`.

    Raises:
        UsageError: The image's name is wrong.
        ValueError: A secret is given and not asked for, or the other way round.
    """
    if (secret is not None) != (settings.grafana.password == "generate"):
        raise ValueError(f"secret must go with grafana.password {settings.grafana.password!r}; got {secret!r}")
    own: Values = {
        **_grafana_pod(settings),
        **_grafana_config(),
        **_login(secret),
        "service": {"type": "NodePort", "nodePort": settings.node_ports.grafana},
        "testFramework": {"enabled": False},
        "rbac": {"create": False, "namespaced": True},
    }
    return _laid_over(own, settings.charts.grafana.values)


_SUBCHARTS = ("alertmanager", "kube-state-metrics", "prometheus-node-exporter", "prometheus-pushgateway")


def _server(settings: Settings) -> Values:
    return {
        "image": _prometheus_image(settings),
        # Shorter than the interval: the chart's 10 s would make Prometheus refuse its config.
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS - 1}s"},
        # The list takes the place of the chart's web.enable-lifecycle, which lets anyone stop Prometheus and serves
        # only the reloader that is off.
        "extraFlags": ["web.enable-remote-write-receiver"],
        "service": {"type": "NodePort", "nodePort": settings.node_ports.prometheus},
        # No claim: a run's folder keeps what counts, and a volume would outlive the cluster's deletion.
        "persistentVolume": {"enabled": False},
        "emptyDir": {"sizeLimit": "1Gi"},
        "retention": "1d",
        "retentionSize": "768MB",
        "resources": _resources(settings.resources.prometheus),
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containerSecurityContext": LOCKED_CONTAINER,
        # A database of a few thousand series is closed within a second; the chart waits up to 300.
        "terminationGracePeriodSeconds": 10,
        "startupProbe": {
            "enabled": True,
            "periodSeconds": 1,
            "failureThreshold": settings.deadlines.prometheus,
            "timeoutSeconds": 2,
        },
        "readinessProbeInitialDelay": 0,
        "readinessProbePeriodSeconds": 1,
        "readinessProbeTimeout": 2,
        "readinessProbeFailureThreshold": 5,
        "livenessProbeInitialDelay": 0,
    }


def _prometheus_image(settings: Settings) -> Values:
    image = image_name.parse(settings.images.prometheus.name)
    policy = settings.images.prometheus.policy
    return {"repository": image.path, "tag": image.tag or "", "digest": image.digest or "", "pullPolicy": policy}


def _grafana_pod(settings: Settings) -> Values:
    return {
        "image": _grafana_image(settings),
        "resources": _resources(settings.resources.grafana),
        "readinessProbe": {"periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": 5},
        # Grafana writes below /var/lib/grafana, which the chart makes a volume, and to /tmp.
        "containerSecurityContext": LOCKED_CONTAINER,
        "extraEmptyDirMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - the pod's, a volume of its own
        "automountServiceAccountToken": False,
        "serviceAccount": {"automountServiceAccountToken": False},
    }


def _grafana_image(settings: Settings) -> Values:
    image = image_name.parse(settings.images.grafana.name)
    policy = settings.images.grafana.policy
    sha = (image.digest or "").removeprefix("sha256:")
    return {
        "registry": image.host,
        "repository": image.repository,
        "tag": image.tag or "",
        "sha": sha,
        "pullPolicy": policy,
    }


def _resources(resources: Resources) -> Values:
    return {"requests": resources.requests.quantities(), "limits": resources.limits.quantities()}


def _login(secret: str | None) -> Values:
    if secret is None:
        return {"adminUser": "admin", "adminPassword": "admin"}
    return {"admin": {"existingSecret": secret, "userKey": "admin-user", "passwordKey": "admin-password"}}


def _grafana_config() -> Values:
    folder = "/var/lib/grafana/dashboards/default"
    provider = {"name": "default", "orgId": 1, "folder": "", "type": "file", "disableDeletion": False, "editable": True}
    return {
        "grafana.ini": {
            "analytics": {"reporting_enabled": False, "check_for_updates": False, "check_for_plugin_updates": False},
            "news": {"news_feed_enabled": False},
            # Grafana 13 carries the Prometheus plugin in its image and replaces it by a newer one at its start: that
            # needs the internet and a root file system that can be written, and when it fails the data source is gone.
            "plugins": {"preinstall_disabled": True, "disable_plugins": ",".join(UNUSED_PLUGINS)},
            "dashboards": {"default_home_dashboard_path": f"{folder}/matching-engine.json"},
        },
        "datasources": {"datasources.yaml": {"apiVersion": 1, "datasources": [_datasource()]}},
        "dashboardProviders": {
            "dashboardproviders.yaml": {"apiVersion": 1, "providers": [{**provider, "options": {"path": folder}}]}
        },
        "dashboardsConfigMaps": {"default": DASHBOARDS},
    }


def _datasource() -> Values:
    return {
        "name": "Prometheus",
        "uid": "prometheus",
        "type": "prometheus",
        "url": PROMETHEUS_URL,
        "access": "proxy",
        "isDefault": True,
        "jsonData": {"timeInterval": f"{SCRAPE_SECONDS}s"},
    }


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> Values:
    """Mappings merged key by key, as Helm merges values; anything else is replaced."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[key] = _laid_over(under or {}, value) if both else value
    return merged
