from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from lab.conduct import search as search_
from lab.conduct import session
from lab.conduct.search import require_found, run_capacity
from lab.core.errors import InvalidRunError, LabError, SloMissedError, ToolError
from lab.judge.capacity import Capacity, Machine
from lab.judge.demand import Demand
from lab.judge.rate_search import Interval, Search
from lab.measure.measurements import CaseMeasurements
from lab.present.capacity_rows import lines
from lab.present.results import Display
from lab.process.shell import InterruptedLabError
from lab.run import capacity_run
from lab.run.books import Emptied
from lab.run.capacity_run import CapacityRun
from lab.settings.suites import Case, capacity_suite
from lab.store.files import CapacityFile
from lab.store.folder import Folder
from lab.store.runs import Run
from tests.lab.doubles import lab_of
from tests.lab.made import SETTINGS, generator, measured
from tests.lab.runtimes import FakeRuntime
from tests.lab.searches import capacity, failed, held

SUITE = capacity_suite(SETTINGS, "single", "smoke")
Answer = Callable[[int], CaseMeasurements]


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], CapacityRun]:
    """A search whose tries of a rate come to what a function says."""

    def made(answer: Answer, search: Search | Demand | None = None, **more: Any) -> CapacityRun:
        class Scripted:
            host_busy = 0.7

            def __init__(
                self, _bench: object, run: Run, case: Case, _topology: object, *, name: str, **_: object
            ) -> None:
                self._rate = case.settings.rate
                run.case(name)

            def measure(self) -> CaseMeasurements:
                return answer(self._rate)

        monkeypatch.setattr(capacity_run, "CaseRun", Scripted)
        context: Any = None
        capacity = SETTINGS.capacity.model_copy(update={"least": 1020})
        return CapacityRun(
            SETTINGS.model_copy(update={"capacity": capacity}),
            SUITE,
            Run.create(tmp_path, SUITE, datetime.now(UTC)),
            context,
            Display(SUITE),
            search=search or Search.of(capacity.at("smoke")),
            machine=Machine(nodes=4, cores=2),
            basis={"settings": "s"},
            worded=lines,
            **more,
        )

    return made


def kept(tmp_path: Path) -> CapacityFile:
    found = Folder(tmp_path / (tmp_path / "latest").read_text().strip()).read(CapacityFile)
    assert found is not None
    return found


def good(rate: int) -> CaseMeasurements:
    return measured("a2", rate_asked=rate, rate_reached=rate)


def up_to(capacity: int) -> Answer:
    return lambda rate: good(rate) if rate <= capacity else measured("a2", p99=800.0)


def test_the_search_is_kept_with_every_try(search: Callable[[Answer], CapacityRun], tmp_path: Path) -> None:
    found = search(up_to(5000)).find()

    assert found.interval is not None
    assert (found.interval.low or 0) <= 5000 <= (found.interval.high or 0)
    assert found.broke_off is None
    written = kept(tmp_path)
    assert written.capacity == found
    assert [(one.rate, one.outcome) for one in found.tries][:4] == [
        (1020, "held"), (2040, "held"), (4080, "held"), (8160, "did not hold"),
    ]  # fmt: skip
    assert found.tries[0].name == "try-01-1020"
    assert written.conclusion[0].startswith("capacity of single (SMOKE): ")


def test_each_try_that_was_measured_leaves_a_mark(search: Callable[[Answer], CapacityRun]) -> None:
    execution = search(up_to(2000))

    execution.find()

    assert [one.text.split(": ")[:2] for one in execution.marks][:2] == [
        ["try-01-1020", "held"],
        ["try-02-2040", "did not hold"],
    ]


def test_dropped_orders_end_a_capacity_and_not_the_search(search: Callable[[Answer], CapacityRun]) -> None:
    found = search(lambda rate: good(rate) if rate < 2000 else measured("a2", generator=generator(dropped=9))).find()

    assert found.interval is not None
    assert (found.interval.low or 0) < 2000 < (found.interval.high or 0)
    assert found.broke_off is None


def test_what_cannot_be_measured_is_explained_and_tried_once_more(search: Callable[..., CapacityRun]) -> None:
    explained: list[tuple[str, str]] = []
    troubles = iter([ToolError("the shards do not come back")])

    def once(rate: int) -> CaseMeasurements:
        for error in troubles:
            raise error
        return up_to(5000)(rate)

    found = search(once, explain=lambda name, _began, error: explained.append((name, str(error)))).find()

    assert explained == [("try-01-1020", "the shards do not come back")]
    assert found.is_bounded
    assert [one.outcome.value for one in found.tries][:2] == ["not measured", "held"]


def test_what_cannot_be_measured_twice_ends_the_search_with_what_held(
    search: Callable[[Answer], CapacityRun], tmp_path: Path
) -> None:
    found = search(lambda rate: good(rate) if rate < 2000 else measured("a2", problems=("k6 crashed",))).find()

    assert not found.is_bounded
    assert found.broke_off == "2,040 orders/min could not be measured twice in a row: k6 crashed"
    assert kept(tmp_path).capacity.broke_off == found.broke_off


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InterruptedLabError("interrupted")])
def test_an_interrupted_search_keeps_what_there_is(
    search: Callable[[Answer], CapacityRun], tmp_path: Path, error: BaseException
) -> None:
    def interrupted(rate: int) -> CaseMeasurements:
        if rate > 2000:
            raise error
        return good(rate)

    with pytest.raises(type(error)):
        search(interrupted).find()

    assert kept(tmp_path).capacity.broke_off == "the search was interrupted"
    assert [one.rate for one in kept(tmp_path).capacity.tries] == [1020]


