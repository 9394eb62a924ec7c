"""The Role that is asked for, and what the API server says of it."""

from typing import Any

import pytest
import yaml

from lab.cluster.rights import Right, Rule, missing, require, rights, role, rules, text, user
from lab.core.errors import PreflightError
from lab.settings.layout import of_namespace
from lab.settings.settings import KubernetesSettings, PrometheusSettings
from tests.lab.doubles import FakeKube

PROMETHEUS = {"get pods", "list pods", "watch pods"}
"""What its own Role grants (constructs/matching_engine/prometheus.py)."""


class Reviewer(FakeKube):
    """Grants what it is told to, and knows who asks."""

    granted: set[str]

    def create(self, kind: str, made: dict[str, Any]) -> dict[str, Any]:
        if kind == "SelfSubjectReview":
            return {"status": {"userInfo": {"username": "jane"}}}
        asked = made["spec"]["resourceAttributes"]
        resource = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
        assert asked["namespace"] == "matching-engine"
        return {
            "status": {
                "allowed": str(Right(group=asked["group"], resource=resource, verb=asked["verb"])) in self.granted
            }
        }


def reviewer(granted: set[str]) -> Any:
    made = Reviewer()
    made.granted = granted
    return made


def asked(prometheus: PrometheusSettings | None = None) -> tuple[Rule, ...]:
    """What is asked for in a namespace, by who scrapes it."""
    return rules(of_namespace(KubernetesSettings(context="team", namespace="team-x", prometheus=prometheus)))


RULES = asked()
ALL = {str(right) for right in rights(RULES)}


@pytest.mark.parametrize("lacks", sorted(ALL))
def test_any_one_right_that_is_missing_is_refused_by_name(lacks: str) -> None:
    kube = reviewer(ALL - {lacks})

    with pytest.raises(PreflightError, match="namespace team-x does not let the lab ") as caught:
        require(missing(kube, RULES), "team-x")

    assert caught.value.summary.startswith(f"namespace team-x does not let the lab {lacks}; have the cluster's admin")


def test_all_that_is_missing_is_listed_by_resource() -> None:
    with pytest.raises(PreflightError, match="get pods/log and 2 more") as caught:
        require(missing(reviewer(ALL - {"get pods/log", "get jobs.batch", "list jobs.batch"}), RULES), "x")

    assert caught.value.details == ("pods/log: get", "jobs.batch: get, list")


def test_whoever_has_the_role_may_do_all_of_it() -> None:
    assert missing(reviewer(ALL), RULES) == ()
    require((), "x")


def test_the_role_is_of_the_namespace_and_its_rules_are_what_is_checked() -> None:
    made, _ = role(RULES, "team-x", "jane")
    ruled = {
        str(Right(group=group, resource=resource, verb=verb))
        for rule in made["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }

    assert (made["kind"], made["metadata"]["namespace"]) == ("Role", "team-x")
    assert ruled == ALL
    assert ruled >= PROMETHEUS


BOUND = [
    ("system:serviceaccount:ci:runner", {"kind": "ServiceAccount", "name": "runner", "namespace": "ci"}),
    ("jane@example.com", {"kind": "User", "name": "jane@example.com", "apiGroup": "rbac.authorization.k8s.io"}),
]


@pytest.mark.parametrize(("name", "subject"), BOUND, ids=["a service account", "a person"])
def test_it_is_bound_to_who_asks(name: str, subject: dict[str, str]) -> None:
    assert role(RULES, "team-x", name)[1]["subjects"] == [subject]
    assert user(reviewer(set())) == "jane"


def test_what_is_printed_can_be_applied() -> None:
    documents = role(RULES, "team-x", "jane")

    assert list(yaml.safe_load_all(text(documents))) == documents


def test_who_has_a_prometheus_asks_for_no_roles_and_for_a_pod_monitor_only_if_its_operator_takes_them() -> None:
    others = PrometheusSettings(url="https://prometheus.example")
    chosen = others.model_copy(update={"pod_monitor": {"release": "monitoring"}})
    by_annotation, by_monitor = ({str(right) for right in rights(asked(one))} for one in (others, chosen))

    assert {right.split()[1] for right in ALL - by_annotation} == {
        "roles.rbac.authorization.k8s.io",
        "rolebindings.rbac.authorization.k8s.io",
    }
    assert {right.split()[1] for right in by_monitor - by_annotation} == {"podmonitors.monitoring.coreos.com"}
    assert by_annotation <= ALL & by_monitor
