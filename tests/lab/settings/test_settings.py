"""The typed settings by themselves: units, profiles, and what the committed file says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lab.core.errors import UsageError
from lab.settings.case_settings import CaseSettings, ValiditySettings
from lab.settings.fields import Cpu, Memory, Seconds
from lab.settings.settings import Settings

SECONDS = TypeAdapter[int](Seconds)
CPU, MEMORY = TypeAdapter[str](Cpu), TypeAdapter[str](Memory)

CASE = {"title": "t", "rate": 60, "duration": "5m", "warmup": "30s", "fault": {"after": "1m", "for": "2m"}}


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_a_duration_means_the_same_however_it_is_written(hours: int, minutes: int, seconds: int) -> None:
    total = hours * 3600 + minutes * 60 + seconds

    for written in (total, f"{total}s", f"{hours}h{minutes}m{seconds}s", f"{minutes + 60 * hours}m{seconds}s"):
        assert SECONDS.validate_python(written) == total


@pytest.mark.parametrize(
    "value", ["", "5", "s", "5x", "5s1m", "1.5m", "-5s", "5 s", "5s\n", 1.5, True, None, -1, [], "9999999h", 10**9]
)
def test_what_is_no_duration_is_refused(value: Any) -> None:
    with pytest.raises(
        ValidationError, match=r"must be a duration such as 90s, 5m or 1m30s|(greater|less) than or equal to"
    ):
        SECONDS.validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (CPU, "1", "1"), (CPU, 2, "2"), (CPU, 0.5, "0.5"), (CPU, "250m", "250m"), (CPU, ".5", ".5"), (CPU, "1e1", "1e1"),
        (MEMORY, "512Mi", "512Mi"), (MEMORY, "1Gi", "1Gi"), (MEMORY, "1Ti", "1Ti"), (MEMORY, "2G", "2G"),
        (MEMORY, "2e9", "2e9"), (MEMORY, 536870912, "536870912"), (MEMORY, "2000000000000m", "2000000000000m"),
    ],
)  # fmt: skip
def test_a_quantity_is_written_as_kubernetes_has_it(kind: TypeAdapter[str], value: Any, kept: str) -> None:
    assert kind.validate_python(value) == kept


@pytest.mark.parametrize(
    "value", ["", "one", "1 Gi", "1gi", "1GB", "1.2.3", "-1", "1Gi\n", "1Kie3", "٣", "NaN", "1e999"]
)
@pytest.mark.parametrize("kind", [CPU, MEMORY])
def test_what_is_no_quantity_is_refused(kind: TypeAdapter[str], value: str) -> None:
    with pytest.raises(ValidationError, match="must be a Kubernetes quantity"):
        kind.validate_python(value)


@pytest.mark.parametrize("value", ["500M", "1k", "1Ki", "5u", "0", "0.5m", "5000"])
def test_cpu_that_no_node_has_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match=r"must be cores such as 2, 0.5 or 500m, from 1m to 1024"):
        CPU.validate_python(value)


@pytest.mark.parametrize("value", ["512m", "512", "1k", "512k", "1Ei", "0"])
def test_memory_with_a_wrong_suffix_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="must be an amount such as 512Mi or 2Gi, from 1Mi to 1Pi"):
        MEMORY.validate_python(value)


def test_smoke_replaces_what_it_names_and_nothing_else() -> None:
    own = {"duration": "40s", "warmup": "5s", "fault": {"after": 8, "for": 9}}
    case, without = CaseSettings.model_validate({**CASE, "smoke": own}), CaseSettings.model_validate(CASE)

    trial = case.at("smoke")

    assert (trial.duration, trial.warmup, trial.rate) == (40, 5, 60)
    assert trial.fault is not None
    assert (trial.fault.after, trial.fault.for_) == (8, 9)
    assert case.at("full") is case
    assert without.at("smoke") is without


def test_limits_have_a_trial_too() -> None:
    limits = ValiditySettings(rate_reached=0.99, throttled=0.05, generator_cpu=0.9, path=0.25, smoke={"path": 0.5})

    assert (limits.at("full").path, limits.at("smoke").path) == (0.25, 0.5)


def test_settings_can_not_be_changed(settings: Settings) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings.name = "other"  # type: ignore[misc]


def test_an_image_of_one_s_own_is_never_pulled(settings: Settings) -> None:
    images = settings.images

    assert [images.engine.policy, images.gateway.policy, images.redpanda.policy] == ["Never", "Never", "IfNotPresent"]


def test_a_topology_is_found_by_name(settings: Settings) -> None:
    assert [shard.name for shard in settings.topology("single").shards] == ["me-shard-a"]

    with pytest.raises(UsageError, match=r"topology must be one of single.*; got 'tripple'"):
        settings.topology("tripple")


def test_the_spec_s_shape_and_ports_are_committed(settings: Settings) -> None:
    """Infrastructure spec 4.1: one server, three agents; 8080, 9090 and 3000 lead to the entry, Prometheus, Grafana.

    The control beside the entry is the lab's own.
    """
    assert (settings.name, settings.cluster.servers, settings.cluster.agents) == ("matching-engine-exp", 1, 3)
    assert settings.ports.model_dump() == {
        "entry": 8080,
        "control": 8081,
        "prometheus": 9090,
        "grafana": 3000,
        "registry": 5111,
    }
    assert settings.node_ports.model_dump() == {
        "entry": 30080,
        "control": 30081,
        "prometheus": 30090,
        "grafana": 30000,
    }
    assert "traefik" in settings.cluster.disable


def test_every_case_at_every_profile_fits_and_a_trial_is_little_over_a_minute(settings: Settings) -> None:
    for case in settings.cases.values():
        assert case.at("smoke").duration < 70
        assert case.at("full").duration >= 120


def test_nothing_is_used_as_the_latest(settings: Settings) -> None:
    """Everything is pinned in one place."""
    images = [
        getattr(settings.images, role).name for role in ("engine", "gateway", "redpanda", "prometheus", "grafana")
    ]

    assert all(":" in name and not name.endswith(":latest") for name in images)
    assert settings.charts.prometheus.version
    assert settings.charts.grafana.version


def test_a_ramp_has_sent_the_area_under_its_lines(settings: Settings) -> None:
    ramp = settings.cases["b3"]

    assert ramp.orders_by(0) == 0
    assert ramp.orders_by(120) == 2040
    assert ramp.orders_by(180) == 2040 + (1020 + 1770) / 2
    assert ramp.orders_by(600) == ramp.orders == 33_300
    assert ramp.orders_by(700) == ramp.orders
    assert settings.cases["a2"].orders_by(30) == 510
