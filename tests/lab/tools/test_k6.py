from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.core.causes import LOAD_GENERATOR, SCRIPT_ERROR, Cause
from lab.process.shell import Command
from lab.settings.case_settings import BookSettings
from lab.settings.suites import Case, plan, suite_of
from lab.tools.k6 import CONFIG, Endpoints, Load, cause, deadline, last_error, late_writes, problem, run_command
from tests.lab.made import SETTINGS, case, suite

ENDPOINTS = Endpoints(entry="http://127.0.0.1:8080", remote_write="http://127.0.0.1:9090", api="127.0.0.1:40001")
MULTI = SETTINGS.topology("multi")


def command(name: str = "a2") -> Command:
    return command_of(
        Load(case=case(name), topology=suite().topology, seed=7, testid=f"r1-{name}", folder=Path("/runs/r1") / name)
    )


def command_of(load: Load, endpoints: Endpoints = ENDPOINTS) -> Command:
    return run_command("k6", load, endpoints)


def variables(ran: Command) -> dict[str, str]:
    return dict(ran.argv[at + 1].split("=", 1) for at, word in enumerate(ran.argv) if word == "-e")


def changed(one: Case, **changes: Any) -> Case:
    return replace(one, settings=one.settings.model_copy(update=changes))


def test_a_case_is_run_with_its_results_in_prometheus_and_in_its_folder() -> None:
    argv = [word for word in command().argv if not word.startswith(("ME_", "GATEWAY_", "LAB_")) and word != "-e"]

    assert argv == [
        "k6", "run", "--config", str(CONFIG), "--quiet", "--no-color", "--no-usage-report",
        "--address", "127.0.0.1:40001",
        "--tag", "testid=r1-a2",
        "--out", "experimental-prometheus-rw",
        "--out", "csv=/runs/r1/a2/samples.csv.gz",
        "--summary-export", "/runs/r1/a2/k6-summary.json", "--new-machine-readable-summary",
        "loadtests/test-asr1-a2-normal-load.js",
    ]  # fmt: skip


def test_a_script_is_told_its_load_and_the_slo_it_is_judged_by() -> None:
    """Both addresses are always given."""
    assert variables(command("a2")) == {
        "ME_SHARD_A_URL": "http://127.0.0.1:8080",
        "GATEWAY_URL": "http://127.0.0.1:8080",
        "LAB_TESTID": "r1-a2",
        "LAB_SEED": "7",
        "LAB_VIA": "shard",
        "LAB_SHARDS": "a=TEST-ASSET-A:TEST-ASSET-B:TEST-ASSET-C:TEST-ASSET-D",
        "LAB_RATE": "1020",
        "LAB_DURATION_S": "300",
        "LAB_WARMUP_S": "30",
        "LAB_STAGES": "",
        "LAB_ARRIVALS": "even",
        "LAB_HOT": "",
        "LAB_BOOK": "",
        "LAB_SLO_P99_MS": "200",
        "LAB_SLO_ERROR_RATE": "0.01",
    }


def test_k6_writes_where_it_is_told_and_more_than_its_p99() -> None:
    """k6 throws away an address given to `--out`, and sends p(99) alone unless told otherwise."""
    env = command().env

    assert env["K6_PROMETHEUS_RW_SERVER_URL"] == "http://127.0.0.1:9090/api/v1/write"
    assert "p(50)" in env["K6_PROMETHEUS_RW_TREND_STATS"]
    assert env["K6_CSV_TIME_FORMAT"] == "unix_micro"


def test_where_there_is_no_prometheus_k6_writes_into_its_folder_alone() -> None:
    load = Load(case=case("a2"), topology=suite().topology, seed=7, testid="r1-a2", folder=Path("/runs/r1/a2"))
    ran, without = command_of(load), command_of(load, replace(ENDPOINTS, remote_write=None))

    assert "experimental-prometheus-rw" not in without.argv
    assert [word for word in ran.argv if word not in without.argv] == ["experimental-prometheus-rw"]
    assert without.argv.count("--out") == 1
    assert without.env == {"K6_CSV_TIME_FORMAT": "unix_micro"}


