import dataclasses
import json

import pytest

from lab.core.errors import ToolError
from lab.run import host
from lab.store.made_with import Host


def test_of_dockers_facts_those_are_kept_that_figures_depend_on() -> None:
    said = {
        "ServerVersion": "29.1.0",
        "NCPU": 8,
        "MemTotal": 16,
        "Driver": "overlay2",
        "CgroupVersion": "2",
        "Name": "x",
    }

    assert host.parse_docker(json.dumps(said)) == {
        "version": "29.1.0", "cores": 8, "memory": 16, "storage": "overlay2", "cgroup": "2",
    }  # fmt: skip


def test_a_docker_that_does_not_answer_is_no_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ToolError("docker is not there")

    monkeypatch.setattr(host, "run", broken)

    facts = host.facts()

    assert facts.docker == {}
    assert facts.cores >= 1
    assert facts.memory > 0


def test_words_that_are_no_json_are_no_facts() -> None:
    assert host.parse_docker("Cannot connect to the Docker daemon") == {}


def test_the_nodes_share_dockers_cores_which_may_be_fewer_than_the_machines() -> None:
    machine = Host(
        system="Darwin", architecture="arm64", processor="M", cores=10, memory=1, load=(0, 0, 0), docker={"cores": 4}
    )

    assert machine.node_cores == 4
    assert dataclasses.replace(machine, docker={}).node_cores == 10
