"""Where a report says that the time of orders went, and what of them was excused."""

from dataclasses import replace

from lab.core.windows import WHOLE
from lab.judge.verdict import judge_case
from lab.measure.control import Control, Spell
from lab.measure.excuses import Excuses
from lab.measure.latency import Parts
from lab.measure.measurements import CaseMeasurements
from lab.present import case_tables
from lab.present.case_document import CaseReport, live
from tests.lab.made import case, latency, measured


def shown(found: CaseMeasurements) -> CaseReport:
    return live(judge_case(case(), found), {"a2": found})


def test_each_window_has_the_parts_of_its_latency() -> None:
    parts = Parts(late=None, connect=0.5, service=2.0, opened=0.05)
    seen = {WHOLE: replace(latency(3.0), parts=parts)}

    table = case_tables.parts(shown(replace(measured("a2"), client=seen)))

    assert table is not None
    assert table.rows == (("whole", "3 ms", "-", "0.5 ms", "2 ms", "5 %"),)


def test_what_was_excused_is_said_with_the_p99_of_the_rest() -> None:
    found = replace(
        measured("a2"),
        control=Control(requests=5400, p99=1.2, untrusted=None),
        excuses=Excuses(late=51, latest=3000.0, slow=40, spells=(Spell(start=0, end=1, waited=400),)),
    )

    assert case_tables.excused(shown(replace(found, unexcused=found))) == (
        "The control beside the load: 5,400 requests, p99 1.2 ms. k6 itself sent 51 orders late, by up to 3,000 ms. "
        "40 orders were due in slow spells of the control, of which there were 1. Without these orders p99 is 3 ms."
    )


def test_a_control_that_excuses_nothing_says_why() -> None:
    found = replace(measured("a2"), control=Control(requests=10, p99=1.2, untrusted="it broke off"), excuses=Excuses())

    assert case_tables.excused(shown(found)) == (
        "The control beside the load: 10 requests, p99 1.2 ms, which excuses nothing: it broke off."
    )
    assert case_tables.excused(shown(measured("a2"))) == ""
