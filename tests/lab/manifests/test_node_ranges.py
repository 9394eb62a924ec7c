"""The policies that are applied let in the nodes of the cluster that stands, whatever ranges its user gave Docker and k3s."""

import copy
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import yaml

from lab.cluster.lab import Lab
from lab.core import node_blocks
from lab.core.paths import DIST
from lab.manifests import manifest, node_ranges
from lab.manifests.manifest import Manifest
from tests.lab.doubles import FakeKube, Recorder

Object = dict[str, Any]
USUAL = node_blocks.by_default(4)[2:]


def blocks_in(documents: list[Object]) -> set[str]:
    return {
        peer["ipBlock"]["cidr"]
        for document in documents
        if document["kind"] == "NetworkPolicy"
        for way, side in (("ingress", "from"), ("egress", "to"))
        for rule in document["spec"].get(way, ())
        for peer in rule.get(side, ())
        if "ipBlock" in peer
    }


@pytest.fixture
def documents() -> list[Object]:
    return list(filter(None, yaml.load_all((DIST / "multi.k8s.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)))


def test_the_committed_files_have_the_defaults(documents: list[Object]) -> None:
    assert blocks_in(documents) == set(node_blocks.by_default(4))


def test_other_ranges_take_the_place_of_the_defaults_and_nothing_else_changes(documents: list[Object]) -> None:
    before = copy.deepcopy(documents)

    assert node_ranges.lay_over(documents, ("10.200.0.0/16", "10.99.1.0/31"))

    assert blocks_in(documents) == {"10.200.0.0/16", "10.99.1.0/31"}
    assert not node_ranges.lay_over(documents, ("10.200.0.0/16", "10.99.1.0/31")), "once more changes nothing"
    node_ranges.lay_over(documents, node_blocks.by_default(4))
    assert documents == before


def test_where_nothing_is_known_of_the_nodes_the_defaults_stay(documents: list[Object]) -> None:
    assert not node_ranges.lay_over(documents, ())
    assert blocks_in(documents) == set(node_blocks.by_default(4))


NODES: dict[str, tuple[list[list[str]], tuple[str, ...]]] = {
    "none is in yet": ([], USUAL),
    "k3s's own": ([["10.42.0.0/24"], ["10.42.4.0/24"]], USUAL),
    "one without a part": ([["10.42.0.0/24"], []], USUAL),
    "another pod network": ([["10.99.1.0/24"], ["10.99.0.0/24"]], ("10.99.0.0/31", "10.99.1.0/31")),
    "two families": ([["10.42.0.0/24", "fd00:42::/64"]], ("10.42.0.0/31", "fd00:42::/127")),
    "a part beyond the usual": ([["10.42.9.0/24"]], ("10.42.9.0/31",)),
}


@pytest.mark.parametrize("name", NODES)
def test_the_ranges_are_docker_s_and_kubernetes_own(
    lab: Lab, kube: FakeKube, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    parts, expected = NODES[name]
    Recorder().on("network", "k3d-matching-engine-exp", stdout="10.200.0.0/16\n\n").instead_of_run(
        monkeypatch, node_ranges
    )
    kube.objects["Node"] = [{"metadata": {"name": f"n{n}"}, "spec": {"podCIDRs": own}} for n, own in enumerate(parts)]

    assert node_ranges.of_cluster(lab) == ("10.200.0.0/16", *expected)


def test_without_docker_s_network_nothing_is_known(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    Recorder().on("network", code=1, stderr="no such network").instead_of_run(monkeypatch, node_ranges)

    assert node_ranges.of_cluster(lab) == ()


@pytest.mark.parametrize("part", ["10.42.3.0/24", "10.0.0.0/22", "fd00:42:1::/64"])
def test_a_node_s_own_addresses_are_the_first_two_of_its_part(part: str) -> None:
    (block,) = node_blocks.in_pod_networks([part])
    first = ip_network(part).network_address

    assert [ip_address(int(first) + n) in ip_network(block) for n in range(3)] == [True, True, False]


def test_the_file_that_is_applied_is_fitted_and_written_once(
    lab: Lab, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Recorder().on("network", stdout="10.200.0.0/16\n").instead_of_run(monkeypatch, node_ranges, manifest)
    path = tmp_path / "multi.k8s.yaml"
    path.write_text((DIST / path.name).read_text("utf-8"))
    made = Manifest(lab, path)

    made.fit()
    written = path.stat().st_mtime_ns
    made.fit()

    assert path.stat().st_mtime_ns == written
    assert blocks_in(Manifest(lab, path).documents) == {"10.200.0.0/16", *USUAL}
    assert Manifest(lab, path).names == Manifest(lab, DIST / path.name).names
    assert made.is_consistent()
