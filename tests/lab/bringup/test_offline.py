"""What a bring-up without the internet lacks is named before anything begins."""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.bringup import images, offline, pins, up
from lab.cluster.lab import Lab
from lab.core.errors import PreflightError
from lab.settings.settings import Settings
from lab.tools import docker, k3d, preflight, tools
from lab.tools.tools import Missing, Tool
from tests.lab.doubles import ONE, Tools, silent

K3D_TOOLS = k3d.tools_image("5.9.0")


def machine(monkeypatch: pytest.MonkeyPatch, lab: Lab, *, lacks: frozenset[str] = frozenset()) -> Lab:
    """A machine that has everything but this: tools and images by name, charts by release."""
    charts = {"prometheus", "grafana"} - lacks
    monkeypatch.setattr(tools, "find", lambda name, _spec: _found(name, name in lacks))
    monkeypatch.setattr(docker, "image", lambda name: None if name in lacks else ("sha256:1", ""))
    monkeypatch.setattr(
        images,
        "why_in_store",
        lambda settings, role: None if images.settings_of(settings, role).name in lacks else "is there",
    )
    monkeypatch.setattr(pins, "chart", lambda _settings, name: "a copy" if name in charts else None)
    toolbox = Tools()
    toolbox.specs = {name: getattr(lab.settings.tools, name) for name in type(lab.settings.tools).model_fields}
    return replace(lab, tools=toolbox, offline=True)


def _found(name: str, is_missing: bool) -> Tool | Missing:
    if is_missing:
        return Missing(name=name, pinned="1", reason=f"{name} is not on PATH")
    version = "5.9.0" if name == "k3d" else "1"
    return Tool(name=name, path=Path(name), version=version, origin="PATH", reason="")


def test_with_everything_here_nothing_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    offline.require(machine(monkeypatch, lab), ONE)


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ("helm", "helm is not here: helm is not on PATH"),
        (K3D_TOOLS, f"image {K3D_TOOLS}, which k3d uses, is not in Docker's store"),
        ("matching-engine:experiment-v1", "image matching-engine:experiment-v1 is to be built from"),
        ("docker.redpanda.com/redpandadata/redpanda:v26.2.1", "image docker.redpanda.com/.* is not in Docker's store"),
        ("rancher/k3s:v1.35.5-k3s1", "image rancher/k3s:v1.35.5-k3s1 is not in Docker's store"),
        (k3d.REGISTRY_IMAGE, f"image {k3d.REGISTRY_IMAGE} is not in Docker's store"),
        ("grafana", "chart oci://.*/grafana is at its registry alone"),
    ],
)
def test_each_thing_that_would_be_fetched_is_named_with_the_next_command(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, lacks: str, said: str
) -> None:
    with pytest.raises(PreflightError, match=f"^--offline: {said}.*; run './invokew up' once with internet"):
        offline.require(machine(monkeypatch, lab, lacks=frozenset({lacks})), ONE)


def test_all_are_named_at_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PreflightError, match=r"\(and 2 more\)") as error:
        offline.require(machine(monkeypatch, lab, lacks=frozenset({"k6", "grafana", "rancher/k3s:v1.35.5-k3s1"})), ONE)

    assert len(error.value.details) == 2


def test_a_gateways_image_is_not_needed_where_there_is_none(
    lab: Lab, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline.require(machine(monkeypatch, lab, lacks=frozenset({settings.images.gateway.name})), ONE)


def test_preflight_refuses_before_any_tool_is_had(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = machine(monkeypatch, lab, lacks=frozenset({"helm"}))
    monkeypatch.setattr(docker, "engine", lambda: None)
    monkeypatch.setattr(preflight, "require_free", pytest.fail)

    with pytest.raises(PreflightError, match="--offline: helm is not here"):
        up.preflight_step(bare, ONE).run(silent)
