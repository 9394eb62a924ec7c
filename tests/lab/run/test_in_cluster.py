"""What the pods of a load are told to do."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.cluster.runner_job import RESULTS, RunnerJob, Way
from lab.cluster.runner_pods import owner
from lab.core.paths import ROOT
from lab.run import in_cluster
from lab.run.in_cluster import CONFIG, InCluster
from lab.settings.settings import LoadSettings, Settings
from lab.settings.topology import Topology
from lab.tools import k6
from tests.lab.doubles import ONE, TWO, lab_of, silent
from tests.lab.made import case

PROMETHEUS = Way(namespace="monitoring", labels={"name": "prometheus"}, port=9090)


def jobs(settings: Settings, topology: Topology = ONE, *, runners: int = 3) -> RunnerJob:
    inside = settings.model_copy(update={"load": LoadSettings(origin="cluster", runners=runners)})
    made = InCluster(
        lab=lab_of(inside),
        topology=topology,
        image="k6:1",
        remote_write="http://prometheus",
        prometheus=PROMETHEUS,
        say=silent,
    )
    return made.job(k6.Load(case=case("b1-peak"), topology=topology, seed=1, testid="run-b1", folder=Path("/x")))


def after(flag: str, command: Sequence[str]) -> str:
    return command[command.index(flag) + 1]


def test_each_pod_has_its_part_and_waits(settings: Settings) -> None:
    commands = jobs(settings).commands

    assert [after("--execution-segment", command) for command in commands] == ["0/3:1/3", "1/3:2/3", "2/3:3/3"]
    assert all({"--paused", "--no-setup"} <= set(command) for command in commands)


def test_one_alone_has_all_of_it_and_is_steered_too(settings: Settings) -> None:
    (command,) = jobs(settings, runners=1).commands

    assert after("--execution-segment", command) == "0/1:1/1"


def test_all_that_a_pod_is_told_to_read_is_there_and_it_writes_where_it_may(settings: Settings) -> None:
    job = jobs(settings)
    command = job.commands[0]

    assert command[-1] in job.scripts
    assert "lib/load.js" in job.scripts
    assert job.scripts[CONFIG] == k6.CONFIG.read_text()
    assert after("--config", command) == f"/lab/scripts/{CONFIG}"
    assert after("--out", command[command.index("--out") + 1 :]) == f"csv={RESULTS}/{k6.SAMPLES}"
    assert not any(str(ROOT) in word for word in command)


def test_orders_go_to_the_service_and_k6_s_own_series_to_prometheus(settings: Settings) -> None:
    job = jobs(settings)

    assert f"GATEWAY_URL={in_cluster.ENTRY}" in job.commands[0]
    assert job.env["K6_PROMETHEUS_RW_SERVER_URL"] == "http://prometheus/api/v1/write"


@pytest.mark.parametrize(("topology", "takes"), [(ONE, "matching-engine"), (TWO, "edge-gateway")])
def test_traffic_is_allowed_to_what_takes_the_orders(settings: Settings, topology: Topology, takes: str) -> None:
    assert [way.labels for way in jobs(settings, topology).ways] == [
        {"app": takes},
        {"app": "control"},
        PROMETHEUS.labels,
    ]


def test_scripts_that_lie_elsewhere_bring_their_own_folder(settings: Settings, tmp_path: Path) -> None:
    folder = settings.loadtests.model_copy(update={"folder": str(tmp_path)})

    job = jobs(settings.model_copy(update={"loadtests": folder}))

    assert job.commands[0][-1] == "test-asr2-b1-peak.js"
    assert "lib/load.js" in job.scripts


def test_it_is_known_until_when_it_may_last(settings: Settings) -> None:
    job = jobs(settings)

    assert job.annotations.keys() == owner(lasts=1).keys()
    assert job.deadline == k6.deadline(case("b1-peak"), ONE)
