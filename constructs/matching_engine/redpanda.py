"""The broker."""

from collections.abc import Mapping

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.settings.layout import Layout
from lab.settings.settings import ImageSettings, Resources
from matching_engine import ports
from matching_engine.labels import chart_labels
from matching_engine.placement import placement_of
from matching_engine.probes import http_probe, startup_probe
from matching_engine.quantities import quantity, requirements
from matching_engine.scratch import TMP, Scratch
from matching_engine.security import container_security, pod_security, pull_secrets

APP = "redpanda"
"""The name of the Service and the StatefulSet, and the label `app` of the broker's pod."""
SELECTOR = {"app": APP}
UID = 101
"""The user `redpanda` of Redpanda's image."""
READY = "/v1/status/ready"
DATA = k8s.VolumeMount(name="data", mount_path="/var/lib/redpanda/data")
CONFIG = Scratch(name="config", path="/etc/redpanda", limit="16Mi")
"""`rpk redpanda start` writes redpanda.yaml anew at each start, so its folder must be writable. It hides the file that
the image brings: rpk then begins with its defaults for development, and `_arguments` takes back what matters of them.
On disk, not in memory: Redpanda reads the file with O_DIRECT."""


class RedpandaConstruct(Construct):
    """One Redpanda broker on a volume of its own, behind a headless Service.

    Attributes:
        bootstrap_servers: Where Kafka clients begin.
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
        self._namespace = layout.namespaces.workloads
        self._host = f"{APP}-0.{APP}.{self._namespace}.svc.cluster.local"
        self.bootstrap_servers = f"{self._host}:{ports.KAFKA}"
        self._service()
        self._stateful_set(self._container(image, resources, deadline))

    def _service(self) -> None:
        k8s.KubeService(
            self,
            "Service",
            metadata=k8s.ObjectMeta(name=APP, namespace=self._namespace),
            spec=k8s.ServiceSpec(
                cluster_ip="None",
                # Its name must resolve before it is ready: it looks its own address up when it starts, and an engine
                # that starts during an outage gives Kafka up for good when there is no such name.
                publish_not_ready_addresses=True,
                ports=ports.service_ports("kafka", "admin"),
                selector=SELECTOR,
            ),
        )

    def _stateful_set(self, container: k8s.Container) -> None:
        labels = chart_labels(self)
        k8s.KubeStatefulSet(
            self,
            "StatefulSet",
            metadata=k8s.ObjectMeta(name=APP, namespace=self._namespace),
            spec=k8s.StatefulSetSpec(
                service_name=APP,
                replicas=1,
                # Not OrderedReady: there a pod that never gets ready isn't replaced when its template is mended.
                pod_management_policy="Parallel",
                persistent_volume_claim_retention_policy=k8s.StatefulSetPersistentVolumeClaimRetentionPolicy(
                    when_deleted="Delete", when_scaled="Retain"
                ),
                selector=k8s.LabelSelector(match_labels=SELECTOR),
                template=k8s.PodTemplateSpec(
                    metadata=k8s.ObjectMeta(labels={**SELECTOR, **labels}),
                    spec=_pod(container, self._layout),
                ),
                volume_claim_templates=[_claim(labels, self._layout.storage_class)],
            ),
        )

    def _container(self, image: ImageSettings, resources: Resources, deadline: int) -> k8s.Container:
        return k8s.Container(
            name=APP,
            image=image.name,
            image_pull_policy=image.policy,
            args=_arguments(self._host),
            ports=ports.container_ports("kafka", "admin"),
            resources=requirements(resources),
            startup_probe=startup_probe(path=READY, port=ports.ADMIN, patience=deadline),
            readiness_probe=http_probe(path=READY, port=ports.ADMIN, period=5),
            security_context=container_security(),
            volume_mounts=[DATA, CONFIG.mount, TMP.mount],
        )


def _arguments(host: str) -> list[str]:
    """The spec's, then what makes them start and what keeps acknowledged events on disk."""
    return [
        "redpanda",
        "start",
        "--smp=1",
        "--memory=1G",
        "--overprovisioned",
        f"--kafka-addr=PLAINTEXT://0.0.0.0:{ports.KAFKA}",
        f"--advertise-kafka-addr=PLAINTEXT://{host}:{ports.KAFKA}",
        "--node-id=0",
        "--check=false",
        "--reserve-memory=0M",
        f"--advertise-rpc-addr={host}:{ports.RPC}",
        "--unsafe-bypass-fsync=false",
        # Two words each: rpk takes `--set=…` for an option of Redpanda's.
        "--set",
        "redpanda.write_caching_default=false",
        "--set",
        "redpanda.auto_create_topics_enabled=false",
    ]


def _pod(container: k8s.Container, layout: Layout) -> k8s.PodSpec:
    return k8s.PodSpec(
        **placement_of(layout.placement).broker(),
        image_pull_secrets=pull_secrets(layout.pull_secret),
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=pod_security(UID),
        termination_grace_period_seconds=90,  # Redpanda's own charts give it as long to close its logs
        containers=[container],
        volumes=[CONFIG.volume, TMP.volume],
    )


def _claim(labels: Mapping[str, str], storage_class: str | None) -> k8s.KubePersistentVolumeClaimProps:
    """The claim of its volume, on the cluster's default storage class where none is named."""
    return k8s.KubePersistentVolumeClaimProps(
        metadata=k8s.ObjectMeta(name=DATA.name, labels=labels),
        spec=k8s.PersistentVolumeClaimSpec(
            access_modes=["ReadWriteOnce"],
            storage_class_name=storage_class,
            resources=k8s.ResourceRequirements(requests={"storage": quantity("1Gi")}),
        ),
    )
