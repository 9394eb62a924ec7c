"""What an honest engine publishes never diverges, whatever is sent and however little is known of it."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.book import Fill
from engine.orders import Order, OrderType
from lab.measure.correctness import Way
from lab.oracle.planned_order import PlannedOrder
from lab.settings.semantics import SemanticsSettings
from tests.lab.oracle.simulated import Engine, Load, Plan

seeds = st.integers(min_value=0, max_value=2**32 - 1)


class DropsRemainders(Engine):
    """As the user's Java engine does."""

    def match(self, order: Order) -> list[Fill]:
        order.order_type = OrderType.LIMIT
        return super().match(order)

    def settle(self, order: Order) -> None:
        pass


@given(seeds, st.sampled_from([0.0, 0.2]))
def test_a_load_of_the_labs_own_on_a_clean_book(seed: int, market: float) -> None:
    found = Load(Plan.drawn(seed, market=market)).run().checked()

    assert (found.found, found.lost, found.unchecked, found.notes) == (0, 0, None, ())
    assert (found.way, found.replayed) == (Way.REPLAY, found.fills)


@given(seeds)
def test_a_load_on_what_an_earlier_case_left(seed: int) -> None:
    before = tuple(replace(one, id=f"earlier-{one.id}") for one in Plan.drawn(seed + 1).seeds)
    found = Load(Plan.drawn(seed), clean=False, before=before).run().checked()

    assert (found.found, found.way) == (0, Way.INVARIANTS)
    assert found.replayed == found.fills


@given(seeds)
def test_a_script_whose_orders_nobody_knows(seed: int) -> None:
    found = Load(Plan.drawn(seed), known=False).run().checked()

    assert (found.found, found.way) == (0, Way.INVARIANTS)


@given(seeds)
def test_orders_that_timed_out_may_have_a_record_and_need_none(seed: int) -> None:
    plan, draw = Plan.drawn(seed), random.Random(seed)
    timed_out = dict.fromkeys(draw.sample(range(200), 20), (False, False))
    unheard = frozenset(draw.sample(sorted(timed_out), 8))
    found = Load(plan, outcome=timed_out, unheard=unheard).run().checked()

    assert (found.found, found.lost, found.accepted, found.orders) == (0, 0, 180, 192)


@given(seeds)
def test_orders_that_were_under_way_at_once_may_stand_in_either_order(seed: int) -> None:
    """Each was sent before the other was answered."""
    load = Load(Plan.drawn(seed), order=lambda of: [n ^ 1 for n in of])
    ran = load.run()
    ran.seen = tuple(replace(one, answered=one.answered + 20) for one in ran.seen)

    assert ran.checked().found == 0


@given(seeds)
def test_an_engine_that_drops_remainders_is_right_where_that_is_expected_and_wrong_where_not(seed: int) -> None:
    plan = Plan.drawn(seed, market=0.2)
    java = SemanticsSettings(remainder="dropped", market="limit")

    assert Load(plan, DropsRemainders, semantics=java).run().checked().found == 0
    assert Load(plan, DropsRemainders).run().checked().found > 0
    assert Load(plan, semantics=java).run().checked().found > 0


def test_an_engine_that_publishes_nothing_is_not_checked() -> None:
    ran = Load(Plan.drawn(1)).run()
    ran.orders.clear()
    ran.fills.clear()
    found = ran.checked()

    assert (found.unchecked, found.is_silent, found.found, found.lost) == ("no records", True, 0, 0)


def test_records_that_could_not_be_read_are_no_engines_silence() -> None:
    ran = Load(Plan.drawn(1)).run()
    ran.problem = "the broker doesn't answer"
    other = Load(Plan.drawn(1)).run()
    other.missed = 7

    assert [(one.checked().unchecked, one.checked().is_silent) for one in (ran, other)] == [
        ("the records could not be read: the broker doesn't answer", False),
        ("7 records were gone before they could be read", False),
    ]


