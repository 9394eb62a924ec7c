from dataclasses import replace

from lab.judge.verdict import Outcome
from lab.present.case_document import CaseReport
from lab.present.load_words import load
from tests.lab.made import case, measured


def report(name: str, **known: object) -> CaseReport:
    return CaseReport(case=name, title="", verdict=Outcome.PASS, reasons=(), settings=case(name).settings, **known)


def test_a_case_says_what_load_it_asked_for_and_what_it_began_with() -> None:
    found = measured("a2")
    shards = tuple(replace(one, first_asks=44_000.0) for one in found.shards)

    assert load(report("a2", measured=replace(found, shards=shards))) == (
        "Load: 1,020 orders/min, even arrivals; it began with 44,000 SELL orders on me-shard-a."
    )


def test_a_ramp_says_its_rates_and_a_case_without_figures_no_more() -> None:
    assert load(report("b3")) == "Load: 1,020 → 2,520 → 5,040 orders/min, even arrivals."


def test_where_nothing_says_what_was_asked_there_is_no_line() -> None:
    assert load(report("a2").model_copy(update={"settings": None})) == ""
