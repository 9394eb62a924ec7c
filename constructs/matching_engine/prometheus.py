"""A small Prometheus, with the rights of one namespace."""

import json

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.core.content_hash import content_hash
from lab.manifests.scraping import engine_job
from lab.measure.metrics import SCRAPE_SECONDS
from lab.settings.layout import Layout
from lab.settings.settings import ImageSettings, Resources
from matching_engine import ports
from matching_engine.flows import PROMETHEUS, PROMETHEUS_HTTP
from matching_engine.labels import chart_labels
from matching_engine.placement import placement_of
from matching_engine.probes import http_probe, startup_probe
from matching_engine.quantities import requirements
from matching_engine.scratch import Scratch
from matching_engine.security import container_security, pod_security, pull_secrets

NAME = "prometheus"
UID = 65534
"""The user `nobody` of Prometheus' image."""
FILE = "prometheus.yml"
CONFIG = "/etc/prometheus"
DATA = Scratch(name="data", path="/prometheus", limit="1Gi")
READY = "/-/ready"


class PrometheusConstruct(Construct):
    """One pod that scrapes the workloads of its namespace, and takes what the load generators write.

    It may read the namespace's pods and nothing else; so it knows no node and no kubelet.
    """

    def __init__(  # noqa: PLR0913 - named, each of them
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        image: ImageSettings,
        resources: Resources,
        deadline: int,
        layout: Layout,
    ) -> None:
        super().__init__(scope, id)
        self._layout = layout
        self._metadata = k8s.ObjectMeta(name=NAME, namespace=layout.namespaces.monitoring)
        self._rights()
        config = json.dumps(_config(layout), indent=2)  # which is YAML too
        k8s.KubeConfigMap(self, "ConfigMap", metadata=self._metadata, data={FILE: config})
        self._service()
        self._deployment(self._container(image, resources, deadline), config)

    def _rights(self) -> None:
        k8s.KubeServiceAccount(self, "ServiceAccount", metadata=self._metadata, automount_service_account_token=False)
        pods = k8s.PolicyRule(api_groups=[""], resources=["pods"], verbs=["get", "list", "watch"])
        k8s.KubeRole(self, "Role", metadata=self._metadata, rules=[pods])
        k8s.KubeRoleBinding(
            self,
            "RoleBinding",
            metadata=self._metadata,
            role_ref=k8s.RoleRef(api_group="rbac.authorization.k8s.io", kind="Role", name=NAME),
            subjects=[
                k8s.Subject(kind="ServiceAccount", name=NAME, namespace=self._layout.namespaces.monitoring),
            ],
        )

    def _service(self) -> None:
        port = k8s.ServicePort(name="http", port=PROMETHEUS_HTTP, target_port=ports.number(PROMETHEUS_HTTP))
        spec = k8s.ServiceSpec(selector=dict(PROMETHEUS.labels), ports=[port])
        k8s.KubeService(self, "Service", metadata=self._metadata, spec=spec)

    def _container(self, image: ImageSettings, resources: Resources, deadline: int) -> k8s.Container:
        return k8s.Container(
            name=NAME,
            image=image.name,
            image_pull_policy=image.policy,
            args=[
                f"--config.file={CONFIG}/{FILE}",
                f"--storage.tsdb.path={DATA.path}",
                "--storage.tsdb.retention.time=1d",
                "--storage.tsdb.retention.size=768MB",
                "--web.enable-remote-write-receiver",
            ],
            ports=[k8s.ContainerPort(container_port=PROMETHEUS_HTTP, name="http")],
            resources=requirements(resources),
            startup_probe=startup_probe(path=READY, port=PROMETHEUS_HTTP, patience=deadline),
            readiness_probe=http_probe(path=READY, port=PROMETHEUS_HTTP, period=1),
            security_context=container_security(),
            volume_mounts=[DATA.mount, k8s.VolumeMount(name="config", mount_path=CONFIG, read_only=True)],
        )

    def _deployment(self, container: k8s.Container, config: str) -> None:
        labels = {**PROMETHEUS.labels, **chart_labels(self)}
        pod = k8s.PodSpec(
            **placement_of(self._layout.placement).gateway(),
            image_pull_secrets=pull_secrets(self._layout.pull_secret),
            service_account_name=NAME,
            automount_service_account_token=True,
            enable_service_links=False,
            security_context=pod_security(UID),
            termination_grace_period_seconds=10,
            containers=[container],
            volumes=[
                DATA.volume,
                k8s.Volume(name="config", config_map=k8s.ConfigMapVolumeSource(name=NAME)),
            ],
        )
        k8s.KubeDeployment(
            self,
            "Deployment",
            metadata=k8s.ObjectMeta(name=NAME, namespace=self._layout.namespaces.monitoring),
            spec=k8s.DeploymentSpec(
                replicas=1,
                strategy=k8s.DeploymentStrategy(type="Recreate"),
                selector=k8s.LabelSelector(match_labels=dict(PROMETHEUS.labels)),
                template=k8s.PodTemplateSpec(
                    # There is no reloader: another configuration makes another pod.
                    metadata=k8s.ObjectMeta(labels=labels, annotations={"checksum/config": content_hash(config)}),
                    spec=pod,
                ),
            ),
        )


def _config(layout: Layout) -> dict[str, object]:
    """What it scrapes: the engine's job alone, as often as everywhere."""
    timing = {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS - 1}s"}
    return {"global": timing, "scrape_configs": [engine_job(layout.namespaces)]}
