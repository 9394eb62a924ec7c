from pathlib import Path

import pytest

from lab.present import inside, reading
from lab.present.breakdown import PARTS, REST
from lab.present.case_document import CaseReport
from tests.lab.present.made_run import PART_MS, MadeCase, judged, make


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> CaseReport:
    (only,) = reading.read(make(tmp_path_factory.mktemp("runs"), MadeCase())).cases
    return only


def test_the_parts_of_the_latency_add_up_to_the_whole(case: CaseReport) -> None:
    (whole,) = case.breakdowns

    assert [part.name for part in whole.parts] == [*PARTS, REST]
    assert whole.total == pytest.approx(1.1, rel=0.1)
    assert sum(part.mean for part in whole.parts) == pytest.approx(whole.total)


def test_a_part_is_its_histograms_sum_over_all_orders(case: CaseReport) -> None:
    means = {part.name: part.mean for part in case.breakdowns[0].parts}

    assert {name: means[name] for name in PART_MS} == pytest.approx(PART_MS, rel=0.1)


def test_an_engine_without_such_histograms_has_no_breakdown(tmp_path: Path) -> None:
    folder = make(tmp_path)
    text = (folder / "a2" / "prometheus.json").read_text()
    for metric in PARTS.values():
        text = text.replace(metric, "other")
    (folder / "a2" / "prometheus.json").write_text(text)

    assert reading.read(folder).cases[0].breakdowns == ()


def test_containers_are_told_by_their_workload_with_their_limits(case: CaseReport) -> None:
    (one,) = case.containers

    assert one.name == "me-shard-a"
    assert one.cores == pytest.approx(0.4, rel=0.1)
    assert (one.cores_limit, one.memory_limit) == (2, 2**30)
    assert one.throttled == pytest.approx(0.01, rel=0.1)
    assert one.memory == pytest.approx(63 * 2**20, rel=0.05)


def test_cpu_over_time_is_between_two_of_cadvisors_own_figures(case: CaseReport) -> None:
    usage = case.containers[0].usage

    assert len(usage) == 12
    assert all(one.cores == pytest.approx(0.4, rel=0.2) for one in usage[1:])


def test_a_program_without_limits_is_not_limited_and_never_0_percent_throttled(tmp_path: Path) -> None:
    """Nothing was throttled because nothing could be: a zero would claim that somebody looked."""
    folder = make(tmp_path, MadeCase(name="a2"))
    judged(folder, runtime="process")

    (case,) = reading.read(folder).cases

    table = inside.containers(case)
    assert table is not None
    assert {cell for row in table.rows for cell in (row[3], row[5], row[6])} == {"not limited"}
