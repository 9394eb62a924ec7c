"""The Job whose pods are k6: what they run, what they may, and what they are given; pure."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.cluster.kube import Object
from lab.core.errors import UsageError
from lab.core.part_labels import APPS, BROKER
from lab.settings.layout import Layout, Spread
from lab.settings.settings import UnthrottledResources

APP = "load-runner"
"""The label `app` of its pods, and of all that belongs to them."""
LOAD = "matching-engine-lab/load"
"""The label of all that, whose value is the Job's name."""
CONTAINER = "k6"
API_PORT = 6565
SCRIPTS, RESULTS = "/lab/scripts", "/lab/results"
"""Where its scripts are in a pod, and where it leaves its results."""
PID, EXIT = f"{RESULTS}/pid", f"{RESULTS}/exit"
"""The files with k6's process id, and with its exit code once it has ended."""
LINGERS = 600
"""Seconds for which a pod stays when k6 has ended, so that its results can be fetched."""
STARTS = 120
"""Seconds in which all pods must run."""
FORGOTTEN = 60
"""Seconds after which Kubernetes takes away a Job that has ended, and all that belongs to it in its namespace."""
MOST = 900_000
"""Bytes of scripts: a ConfigMap takes a MiB."""
UID = 12345
"""The user of k6's own image."""
KEEPS_OFF = (*APPS, BROKER)
"""The labels `app` of the pods from whose nodes runners keep away, where there are others."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """Pods that runners talk to, and their port."""

    namespace: str
    labels: Mapping[str, str]
    port: int


@dataclass(frozen=True, kw_only=True)
class RunnerJob:
    """One Indexed Job.

    Args:
        name: Its own, and that of all that belongs to it.
        labels: Of all that.
        annotations: Likewise.
        layout: How objects fit into the cluster.
        image: k6's.
        resources: Of a pod.
        commands: What the pod of each index runs.
        env: Their environment.
        scripts: The files that are mounted, by their path in the mounted folder.
        deadline: Seconds for which a pod may run k6; Kubernetes ends the Job a while after, whatever the lab does.
        ways: Where it may connect to.
        before: What each pod runs first.
    """

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    layout: Layout
    image: str
    resources: UnthrottledResources
    commands: Sequence[Sequence[str]]
    env: Mapping[str, str]
    scripts: Mapping[str, str]
    deadline: float
    ways: Sequence[Way]
    before: Sequence[str]

    @property
    def namespace(self) -> str:
        """Where it is: in that of the orders' way in."""
        return self.layout.namespaces.workloads

    def documents(self) -> list[Object]:
        """Its objects: the Job, which is suspended until all are there, the scripts, and the traffic that it needs."""
        return [self._job(), self._scripts(), *self._traffic()]

    def _meta(self, name: str, namespace: str) -> Object:
        return {
            "name": name,
            "namespace": namespace,
            "labels": {**self.labels, "app": APP, LOAD: self.name},
            "annotations": dict(self.annotations),
        }

    def _scripts(self) -> Object:
        data = {_key(number): text for number, text in enumerate(self.scripts.values())}
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": self._meta(self.name, self.namespace),
            "data": data,
        }

    def _traffic(self) -> list[Object]:
        """What is refused otherwise: a policy for its pods, and one at each place that they talk to."""
        dns = {"ports": [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]}
        to = [{"to": [_peer(way.namespace, way.labels)], "ports": [_port(way)]} for way in self.ways]
        out = {"podSelector": _labelled({"app": APP}), "policyTypes": ["Ingress", "Egress"], "egress": [dns, *to]}
        source = _peer(self.namespace, {"app": APP})
        return [
            _policy(self._meta(self.name, self.namespace), out),
            *(
                _policy(
                    self._meta(f"{self.name}-{number}", way.namespace),
                    {
                        "podSelector": _labelled(way.labels),
                        "policyTypes": ["Ingress"],
                        "ingress": [{"from": [source], "ports": [_port(way)]}],
                    },
                )
                for number, way in enumerate(self.ways)
            ),
        ]

    def _job(self) -> Object:
        many, metadata = len(self.commands), self._meta(self.name, self.namespace)
        spec = {
            "suspend": True,
            "completionMode": "Indexed",
            "completions": many,
            "parallelism": many,
            # A runner that ends early leaves the others to be fetched, and is not begun again: its part is over.
            "backoffLimitPerIndex": 0,
            "activeDeadlineSeconds": round(STARTS + self.deadline + LINGERS),
            "ttlSecondsAfterFinished": FORGOTTEN,
            "template": {"metadata": {"labels": metadata["labels"]}, "spec": self._pod()},
        }
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}

    def _pod(self) -> Object:
        items = [{"key": _key(number), "path": path} for number, path in enumerate(self.scripts)]
        return {
            **self._placed(),
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": UID,
                "runAsGroup": UID,
                "fsGroup": UID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [self._container()],
            "volumes": [
                {"name": "scripts", "configMap": {"name": self.name, "items": items}},
                {"name": "results", "emptyDir": {}},
            ],
        }

    def _container(self) -> Object:
        return {
            "name": CONTAINER,
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "command": ["sh", "-c", by_index(self.before, self.commands)],
            "workingDir": SCRIPTS,
            "env": [{"name": name, "value": value} for name, value in self.env.items()],
            "resources": {
                "requests": self.resources.requests.quantities(),
                "limits": self.resources.limits.quantities(),
            },
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [
                {"name": "scripts", "mountPath": SCRIPTS},
                {"name": "results", "mountPath": RESULTS},
            ],
        }

    def _placed(self) -> Object:
        """On nodes of their own where there are enough: what they use of a shard's CPU would be measured."""
        away = [_term({"matchExpressions": [{"key": "app", "operator": "In", "values": [*KEEPS_OFF]}]}, weight=100)]
        apart = [_term(_labelled({"app": APP}), weight=50)]
        spread = self.layout.placement if isinstance(self.layout.placement, Spread) else None
        secret = self.layout.pull_secret
        placed: Object = {
            "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [*away, *apart]}}
        }
        if spread and spread.node_selector:
            placed["nodeSelector"] = dict(spread.node_selector)
        if spread and spread.tolerations:
            placed["tolerations"] = [one.model_dump(exclude_none=True) for one in spread.tolerations]
        if secret:
            placed["imagePullSecrets"] = [{"name": secret}]
        return placed


