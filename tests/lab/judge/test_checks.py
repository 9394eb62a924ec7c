from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge.checks import Check, checks
from lab.judge.validity import reasons_of
from lab.measure.measurements import CaseMeasurements
from tests.lab.made import case, engine, generator, latency, measured, shard


def shown(name: str = "a2", **changes: Any) -> dict[str, tuple[str, str]]:
    """The rows of a case's table of validity: what, measured, limit."""
    return {one.what: (one.measured, one.limit) for one in checks(case(name), measured(name, **changes))}


def outside(measured_: CaseMeasurements) -> list[str]:
    return [one.what for one in checks(case(measured_.case), measured_) if not one.is_ok]


@pytest.mark.parametrize("name", ["a2", "a3-100", "a4", "b1", "b2", "b3", "b4"])
def test_a_case_within_all_limits_has_every_figure_within_its_own(name: str) -> None:
    assert outside(measured(name)) == []


def test_the_path_is_shown_beside_what_it_leaves_of_the_clients_p99() -> None:
    rows = shown(p99=8.0, shards=(shard(latency={"whole": engine(2.0, 5.0)}),))

    assert rows["p99 of the path (/health at the same rate)"] == ("1 ms", "at most 50 ms")
    assert rows["p99 at the client less the path's"] == ("7 ms", "not judged")
    assert rows["of it, more than any engine's histogram has"] == ("2 ms", "at most 50 ms")
    assert rows["requests for /health answered"] == ("100 %", "at least 99 %")


def test_a_calibration_that_failed_has_no_finite_figure() -> None:
    path = measured("a2").path
    assert path is not None

    assert shown(path=replace(path, p99=float("inf")))["p99 of the path (/health at the same rate)"][0] == "infinite"


def test_the_figures_of_the_lab_and_the_machine_have_their_limits() -> None:
    rows = shown(clock=-0.25, changes=("file x was changed", "file y was added"), deviations=("me-shard-b runs",))

    assert rows["changes during the run"] == ("2", "0")
    assert rows["deviations from what was asked"] == ("1", "0")
    assert rows["containers of other workloads that ended during the load"] == ("0", "0")
    assert rows["times that the lab's state could not be read"] == ("0", "0")
    assert rows["CPU of this machine that was used, busiest minute"] == ("30 %", "at most 90 %")
    assert rows["the metrics' clock apart from this machine's"] == ("0.25 s", "at most 1 s")
    assert rows["late writes of k6 to Prometheus"] == ("0", "at most 6")
    assert rows["orders that the engines took"] == ("5,100", "5,044 to 5,156")
    assert rows["me-shard-a: jobs that scrape it"] == ("1", "exactly 1")
    assert rows["me-shard-a: longest time without a scrape"] == ("5 s", "at most 12.5 s")


def test_the_polls_for_the_broker_are_those_of_an_outage() -> None:
    assert shown("a4")["polls of 10 at which the broker was there"] == ("0", "0")
    assert not any("polls of" in row for row in shown())


def test_what_is_not_known_is_left_out_and_is_outside_no_limit() -> None:
    assert "the metrics' clock apart from this machine's" not in shown(clock=None)
    assert Check(what="clock", value=None, most=1.0).is_ok


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "rate_reached": st.floats(0, 2000),
            "least_rate": st.floats(0, 1),
            "generator": st.builds(
                generator,
                cpu_share=st.floats(0, 1),
                host_busy=st.floats(0, 1),
                dropped=st.integers(0, 2),
                late_writes=st.integers(0, 20),
            ),
            "clock": st.floats(-2, 2),
            "unknown": st.just("the cluster doesn't answer"),
            "changes": st.just(("file x was changed",)),
            "deviations": st.just(("me-shard-b runs",)),
            "client": st.builds(
                lambda **of: {"whole": latency(**of)}, p99=st.floats(1, 400), errors=st.integers(0, 900)
            ),
            "shards": st.builds(
                lambda **of: (shard(**of),),
                scrapers=st.integers(0, 2),
                orders=st.floats(4900, 5300),
                longest_gap=st.floats(5, 20),
                silent=st.floats(0, 2),
                throttled=st.floats(0, 0.1),
                restarts=st.integers(0, 1),
                least_asks=st.integers(0, 2).map(float),
            ),
        },
    )
)
def test_a_figure_outside_its_limit_is_always_told(changes: dict[str, Any]) -> None:
    """The figures and the reasons are told apart, by the same limits."""
    bad = measured("a2", **changes)

    if outside(bad):
        assert reasons_of(case("a2"), bad)
