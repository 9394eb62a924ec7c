"""Images for a cluster that is there: pushed under content-bound tags, or named by their digests."""

import pytest

from lab.core.errors import UsageError
from lab.runtime.kubernetes import pushing
from lab.settings.settings import ImageSettings, KubernetesSettings, PrometheusSettings, Settings
from lab.tools import docker
from tests.lab.doubles import with_images

ID = "sha256:0123456789abcdef"
DIGEST = "registry.example.com/team/matching-engine@sha256:" + 64 * "a"


@pytest.fixture
def team(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(docker, "image", lambda _name: (ID, ""))
    cluster = KubernetesSettings(context="team", namespace="team-x", registry="registry.example.com/team")
    return settings.model_copy(update={"kubernetes": cluster})


def test_each_image_but_grafanas_is_pushed_to_the_registry_under_a_tag_of_its_content(team: Settings) -> None:
    made = {item.role: item for item in pushing.deliveries(team, team.topology("multi"))}

    assert made.keys() == {"engine", "gateway", "control", "redpanda", "prometheus"}
    assert made["engine"].reference == "registry.example.com/team/matching-engine:experiment-v1-0123456789ab"
    assert all(item.pushed == item.reference for item in made.values())


def test_no_prometheus_is_pushed_where_the_cluster_has_one(team: Settings) -> None:
    cluster = team.kubernetes and team.kubernetes.model_copy(
        update={"prometheus": PrometheusSettings(url="https://prometheus.example")}
    )
    there = team.model_copy(update={"kubernetes": cluster})

    assert "prometheus" not in pushing.pushed(there, there.topology("single"))


def test_an_image_that_is_named_by_its_digest_is_neither_built_nor_pushed(team: Settings) -> None:
    named = with_images(team, engine=ImageSettings(name=DIGEST))

    assert "engine" not in pushing.pushed(named, named.topology("multi"))


def test_images_without_a_digest_need_a_registry(team: Settings) -> None:
    cluster = KubernetesSettings(context="team", namespace="team-x")
    without = team.model_copy(update={"kubernetes": cluster})

    with pytest.raises(
        UsageError, match=r"kubernetes\.registry must be a registry .*; name it, or the image by its digest"
    ):
        pushing.deliveries(without, without.topology("single"))
