"""What the lab may have to do in a namespace that others own: the Role to ask for, and whether it is granted."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from lab.cluster.kube import Kube, Object
from lab.core.errors import PreflightError
from lab.settings.layout import Layout

NAME = "matching-engine-lab"
"""The name of the Role and of its binding."""
READ = ("get", "list", "watch")
KEPT = ("get", "list", "create", "patch", "delete")
"""What is applied, compared with what is there, and taken away again."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is to be granted on resources of one API group, and what for."""

    group: str = ""
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    why: str

    @property
    def document(self) -> Object:
        """The rule as a Role has it."""
        return {"apiGroups": [self.group], "resources": [*self.resources], "verbs": [*self.verbs]}


RULES = (
    Rule(resources=("pods",), verbs=(*READ, "create", "patch", "delete"), why="waiting, restarts, a dry run"),
    Rule(resources=("pods/log",), verbs=("get",), why="logs"),
    Rule(
        resources=("pods/exec", "pods/portforward"),
        verbs=("get", "create"),
        why="topics, records, CPU; Prometheus, runners",
    ),
    Rule(resources=("events",), verbs=READ, why="why a pod is not ready"),
    Rule(resources=("services", "configmaps", "serviceaccounts"), verbs=KEPT, why="the lab's own"),
    Rule(resources=("persistentvolumeclaims",), verbs=("get", "list", "delete"), why="the broker's volume"),
    Rule(resources=("resourcequotas",), verbs=("get", "list"), why="whether the pods fit"),
    Rule(group="apps", resources=("deployments", "statefulsets"), verbs=(*KEPT, "watch"), why="the lab's own"),
    Rule(group="apps", resources=("replicasets",), verbs=READ, why="how a rollout goes on"),
    Rule(group="batch", resources=("jobs",), verbs=(*KEPT, "watch"), why="load from pods"),
    Rule(group="networking.k8s.io", resources=("networkpolicies",), verbs=KEPT, why="the lab's own"),
)
"""What is asked for whoever scrapes, and what Prometheus' own Role grants: nobody may grant more than he has."""
OWN_PROMETHEUS = Rule(
    group="rbac.authorization.k8s.io", resources=("roles", "rolebindings"), verbs=KEPT, why="Prometheus reads pods"
)
POD_MONITOR = Rule(
    group="monitoring.coreos.com", resources=("podmonitors",), verbs=KEPT, why="the operator learns what to scrape"
)


@dataclass(frozen=True, kw_only=True, order=True)
class Right:
    """One verb on one resource."""

    group: str
    resource: str
    verb: str

    @property
    def what(self) -> str:
        """The resource, with its group."""
        return f"{self.resource}.{self.group}" if self.group else self.resource

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"


def rules(layout: Layout) -> tuple[Rule, ...]:
    """All that is asked for, by who scrapes the pods."""
    if layout.scraped_by is None:
        return (*RULES, OWN_PROMETHEUS)
    return RULES if layout.scraped_by.pod_monitor is None else (*RULES, POD_MONITOR)


def rights(rules: Iterable[Rule]) -> Iterator[Right]:
    """Each of them once."""
    for rule in rules:
        for resource in rule.resources:
            yield from (Right(group=rule.group, resource=resource, verb=verb) for verb in rule.verbs)


def role(rules: Iterable[Rule], namespace: str, user: str) -> list[Object]:
    """The Role, and what binds a user to it.

    Args:
        rules: What it grants.
        namespace: Where it is granted.
        user: As the API server calls him: a service account by `system:serviceaccount:NAMESPACE:NAME`.
    """
    api = "rbac.authorization.k8s.io"
    metadata = {"name": NAME, "namespace": namespace}
    _, _, account = user.partition("system:serviceaccount:")
    home, _, name = account.partition(":")
    subject = (
        {"kind": "ServiceAccount", "name": name, "namespace": home}
        if account
        else {"kind": "User", "name": user, "apiGroup": api}
    )
    return [
        {
            "apiVersion": f"{api}/v1",
            "kind": "Role",
            "metadata": metadata,
            "rules": [rule.document for rule in rules],
        },
        {
            "apiVersion": f"{api}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": api, "kind": "Role", "name": NAME},
            "subjects": [subject],
        },
    ]


def user(kube: Kube) -> str:
    """Who the API server takes the lab for.

    Raises:
        ApiError: The cluster doesn't answer.
    """
    told = kube.create("SelfSubjectReview", {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    return str(told["status"]["userInfo"]["username"])


def missing(kube: Kube, rules: Iterable[Rule]) -> tuple[Right, ...]:
    """The rights of these rules that the namespace lacks, by what the API server says of each.

    Raises:
        ApiError: The cluster doesn't answer.
    """
    return tuple(right for right in rights(rules) if not _is_granted(kube, right))


def _is_granted(kube: Kube, right: Right) -> bool:
    resource, _, part = right.resource.partition("/")
    asked: dict[str, Any] = {"namespace": kube.namespaces.workloads, "group": right.group, "verb": right.verb}
    asked |= {"resource": resource, **({"subresource": part} if part else {})}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    return bool(kube.create("SelfSubjectAccessReview", review)["status"]["allowed"])


def require(lacking: Sequence[Right], namespace: str) -> None:
    """Do nothing when no right is missing.

    Raises:
        PreflightError: One is; each is named.
    """
    if not lacking:
        return
    by_resource: dict[str, list[str]] = {}
    for right in lacking:
        by_resource.setdefault(right.what, []).append(right.verb)
    more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
    raise PreflightError(
        f"namespace {namespace} does not let the lab {lacking[0]}{more}; "
        "have the cluster's admin grant the Role that './invokew rights' prints",
        details=[f"{what}: {', '.join(verbs)}" for what, verbs in by_resource.items()],
    )


def text(documents: Sequence[Object]) -> str:
    """Documents as `kubectl apply` takes them."""
    plain = json.loads(json.dumps(documents))  # without references from one document to another
    return yaml.safe_dump_all(plain, sort_keys=False, default_flow_style=None)
