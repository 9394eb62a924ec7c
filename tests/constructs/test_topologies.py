"""Any number of shards."""

from collections.abc import Callable
from typing import Any

import cdk8s
import kubernetes_validate
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from lab.commands import scaffold
from lab.manifests.consistency import problems
from lab.settings.layout import of_own_cluster
from lab.settings.settings import Settings
from lab.settings.topology import Shard, Topology
from matching_engine import workload
from matching_engine.gateway import GatewayConstruct

Objects = list[dict[str, Any]]
IDS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
SYMBOLS = st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True)


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    """Up to six shards that share no symbol."""
    ids = draw(st.lists(IDS, min_size=1, max_size=6, unique=True))
    symbols = draw(st.lists(SYMBOLS, min_size=len(ids), max_size=24, unique=True))
    shards = (Shard(id=id_, symbols=tuple(symbols[place :: len(ids)])) for place, id_ in enumerate(ids))
    return Topology(name="any", shards=tuple(shards))


def _env(objects: Objects, name: str) -> dict[str, str]:
    deployment = next(o for o in objects if o["kind"] == "Deployment" and o["metadata"]["name"] == name)
    return {item["name"]: item["value"] for item in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}


@examples(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(topology=topologies())
def test_every_shard_has_its_deployment_service_and_symbols_and_the_gateway_maps_of_all(
    synthesize: Callable[[Topology], Objects], topology: Topology
) -> None:
    objects = synthesize(topology)
    names = {(item["kind"], item["metadata"]["name"]) for item in objects}

    for shard in topology.shards:
        assert {("Deployment", shard.name), ("Service", shard.name)} <= names
        env = _env(objects, shard.name)
        assert (env["SHARD_ID"], tuple(env["SHARD_SYMBOLS"].split(","))) == (shard.id, shard.symbols)
    assert (("Deployment", "edge-gateway") in names) is topology.has_gateway
    if topology.has_gateway:
        env = _env(objects, "edge-gateway")
        urls, symbols = (
            dict(entry.split("=", 1) for entry in env[name].split(","))
            for name in ("ME_SHARD_MAP", "SHARD_SYMBOLS_MAP")
        )
        assert urls == {shard.id: f"http://{shard.name}:8080" for shard in topology.shards}
        assert symbols == {shard.id: ":".join(shard.symbols) for shard in topology.shards}


def test_the_workloads_namespace_says_which_topology_stands_in_it(single: Objects, multi: Objects) -> None:
    for objects, name in ((single, "single"), (multi, "multi")):
        annotations = {item["metadata"]["name"]: item["metadata"].get("annotations") for item in objects[:2]}

        assert annotations == {"matching-engine": {"matching-engine-lab/topology": name}, "monitoring": None}


def test_a_hundred_shards_agree_and_are_valid_by_the_strict_schemas(
    synthesize: Callable[[Topology], Objects],
) -> None:
    objects = synthesize(scaffold.topology("many", shards=100, symbols=4))

    assert sum(item["kind"] == "Deployment" for item in objects) == 102
    assert problems(objects, "matching-engine") == []
    of_each_kind = {(item["kind"], item["metadata"]["labels"].get("app")): item for item in objects}
    for item in of_each_kind.values():
        kubernetes_validate.validate(item, "1.33", strict=True)


def test_more_shards_need_no_more_policies(synthesize: Callable[[Topology], Objects]) -> None:
    counts = []
    for shards in (2, 12):
        topology = Topology(name="many", shards=tuple(Shard(id=f"s{n}", symbols=(f"SYM-{n}",)) for n in range(shards)))
        counts.append(sum(item["kind"] == "NetworkPolicy" for item in synthesize(topology)))

    assert counts[0] == counts[1]


def test_three_shards_stand_behind_a_gateway_like_this(multi: Objects, snapshot: SnapshotAssertion) -> None:
    assert [item for item in multi if item["metadata"]["name"] in {"edge-gateway", "entry"}] == snapshot


LIMIT = 128 * 1024
"""MAX_ARG_STRLEN: Linux's own, the closing NUL included."""


@examples(max_examples=60, deadline=None)
@given(over=st.integers(-40, 40), name=st.from_regex(r"[A-Z_]{1,20}", fullmatch=True), letter=st.sampled_from("aé"))
def test_fails_if_a_variable_is_longer_than_linux_takes(over: int, name: str, letter: str) -> None:
    """A program that is given one can't be started: what the pod would say is `argument list too long`."""
    room = LIMIT + over - len(f"{name}=\0".encode())
    value = letter * (room // len(letter.encode())) + "a" * (room % len(letter.encode()))
    assert len(f"{name}={value}\0".encode()) == LIMIT + over

    if over <= 0:
        assert workload._variable(name, value)
    else:
        with pytest.raises(ValueError, match=rf"{name} takes {LIMIT + over - 1} bytes, .* at most {LIMIT - 1} "):
            workload._variable(name, value)


def test_fails_if_the_gateway_is_given_more_shards_than_its_maps_can_name(
    synthesize: Callable[[Topology], Objects],
) -> None:
    names = ("X" * 3000 + f"-{number}" for number in range(50))
    topology = Topology(name="many", shards=tuple(Shard(id=f"s{n}", symbols=(name,)) for n, name in enumerate(names)))

    with pytest.raises(ValueError, match=r"SHARD_SYMBOLS_MAP takes 15.* bytes.*; give the topology fewer shards"):
        synthesize(topology)


def test_fails_if_the_gateway_is_given_no_shard(settings: Settings) -> None:
    chart = cdk8s.Testing.chart()

    with pytest.raises(ValueError, match="the gateway has no shard to send orders to; give it at least one"):
        GatewayConstruct(
            chart,
            "gateway",
            shards=[],
            image=settings.images.gateway,
            resources=settings.resources.gateway,
            deadline=180,
            layout=of_own_cluster(settings),
        )
