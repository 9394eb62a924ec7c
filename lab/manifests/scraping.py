"""What Prometheus scrapes: the workloads by annotation, and of the kubelets what is evidence; pure."""

from typing import Any

from lab.core.access import Namespaces
from lab.measure.metrics import ENGINE_JOB

Values = dict[str, Any]

UNUSED_JOBS = (
    "kubernetes-api-servers",
    "kubernetes-nodes",
    "kubernetes-pods",
    "kubernetes-pods-slow",
    "kubernetes-service-endpoints",
    "kubernetes-service-endpoints-slow",
    "kubernetes-services",
    "prometheus",
    "prometheus-pushgateway",
)
"""The chart's own jobs that nothing here reads; `kubernetes-pods` would scrape each engine a second time."""
CONTAINER_METRICS = (
    "container_cpu_cfs_periods_total",
    "container_cpu_cfs_throttled_periods_total",
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
)
"""What is kept of the kubelet's some 60 families: the evidence of CPU, throttling and memory."""


def scrape_configs(namespaces: Namespaces) -> Values:
    """Prometheus' scrape jobs by name, as the chart takes them: the workloads', the kubelets', and all others off."""
    return {
        ENGINE_JOB: {"enabled": True, **_engine_job(namespaces)},
        "kubernetes-nodes-cadvisor": _cadvisor_job(namespaces),
        **{job: {"enabled": False} for job in UNUSED_JOBS},
    }


def engine_job(namespaces: Namespaces) -> Values:
    """The workloads' job, as Prometheus' own configuration has it."""
    return {"job_name": ENGINE_JOB, **_engine_job(namespaces)}


def _engine_job(namespaces: Namespaces) -> Values:
    """Each running pod of the workloads' namespace that asks for it by annotation, once.

    A pod with two ports is discovered twice; as both get the annotated port, Prometheus keeps one target.
    """
    meta = "__meta_kubernetes_pod_"
    return {
        # The engine's own label `shard` is the pod's; otherwise Prometheus would keep it once more as exported_shard.
        "honor_labels": True,
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [namespaces.workloads]}}],
        "relabel_configs": [
            {"source_labels": [f"{meta}annotation_prometheus_io_scrape"], "action": "keep", "regex": "true"},
            {"source_labels": [f"{meta}phase"], "action": "keep", "regex": "Running"},
            {
                "source_labels": [f"{meta}ip", f"{meta}annotation_prometheus_io_port"],
                "regex": r"(.+);(\d+)",
                "replacement": "$1:$2",
                "target_label": "__address__",
            },
            {
                "source_labels": [f"{meta}annotation_prometheus_io_path"],
                "regex": "(.+)",
                "target_label": "__metrics_path__",
            },
            _label(f"{meta}label_app", "app"),
            _label(f"{meta}label_shard", "shard"),
            _label(f"{meta}name", "pod"),
            _label(f"{meta}node_name", "node"),
            _label("__meta_kubernetes_namespace", "namespace"),
        ],
    }


def _cadvisor_job(namespaces: Namespaces) -> Values:
    """The chart's job of this name, cut down to the lab's own containers and to what is evidence."""
    families = "|".join(CONTAINER_METRICS)
    return {
        "enabled": True,
        # The kubelet gives its samples their own time, so a container that ended would linger for 5 minutes.
        "track_timestamps_staleness": True,
        "relabel_configs": [_label("__meta_kubernetes_node_name", "node")],
        "metric_relabel_configs": [
            {
                "source_labels": ["__name__", "namespace"],
                "action": "keep",
                "regex": f"({families});({'|'.join(namespaces.all)})",
            },
            {"source_labels": ["container"], "action": "drop", "regex": "|POD"},
        ],
    }


def _label(source: str, target: str) -> Values:
    return {"source_labels": [source], "target_label": target}