TOLD = [
    ("a1", "LAB_SLO_P99_MS", ""),
    ("a3-1000", "LAB_BOOK", "1000:100:sized"),
    ("b1", "LAB_SHARDS", "a=TEST-ASSET-A:TEST-ASSET-B:TEST-ASSET-C:TEST-ASSET-D"),
    ("b2", "LAB_SHARDS", ",".join(f"{shard.id}={':'.join(shard.symbols)}" for shard in MULTI.shards)),
    ("b2", "LAB_VIA", "gateway"),
    ("b3", "LAB_STAGES", "1020:120,2520:120,5040:120,5040:240"),
    ("b3", "LAB_RATE", "1020"),
    ("b4", "LAB_HOT", "TEST-ASSET-A:0.8"),
]


@pytest.mark.parametrize(("name", "variable", "value"), TOLD)
def test_a_script_is_told_of_its_shards_ramps_hot_symbols_and_books(name: str, variable: str, value: str) -> None:
    """Those of ASR 2 on three shards, behind the gateway; a case may leave shards out."""
    of = plan(SETTINGS, suite_of(SETTINGS, name), "full", (name,))

    assert (
        variables(command_of(Load(case=of.cases[0], topology=of.topology, seed=7, testid="t", folder=Path())))[variable]
        == value
    )


def test_a_book_that_may_run_dry_is_told_as_drawn() -> None:
    drawn = changed(case(), book=BookSettings(orders=500, levels=50, sized=False))
    load = Load(case=drawn, topology=MULTI, seed=7, testid="t", folder=Path())

    assert variables(command_of(load))["LAB_BOOK"] == "500:50:drawn"


def test_k6_gets_longer_than_its_load() -> None:
    longer = Load(case=changed(case(), duration=600), topology=suite().topology, seed=7, testid="t", folder=Path())

    assert command_of(longer).deadline > 600


def test_k6_gets_longer_to_seed_a_deep_book_or_a_heavy_load() -> None:
    deep, shallow = (deadline(case(name), suite().topology) for name in ("a3-10000", "a3-100"))
    heavy = deadline(changed(case(), rate=240_000), MULTI)

    assert deep - shallow == pytest.approx(4 * 9_900 / 500)
    assert heavy - deadline(case(), MULTI) > 60


@pytest.mark.parametrize(
    ("code", "said", "what"),
    [
        (0, None, None),
        (99, None, None),  # a threshold crossed is a result
        (104, "k6 ended with 104: its options are wrong", SCRIPT_ERROR),
        (105, "k6 ended with 105: it was stopped", LOAD_GENERATOR),
        (107, "k6 ended with 107: the script threw an exception", SCRIPT_ERROR),
        (108, "k6 ended with 108: the script aborted the test", SCRIPT_ERROR),
        (110, "k6 ended with 110: the script marked the test as failed", SCRIPT_ERROR),
        (1, "k6 ended with 1: unknown to the lab", LOAD_GENERATOR),
        (-9, "k6 was killed by signal 9", LOAD_GENERATOR),
    ],
)
def test_an_exit_code_is_told_by_its_meaning(code: int, said: str | None, what: Cause | None) -> None:
    assert problem(code) == said
    assert what in {None, cause(code)}


def test_late_remote_writes_are_counted() -> None:
    line = 'level=warning msg="Remote write took 15s while flush period is 5s. Some samples may be dropped."\n'

    assert late_writes("something\n" + line * 2) == 2


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ('time=x level=error msg="Error: seeding: got 400 \\"no\\"\\n\\tat post (file:///x)\\n" hint="x"\n\n  TOTAL', 'Error: seeding: got 400 "no"'),
        ("panic: something\n", "panic: something"),
        ("", "it said nothing"),
    ],
)  # fmt: skip
def test_the_reason_why_k6_failed_is_found_in_its_log(log: str, said: str) -> None:
    assert last_error(log) == said