class TakesAnothers(Engine):
    """One order is of somebody else than the load."""

    def take(self, planned: PlannedOrder) -> None:
        super().take(planned)
        if len(self.orders) == 60:
            super().take(replace(planned, id="another's"))


@given(seeds, st.booleans())
def test_an_order_that_the_engine_counted_and_the_load_did_not_send_is_somebody_elses(
    seed: int,
    known: bool,
) -> None:
    """Whoever sent it, the engine did with it what it should have done."""
    ran = Load(Plan.drawn(seed), TakesAnothers, known=known).run()
    ran.others = 1
    found = ran.checked()

    assert found.divergences == ()
    assert found.notes == ("the records have 1 order more than the load: others sent them",)


def test_an_order_that_the_engine_did_not_count_is_none_of_anybody() -> None:
    found = Load(Plan.drawn(1), TakesAnothers).run().checked()

    assert [one.kind for one in found.divergences] == ["unknown order"]


@given(seeds, st.integers(min_value=1, max_value=20))
def test_ids_that_orders_share_are_no_fault_of_the_engine(seed: int, ids: int) -> None:
    """docs/engine.md: they need not be unique."""
    plan = Plan.drawn(seed)
    sent = tuple(replace(one, id=f"x-{number % ids}") for number, one in enumerate(plan.orders))
    found = Load(replace(plan, orders=sent), known=False).run().checked()

    assert found.divergences == ()
    assert any("are not checked" in note for note in found.notes)


@given(seeds)
def test_a_market_order_without_a_price_whose_sender_nobody_knows(seed: int) -> None:
    """docs/engine.md: it is 0 in its event then."""
    plan = Plan.drawn(seed, market=0.2)
    sent = tuple(replace(one, price=0) if one.type == "MARKET" else one for one in plan.orders)

    assert Load(replace(plan, orders=sent), known=False).run().checked().divergences == ()


def test_a_scrape_before_the_load_that_was_answered_in_it_loses_no_fill() -> None:
    """On a machine without CPU to spare; Prometheus stamps a scrape when it asks."""
    ran = Load(Plan.drawn(1)).run()
    ran.early = 9

    assert ran.checked().divergences == ()


@given(seeds)
def test_a_users_script_that_numbers_its_orders_alike_in_each_case(seed: int) -> None:
    """The contract allows it: what an earlier case left has the ids of this one's orders."""
    before = tuple(replace(one, type="LIMIT") for one in Plan.drawn(seed + 1).orders if one.side == "SELL")
    found = Load(Plan.drawn(seed), clean=False, known=False, before=before).run().checked()

    assert found.found == 0, found.divergences


class TakesTwoOfOneId(Engine):
    """Somebody sends two orders of one id by hand, in mid-load."""

    def take(self, planned: PlannedOrder) -> None:
        super().take(planned)
        if len(self.orders) == 60:
            for _ in range(2):
                super().take(replace(planned, id="1"))


@given(seeds)
def test_two_orders_by_hand_with_one_id(seed: int) -> None:
    ran = Load(Plan.drawn(seed), TakesTwoOfOneId).run()
    ran.others = 2

    found = ran.checked()

    assert found.found == 0, found.divergences


@given(seeds)
def test_an_order_by_hand_while_two_of_the_load_were_refused(seed: int) -> None:
    refused = {5: (False, True), 9: (False, True)}
    ran = Load(Plan.drawn(seed), TakesAnothers, outcome=refused, unheard=frozenset(refused)).run()
    ran.others = 1 - len(refused)

    found = ran.checked()

    assert found.found == 0, found.divergences


@given(seeds)
def test_sides_that_are_none_are_records_that_cant_be_read_and_break_nothing(seed: int) -> None:
    ran = Load(Plan.drawn(seed)).run()
    for one in ran.orders:
        one["side"] = {"BUY": "BID", "SELL": "ASK"}[str(one["side"])]

    found = ran.checked()

    assert found.found > 0 or found.unchecked is not None