def test_a_search_that_is_killed_has_left_its_tries(search: Callable[[Answer], CapacityRun], tmp_path: Path) -> None:
    """Nothing is written by a runner that gets SIGKILL: each try must be there before the next."""
    seen: list[int] = []

    def noted(rate: int) -> CaseMeasurements:
        seen.append(len(kept(tmp_path).capacity.tries))
        return up_to(5000)(rate)

    search(noted).find()

    assert seen == [*range(SETTINGS.capacity.at("smoke").tries)]


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (capacity(failed(1020)), SloMissedError),
        (capacity(broke_off="1,020 orders/min could not be measured twice in a row: k6"), InvalidRunError),
        (capacity(held(1020), broke_off="2,040 orders/min could not be measured twice in a row: k6"), InvalidRunError),
    ],
)
def test_no_capacity_ends_the_command_with_its_code(found: Capacity, error: type[LabError]) -> None:
    with pytest.raises(error, match="capacity of multi"):
        require_found(found)


@pytest.fixture
def of_runtime(
    search: Callable[[Answer], CapacityRun], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[FakeRuntime], Capacity]:
    """What a whole search comes to on a runtime, kept under a folder of its own."""
    search(up_to(5000))
    monkeypatch.setattr(session, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(session, "ROOT", tmp_path)

    def sought(runtime: FakeRuntime, **more: Any) -> Capacity:
        return run_capacity(runtime, replace(SUITE, runtime=runtime.name), **more)

    return sought


def test_a_search_is_made_on_the_bench_and_kept_with_what_it_ran_on(
    of_runtime: Callable[[FakeRuntime], Capacity], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime = FakeRuntime(lab_of(SETTINGS), name="process", nodes=1, cores=8, sources=("engine-0123456789ab",))

    found = of_runtime(runtime)

    assert runtime.asked == ["load context of single", "end of the load context"]
    assert (found.runtime, found.machine) == ("process", Machine(nodes=1, cores=8))
    assert kept(tmp_path / "runs").capacity == found
    assert {name: found.basis[name] for name in ("profile", "runtime", "engine", "machine")} == {
        "profile": "smoke", "runtime": "process", "engine": "engine-0123456789ab", "machine": "1 nodes, 8 cores",
    }  # fmt: skip
    said = capsys.readouterr().out
    assert "all of it on one machine" in said
    assert "capacity of single (PROCESS, SMOKE): " in said


def test_where_there_is_no_bench_there_is_no_run(
    of_runtime: Callable[[FakeRuntime], Capacity], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unscraped(*_: object) -> Any:
        raise ToolError("me-shard-a is not scraped")

    monkeypatch.setattr(FakeRuntime, "load_context", unscraped)

    with pytest.raises(ToolError, match="not scraped"):
        of_runtime(FakeRuntime(lab_of(SETTINGS)))

    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"cores": 16}, False),
        ({"nodes": 2}, False),
        ({"sources": ("registry:5000/matching-engine:2",)}, False),
        ({"name": "process"}, False),
        ({"lab": lab_of(SETTINGS.model_copy(update={"name": "another"}))}, False),
    ],
    ids=["the same", "cores", "nodes", "engines", "runtime", "settings"],
)
def test_only_capacities_of_labs_alike_are_compared(
    of_runtime: Callable[[FakeRuntime], Capacity], other: dict[str, Any], same: bool
) -> None:
    runtime = FakeRuntime(lab_of(SETTINGS))

    assert (of_runtime(runtime).basis == of_runtime(replace(runtime, **other)).basis) is same


def test_a_limit_of_cpu_is_put_on_after_each_restart_and_kept_with_what_was_found(
    of_runtime: Callable[..., Capacity], tmp_path: Path
) -> None:
    runtime = FakeRuntime(lab_of(SETTINGS))

    found = of_runtime(runtime, engine_cpu="30m")

    assert runtime.asked == ["30m CPU for single", "load context of single", "end of the load context", "lift"]
    assert (found.engine_cpu, found.basis["engine CPU"]) == ("30m", "30m")
    assert found.basis != of_runtime(runtime).basis
    assert search_._limited(emptied, lambda: runtime.asked.append("limit"))() == emptied()
    assert runtime.asked[-1] == "limit"


@pytest.mark.parametrize(
    ("capacity", "rate", "low", "high"), [(5000, 4000, 4000, None), (5000, 6000, None, 6000)], ids=["carried", "not"]
)
def test_a_demand_is_tried_alone_until_it_is_known_whether_it_is_carried(
    search: Callable[..., CapacityRun], capacity: int, rate: int, low: int | None, high: int | None
) -> None:
    found = search(up_to(capacity), Demand(asked=rate)).find()

    assert found.interval == Interval(rate=rate, low=low, high=high)
    assert [one.rate for one in found.tries] == [rate] * 4


def test_a_demand_about_the_capacity_is_undecided(search: Callable[..., CapacityRun]) -> None:
    answers = cycle([True, False])

    found = search(lambda rate: good(rate) if next(answers) else measured("a2", p99=800.0), Demand(asked=4000)).find()

    assert found.broke_off == "6 of 12 tries held: the rate is about its capacity"


def emptied() -> Emptied:
    return Emptied(restart=1.0, seconds=2.0, pods={})


def test_a_capacity_ends_it_with_0() -> None:
    require_found(capacity(held(24_000), failed(25_200)))
