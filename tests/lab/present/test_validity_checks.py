from dataclasses import replace
from typing import Any

from lab.measure.measurements import CaseMeasurements
from lab.present.validity_checks import checks
from lab.settings.case_settings import ValiditySettings
from tests.lab.made import SETTINGS, engine, measured, shard


def shown(case: CaseMeasurements, limits: ValiditySettings = SETTINGS.validity) -> dict[str, tuple[str, str]]:
    """The rows of a case's table of validity: what, measured, limit."""
    return {one.what: (one.measured, one.limit) for one in checks(case, limits)}


def of(**changes: Any) -> dict[str, tuple[str, str]]:
    return shown(measured("a2", **changes))


def test_the_path_is_shown_beside_what_it_leaves_of_the_clients_p99() -> None:
    quick = shard(latency={"whole": engine(2.0, 5.0)})

    rows = of(p99=8.0, shards=(quick,))

    assert rows["p99 of the path (/health at the same rate)"] == ("1 ms", "at most 25 % of the p99's limit")
    assert rows["p99 at the client less the path's"] == ("7 ms", "told, not judged")
    assert rows["of it, more than any engine's histogram has"] == ("2 ms", "at most 25 % of the p99's limit")
    assert rows["requests for /health answered"] == ("100 %", "at least 99 %")


def test_a_calibration_that_failed_is_shown_as_such() -> None:
    path = measured("a2").path
    assert path is not None

    assert of(path=replace(path, problem="k6 broke"))["p99 of the path (/health at the same rate)"][0] == "failed"


def test_what_changed_ended_and_differs_is_counted() -> None:
    rows = of(changes=("file x was changed", "file y was added"), deviations=("me-shard-b stands",))

    assert rows["changes during the run"] == ("2", "0")
    assert rows["things that stood otherwise than asked"] == ("1", "0")
    assert rows["containers that ended during the load"] == ("0", "0")
    assert "what stood around the load" not in rows
    assert of(unknown="the cluster doesn't answer")["what stood around the load"] == ("unknown", "known")


def test_the_machine_and_the_clocks_have_their_limits() -> None:
    rows = of(clock=-0.25)

    assert rows["CPU of this machine that was used, busiest minute"] == ("30 %", "at most 90 %")
    assert rows["the metrics' clock apart from this machine's"] == ("0.25 s", "at most 1 s")
    assert rows["late writes of k6 to Prometheus"] == ("0", "1, or at most 10 % of one each 5 s")


def test_the_looks_for_the_broker_are_those_of_an_outage() -> None:
    assert shown(measured("a4"))["polls of 10 at which the broker was there"] == ("0", "0")
    assert not any("polls of" in row for row in of())
