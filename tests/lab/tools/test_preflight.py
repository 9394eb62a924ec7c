"""What this machine has against what the pods ask for."""

import os
import socket
from collections.abc import Iterator

import psutil
import pytest

from lab.core.errors import PreflightError
from lab.process import ports
from lab.settings.settings import Settings
from lab.settings.topology import Shard, Topology
from lab.tools import preflight
from lab.tools.docker import Engine
from lab.tools.preflight import Totals, requested, warnings

GIB = 2**30


def engine(cpus: int = 12, memory: float = 16 * GIB, cgroup: str = "2") -> Engine:
    return Engine(version="27", cpus=cpus, memory=int(memory), cgroup=cgroup, storage="overlay2")


def shards(count: int) -> Topology:
    return Topology(name="t", shards=tuple(Shard(id=f"s{n}", symbols=(f"S{n}",)) for n in range(count)))


CONTROL = Totals(cpu=0.05, memory=2**26)
"""What the control asks for beside the spec's rows."""
SUMS = [
    # The spec's table says 1.9 GiB, its own rows 1.875.
    (1, Totals(cpu=2.5, memory=1.875 * GIB)),
    # With the gateway; the spec's table says 3.2 GiB, its rows 3.125.
    (3, Totals(cpu=5.0, memory=3.125 * GIB)),
]


@pytest.mark.parametrize(("count", "asked"), SUMS)
def test_a_topology_asks_for_what_its_rows_add_up_to_and_the_control_beside_it(
    settings: Settings, count: int, asked: Totals
) -> None:
    found = requested(settings, shards(count))

    assert found.cpu == pytest.approx(asked.cpu + CONTROL.cpu)
    assert found.memory == asked.memory + CONTROL.memory


@pytest.mark.parametrize("count", [2, 5, 50])
def test_each_further_shard_asks_for_one_engine_more(settings: Settings, count: int) -> None:
    more, less = requested(settings, shards(count + 1)), requested(settings, shards(count))

    assert more.cpu - less.cpu == pytest.approx(1.0)
    assert more.memory - less.memory == 0.5 * GIB


WARNINGS = [
    (engine(), 4096, []),
    (engine(cpus=2), 4096, ["the pods request 2.55 cores, Docker has 2: they share; saturation is measured"]),
    (engine(memory=3 * GIB), 4096, ["pods and nodes need 3.44 GiB, Docker has 3 GiB; give Docker more"]),
    (engine(cgroup="?"), 4096, ["Docker says cgroup version '?'; throttling may not be measurable"]),
    (engine(cgroup="1"), 4096, []),
    (engine(), 256, ["only 256 files may be open at once; run 'ulimit -n 1024'"]),
]


@pytest.mark.parametrize(("machine", "files", "expected"), WARNINGS)
def test_what_may_spoil_a_run_is_said_and_nothing_else(
    settings: Settings, machine: Engine, files: int, expected: list[str]
) -> None:
    """Each node claims all of the host's cores, so the scheduler can't see it."""
    assert list(warnings(settings, settings.topology("single"), machine, files)) == expected


def test_all_that_may_spoil_a_run_is_said_at_once(settings: Settings) -> None:
    small = engine(cpus=1, memory=1 * GIB, cgroup="0")

    assert len(list(warnings(settings, settings.topology("single"), small, 1))) == 4


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_a_taken_port_is_named_with_its_holder_and_the_next_step(taken: int) -> None:
    with pytest.raises(PreflightError) as caught:
        preflight.require_free({"entry": taken, "grafana": free()})

    name = psutil.Process().name()
    assert caught.value.summary == (
        f"port {taken} on 127.0.0.1 is taken by {name} (pid {os.getpid()}); "
        "free it, or set ports.entry in experiment.local.yaml"
    )
    assert caught.value.code == 3


def test_each_further_port_that_is_taken_is_a_line_below(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as second:
        other = second.getsockname()[1]
        with pytest.raises(PreflightError) as caught:
            preflight.require_free({"entry": taken, "grafana": other})

    assert caught.value.details == (
        f"port {other} on 127.0.0.1 is taken by {psutil.Process().name()} (pid {os.getpid()})",
    )


def test_a_port_taken_on_all_addresses_is_taken() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]

        assert preflight.taken_ports({"entry": port}) == {"entry": port}


def test_free_ports_are_no_trouble() -> None:
    preflight.require_free({"entry": free()})


@pytest.mark.parametrize("error", [psutil.AccessDenied(1), psutil.NoSuchProcess(1)])
def test_a_holder_that_this_user_may_not_see_is_another_program(
    monkeypatch: pytest.MonkeyPatch, taken: int, error: psutil.Error
) -> None:
    def refuse(_kind: str) -> list[object]:
        raise error

    monkeypatch.setattr(psutil, "net_connections", refuse)

    assert ports.holder(taken) == "another program"


def test_how_many_files_may_be_open_is_read() -> None:
    assert preflight.open_files() > 0
