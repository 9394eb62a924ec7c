"""What engine, gateway and control have in common: one pod with an HTTP port, behind a Service of its name."""

from collections.abc import Mapping
from functools import cache

from cdk8s_plus_28 import k8s
from constructs import Construct

from lab.settings.layout import Layout
from lab.settings.settings import ImageSettings, Resources, UnthrottledResources
from matching_engine import ports
from matching_engine.labels import chart_labels
from matching_engine.placement import PodFields
from matching_engine.probes import http_probe, startup_probe
from matching_engine.quantities import requirements
from matching_engine.scratch import TMP, Scratch
from matching_engine.security import container_security, pod_security, pull_secrets

UID = 10001
"""The user that they run as, whatever their images say: the user's Java images have no USER."""
PORT_VARIABLES = {"http": ("HTTP_PORT", str(ports.HTTP)), "metrics": ("METRICS_PORT", str(ports.METRICS))}
"""The variable that tells a container the number of a port, by the port's name."""
HEALTH = "/health"
LONGEST_VARIABLE = 128 * 1024 - 1
"""Bytes of NAME=value; Linux starts no program that is given a longer one (MAX_ARG_STRLEN, with its closing NUL)."""


class WorkloadConstruct(Construct):
    """A Deployment of one pod and the Service of the same name.

    Attributes:
        name: Of both.
        selector: The labels of its pod, `app` and what tells it from others of that name.
        url: Where it takes requests, for a pod of its own namespace.
        namespace: Where both are.
        placed: The fields of its pod that say where it runs.
        ports: The names of its ports; one of metrics is scraped.
    """

    ports: tuple[str, ...] = ("http", "metrics")

    def __init__(  # noqa: PLR0913 - named, each of them
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the constructs' own word
        *,
        name: str,
        selector: Mapping[str, str],
        image: ImageSettings,
        resources: Resources | UnthrottledResources,
        deadline: int,
        layout: Layout,
        placed: PodFields,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.selector = dict(selector)
        self.url = f"http://{name}:{ports.HTTP}"
        self.namespace = layout.namespaces.workloads
        self.placed = placed
        self._pull_secrets = pull_secrets(layout.pull_secret)
        self._lab = chart_labels(scope)
        self._image = image
        self._resources = resources
        self._deadline = deadline

    def _service(self) -> None:
        k8s.KubeService(
            self,
            "Service",
            metadata=k8s.ObjectMeta(name=self.name, namespace=self.namespace),
            spec=k8s.ServiceSpec(selector=self.selector, ports=ports.service_ports(*self.ports)),
        )

    def _deployment(self, pod: k8s.PodSpec, *, strategy: k8s.DeploymentStrategy | None = None) -> None:
        """The Deployment of this pod; by Kubernetes' own strategy a new pod is ready before the old one goes."""
        labels = {**self.selector, **self._lab}
        annotations = ports.scraped() if "metrics" in self.ports else None
        k8s.KubeDeployment(
            self,
            "Deployment",
            metadata=k8s.ObjectMeta(name=self.name, namespace=self.namespace, labels=self.selector),
            spec=k8s.DeploymentSpec(
                replicas=1,
                strategy=strategy,
                selector=k8s.LabelSelector(match_labels=self.selector),
                template=k8s.PodTemplateSpec(metadata=k8s.ObjectMeta(labels=labels, annotations=annotations), spec=pod),
            ),
        )

    def _pod(
        self,
        env: Mapping[str, str],
        *,
        restarted: bool,
        folders: tuple[Scratch, ...] = (),
    ) -> k8s.PodSpec:
        """The pod of one container.

        Args:
            env: The container's environment, to which the numbers of its ports are added.
            restarted: Whether it has a liveness probe.
            folders: What it may write besides /tmp.
        """
        written = (*folders, TMP)
        container = k8s.Container(
            name=self.selector["app"],
            image=self._image.name,
            image_pull_policy=self._image.policy,
            env=[_variable(*pair) for pair in (*env.items(), *(PORT_VARIABLES[name] for name in self.ports))],
            ports=ports.container_ports(*self.ports),
            resources=requirements(self._resources),
            startup_probe=startup_probe(path=HEALTH, port=ports.HTTP, patience=self._deadline),
            readiness_probe=http_probe(path=HEALTH, port=ports.HTTP, period=5),
            liveness_probe=http_probe(path=HEALTH, port=ports.HTTP, period=10) if restarted else None,
            security_context=container_security(),
            volume_mounts=[folder.mount for folder in written],
        )
        return k8s.PodSpec(
            **self.placed,
            image_pull_secrets=self._pull_secrets,
            automount_service_account_token=False,
            enable_service_links=False,
            security_context=pod_security(UID),
            containers=[container],
            volumes=[folder.volume for folder in written],
        )


@cache
def _variable(name: str, value: str) -> k8s.EnvVar:
    """Made once, since most are alike in every shard.

    Raises:
        ValueError: It is too long for any program to be started with.
    """
    size = len(f"{name}={value}".encode())
    if size > LONGEST_VARIABLE:
        raise ValueError(
            f"{name} takes {size} bytes, Linux starts a program with at most {LONGEST_VARIABLE} in a variable; "
            "give the topology fewer shards or symbols, or shorter names"
        )
    return k8s.EnvVar(name=name, value=value)
