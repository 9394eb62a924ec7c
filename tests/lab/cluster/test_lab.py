"""The way to the cluster that the settings name."""

from pathlib import Path

import pytest

from lab.cluster.lab import in_namespace
from lab.core.access import Namespaces
from lab.core.errors import UsageError
from lab.settings.settings import KubernetesSettings, Settings
from tests.lab.doubles import Tools

KUBECONFIG = "contexts: [{name: team, context: {}}, {name: prod, context: {}}]\ncurrent-context: prod\n"


def settings_of(settings: Settings, kubeconfig: Path, context: str) -> Settings:
    cluster = KubernetesSettings(context=context, kubeconfig=str(kubeconfig), namespace="team-x")
    return settings.model_copy(update={"kubernetes": cluster})


def test_the_context_and_the_namespace_are_those_of_the_settings_and_never_the_current_one(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(KUBECONFIG)

    lab = in_namespace(settings_of(settings, tmp_path / "config", "team"), Tools())

    assert lab.access.kubectl("get") == (
        "kubectl",
        "--kubeconfig",
        str(tmp_path / "config"),
        "--context",
        "team",
        "get",
    )
    assert lab.access.namespaces == Namespaces(workloads="team-x", monitoring="team-x")
    assert (lab.standing.kind, lab.standing.namespace) == ("ConfigMap", "team-x")


def test_a_context_that_the_kubeconfig_does_not_have_is_refused_with_those_that_it_has(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(KUBECONFIG)

    with pytest.raises(UsageError, match=r"kubernetes\.context must be one of team, prod, by .*; got 'nosuch'"):
        in_namespace(settings_of(settings, tmp_path / "config", "nosuch"), Tools())


@pytest.mark.parametrize("written", [None, "", "[]", "a: b", "{"])
def test_what_is_no_kubeconfig_is_refused(settings: Settings, tmp_path: Path, written: str | None) -> None:
    if written is not None:
        (tmp_path / "config").write_text(written)

    with pytest.raises(UsageError, match=r"kubernetes\.kubeconfig must be a kubeconfig file; .*config is none"):
        in_namespace(settings_of(settings, tmp_path / "config", "team"), Tools())
