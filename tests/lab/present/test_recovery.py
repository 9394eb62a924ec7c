from dataclasses import replace
from math import inf

from lab.core.windows import Outage
from lab.present.case_document import OutageReport, Slot
from lab.present.recovery import outage
from tests.lab.made import latency

AWAY = Outage(began=60_000, in_force=62_000, ending=120_000, over=130_000)


def slots(*p95: float) -> list[Slot]:
    return [Slot(**vars(latency(2 * value)), start=n * 10.0, end=n * 10.0 + 10) for n, value in enumerate(p95)]


def came(*p95: float, rise: float | None = None) -> OutageReport:
    return outage(AWAY, 0.0, 10.0, slots(*p95), rise)


BEFORE = (50.0, 2.0, 2.0, 2.0, 2.0, 2.0)
"""The warm-up's first slot is no level to come back to."""
DURING = (2.0,) * 6


def test_a_level_that_was_never_left_needs_no_time() -> None:
    found = came(*BEFORE, *DURING, *DURING)

    assert found.recovered == 0
    assert found.level == 2.2
    assert found.recovery == "p95 never left its level (2.2 ms)"


def test_the_time_to_recover_is_counted_from_the_recovery_asked_for() -> None:
    found = came(*BEFORE, 9, 9, 9, 9, 9, 9, 9, 9, 2, 2, 2, 2)

    assert found.recovered == 20
    assert "20 s after the recovery was asked for" in found.recovery


def test_one_good_slot_is_no_recovery() -> None:
    assert came(*BEFORE, *[9] * 6, 2, 9, 9, 2, 2, 2).recovered == 30


def test_what_came_back_too_late_is_said_to_be_unknown() -> None:
    found = came(*BEFORE, *[9] * 6, 9, 9, 9, 9, 2, 2)

    assert found.recovered is None
    assert "3 slots in a row before the load ended" in found.recovery


def test_orders_that_failed_are_no_recovery() -> None:
    assert came(*BEFORE, *[9] * 6, inf, inf, 2, 2, 2).recovered == 20


def test_the_rise_that_the_case_allows_is_at_its_level() -> None:
    assert came(*BEFORE, *[3] * 6, rise=1.5).recovered == 0


def test_of_few_slots_before_it_no_level_is_made() -> None:
    """A trial has one: whether another is above it is luck."""
    found = outage(replace(AWAY, began=31_000), 0.0, 10.0, slots(*BEFORE), None)

    assert found.level is None
    assert found.recovery == "not known, since 2 slots before the outage are too few to compare with"