def scripts_of(folder: Path) -> dict[str, str]:
    """The files of a folder of load scripts, by their paths in it.

    Raises:
        UsageError: They are more than a ConfigMap takes, or one is no text.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") or part == "node_modules" for part in inner.parts):
            try:
                found[inner.as_posix()] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise UsageError(f"{path} is no text: load.from: cluster takes scripts and texts only") from error
    size = sum(len(text.encode()) for text in found.values())
    if size > MOST:
        raise UsageError(
            f"{folder} has {size} bytes of scripts, load.from: cluster takes {MOST} at most: leave out what no script "
            "opens, or set load.from: here"
        )
    return found


def by_index(before: Sequence[str], commands: Sequence[Sequence[str]]) -> str:
    """After what all run first each pod runs the command of its own index, and stays when that has ended."""
    arms = " ".join(f"{number}) set -- {shlex.join(command)};;" for number, command in enumerate(commands))
    return (
        f"{shlex.join(before)} > /dev/null 2>&1\n"
        f'case "$JOB_COMPLETION_INDEX" in {arms} esac\n'
        f'"$@" > {RESULTS}/k6.log 2>&1 &\n'
        f"echo $! > {PID}; wait $!; echo $? > {EXIT}.new; mv {EXIT}.new {EXIT}; sleep {LINGERS}"
    )


def _policy(meta: Object, spec: Object) -> Object:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


def _peer(namespace: str, labels: Mapping[str, str]) -> Object:
    there = _labelled({"kubernetes.io/metadata.name": namespace})
    return {"namespaceSelector": there, "podSelector": _labelled(labels)}


def _labelled(labels: Mapping[str, str]) -> Object:
    return {"matchLabels": dict(labels)}


def _port(way: Way) -> Object:
    return {"port": way.port, "protocol": "TCP"}


def _term(selector: Object, *, weight: int) -> Any:
    return {
        "weight": weight,
        "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "labelSelector": selector},
    }


def _key(number: int) -> str:
    """A ConfigMap's keys are no paths."""
    return f"f{number}"
