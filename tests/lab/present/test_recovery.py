from lab.present.case_document import OutageReport, Slot
from lab.present.recovery import outage

AWAY = {"began": 60_000, "in_force": 62_000, "ending": 120_000, "over": 130_000}


def slots(*p95: float | None) -> list[Slot]:
    return [Slot(orders=100, errors=0, start=n * 10.0, end=n * 10.0 + 10, p95=value) for n, value in enumerate(p95)]


def came(*p95: float | None, slo: dict[str, float] | None = None) -> OutageReport:
    found = outage(AWAY, 0.0, 10.0, slots(*p95), slo or {})
    assert found
    return found


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
    assert came(*BEFORE, *[9] * 6, None, None, 2, 2, 2).recovered == 20


def test_the_rise_that_the_case_allows_is_at_its_level() -> None:
    assert came(*BEFORE, *[3] * 6, slo={"rise": 1.5}).recovered == 0


def test_of_few_slots_before_it_no_level_is_made() -> None:
    """A trial has one: whether another is above it is luck."""
    found = outage({**AWAY, "began": 31_000}, 0.0, 10.0, slots(*BEFORE), {})

    assert found
    assert found.level is None
    assert found.recovery == "not known, since 2 slots before the outage are too few to compare with"


def test_an_outage_of_which_an_instant_is_missing_is_none() -> None:
    assert outage({"began": 60_000}, 0.0, 10.0, slots(*BEFORE), {}) is None
