import pytest

from lab.present.suite_rows import COLUMNS, heading, rows, show, words
from lab.settings.slo import SloSettings
from lab.settings.suites import plan
from tests.lab.made import SETTINGS

ASR1, ASR2 = (plan(SETTINGS, name, "full") for name in ("asr1", "asr2"))
TABLE = {row[0]: row for row in (*rows(ASR1), *rows(ASR2))}


def test_a_suite_says_where_it_runs_and_how_long_it_takes() -> None:
    assert heading(ASR2) == (
        "asr2: ASR 2: 5,000 matches a minute over three shards; on topology multi, 25m of load, about 28 min in all"
    )


@pytest.mark.parametrize(
    ("case", "load"),
    [
        ("a2", "1,020"),
        ("a3-10000", "1,020, 10,000 orders deep"),
        ("a4", "1,020, broker away at 1m for 2m"),
        ("b1", "1,020, to shard a"),
        ("b1-peak", "1,680, to shard a"),
        ("b3", "1,020 → 2,520 → 5,040"),
        ("b4", "5,040, 80 % on TEST-ASSET-A"),
    ],
)
def test_a_cases_load_is_its_rate_and_what_is_special_about_it(case: str, load: str) -> None:
    assert TABLE[case][2] == load


@pytest.mark.parametrize(
    ("case", "judged"),
    [
        ("a1", "nothing"),
        ("b1", "errors < 1 %"),
        ("b1-peak", "errors < 1 %"),
        ("b2", "p99 < 200 ms, errors < 1 %, >= 4,750 matches/min for 4 min"),
        ("b4", "p99 < 200 ms, errors < 1 %, other shards' p99 at most 5 % or 10 ms above b2's (conditional)"),
    ],
)
def test_a_case_is_judged_on_its_slo(case: str, judged: str) -> None:
    assert TABLE[case][5] == judged


def test_no_bound_of_an_slo_goes_unsaid() -> None:
    """A new bound needs words here."""
    bounds = [
        bound
        for case in SETTINGS.cases.values()
        for bound, value in case.slo
        if value is not None and bound != "at_least_ms"
    ]
    said = [line for case in SETTINGS.cases.values() for line in words(case.slo)]

    assert set(bounds) == set(SloSettings.model_fields) - {"at_least_ms"}
    assert len(said) == len(bounds)


def test_off_a_terminal_a_case_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show(SETTINGS, "smoke")

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == sum(len(suite.cases) + 2 for suite in SETTINGS.suites.values())
    assert lines[1].split() == [word for column in COLUMNS for word in column.split()]
    assert any(line.startswith("b3") and "loadtests/test-asr2-b3-ramp.js" in line for line in lines)
