"""What is excused of a load, and what stands: situations of full length, through the real measuring."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core.windows import WHOLE, Window
from lab.measure.control import ControlRecording, ControlRequest, Spell
from lab.measure.counters import Series
from lab.measure.excuses import Excuses, cores, is_late, is_slow, of, without
from lab.measure.measurements import CaseMeasurements
from lab.measure.measuring import measure
from lab.measure.samples import Order, Samples
from lab.store.files import MeasurementsFile
from tests.lab.judge.situations import plants
from tests.lab.judge.situations.happening import Happening, Plant, honest
from tests.lab.judge.situations.recording import recording

PAUSES = plants.times(31.0, 9.4, 300)
SPELL = Spell(start=11_000.0, end=12_000.0, waited=100.0)


def slow_control(waited: float = 400.0) -> ControlRecording:
    """Slow from the 10th second to the 11th."""
    requests = (ControlRequest(due=n * 50.0, latency=1.0 + waited * (10_000 <= n * 50 < 11_000)) for n in range(1200))
    return ControlRecording(requests=tuple(requests))


def measured(*some: Plant, name: str = "a2") -> CaseMeasurements:
    happening = honest(name)
    for one in some:
        one(happening)
    control = ControlRecording(
        requests=tuple(
            ControlRequest(due=one.due, latency=one.late + one.service, late=one.late, is_answered=one.status == 200)
            for one in happening.control or ()
        )
    )
    return measure(happening.case, happening.topology, replace(recording(happening), control=control))


def test_nothing_is_excused_of_a_quiet_load() -> None:
    found = measured()

    assert found.excuses is not None
    assert (found.excuses.orders, found.excuses.spells, found.unexcused) == (0, (), None)
    assert found.control is not None
    assert found.control.requests == pytest.approx(5400, abs=2)
    assert found.control.p99 == pytest.approx(1.2, abs=0.2)


def test_orders_that_k6_sent_late_are_excused() -> None:
    """It stood still for 3 s: p99 says so, and without those orders it is as it was."""
    found = measured(plants.k6_stands_still(150, lasts=3))

    assert found.worst is not None
    assert found.client[WHOLE].p99 > 200
    assert found.worst.p99 == pytest.approx(2400, abs=100)
    assert found.excuses is not None
    assert found.unexcused is not None
    assert found.excuses.late == pytest.approx(51, abs=2)
    assert found.excuses.latest == pytest.approx(3000, abs=60)
    assert found.unexcused.client[WHOLE].p99 < 10
    assert found.unexcused.client[WHOLE].orders == found.client[WHOLE].orders - found.excuses.orders


def test_a_server_that_lets_nobody_connect_is_not_excused() -> None:
    found = measured(plants.nobody_accepts(*plants.times(35.0, 20.0, 300), lasts=1.5))

    assert found.client[WHOLE].p99 > 1000
    assert found.unexcused is None


def test_pauses_that_the_control_does_not_see_are_the_designs() -> None:
    found = measured(plants.process_stands_still(*PAUSES, lasts=0.4))

    assert found.client[WHOLE].p99 > 200
    assert found.unexcused is None


def test_pauses_that_the_control_sees_too_are_the_surroundings() -> None:
    found = measured(plants.machine_stands_still(*PAUSES, lasts=0.4))

    assert found.client[WHOLE].p99 > 200
    assert found.excuses is not None
    assert found.unexcused is not None
    assert len(found.excuses.spells) == len(PAUSES)
    assert found.unexcused.client[WHOLE].p99 < 10
    assert max(one.latency[WHOLE].p99 for one in found.unexcused.shards) < 10


def test_a_stall_of_the_design_stands_beside_a_shorter_one_of_the_surroundings() -> None:
    """Both at the same time; in the control's 0.1 s the design stood still for 2 s, and in its own histogram too."""
    found = measured(
        plants.machine_stands_still(*PAUSES, lasts=0.1),
        plants.slower_in_both(plants.within(*PAUSES, lasts=0.2), more=2000),
    )

    assert found.unexcused is not None
    assert found.unexcused.client[WHOLE].p99 > 1000
    assert found.unexcused.shards[0].latency[WHOLE].p99 >= 1000


def test_a_control_that_was_itself_in_trouble_excuses_nothing() -> None:
    def stops(happening: Happening) -> None:
        del (happening.control or [])[900:990]

    found = measured(plants.machine_stands_still(*PAUSES, lasts=0.4), stops)

    assert found.control is not None
    assert found.control.untrusted == "it sent no request for 4.55 s from 0:45 on"
    assert found.unexcused is None


def test_windows_stretches_and_shards_have_figures_of_their_own_without_excused_orders() -> None:
    found = measured(plants.k6_stands_still(100, lasts=3), name="a4")

    assert found.unexcused is not None
    assert found.rise is not None
    assert found.unexcused.rise is not None
    assert found.rise.ratio.value > 10 > found.unexcused.rise.ratio.value
    assert found.unexcused.windows == found.windows
    assert found.unexcused.worst is not None
    assert found.worst is not None
    assert found.worst.p99 > 1000 > found.unexcused.worst.p99
    client = found.unexcused.shards[0].client
    assert client is not None
    assert client.latency["during"].p99 < 1000


@given(st.floats(0, 5000), st.floats(0, 5000), st.booleans())
def test_lateness_excuses_what_it_makes_up_half_of(late: float, rest: float, accepted: bool) -> None:
    order = Order(due=0, late=late, service=rest, accepted=accepted)

    assert is_late(order) is (accepted and late > 10 and late >= (late + rest) / 2)
    assert not is_late(Order(due=0, late=None, service=rest, accepted=accepted))


@pytest.mark.parametrize(
    ("due", "latency", "accepted", "is_excused"),
    [
        (10_500, 3, True, True),
        (10_500, 800, True, True),
        (10_500, 850, True, False),  # most of it has another cause
        (10_500, 3, False, False),
        (9_960, 300, True, True),  # it may have begun right after the request before
        (9_900, 300, True, False),
        (12_000, 300, True, False),
    ],
)
def test_an_order_is_excused_where_the_control_waited_half_as_long(
    due: float, latency: float, accepted: bool, is_excused: bool
) -> None:
    order = Order(due=due, service=latency, accepted=accepted)

    assert is_slow(order, slow_control()) is is_excused


def test_what_is_both_late_and_in_a_slow_spell_counts_once() -> None:
    orders = tuple(Order(due=10_500, late=float(late), service=2, accepted=True) for late in (0, 0, 300))
    load = Window(name="load", start=0, end=59_950)

    found, left = of(Samples(orders=orders, dropped=0), slow_control(), load)

    assert (found.late, found.slow, found.orders, left.orders) == (1, 2, 3, ())


def histogram(**rises: tuple[float, ...]) -> dict[str, tuple[Series, ...]]:
    """Cumulative counts scraped each 5 s, by what they rise in each."""

    def series(le: str, some: tuple[float, ...]) -> Series:
        labels = {"__name__": "me_match_duration_seconds_bucket", "shard": "a", "le": le}
        return Series(labels=labels, points=tuple((n * 5000.0, sum(some[:n])) for n in range(len(some) + 1)))

    return {"match_duration": tuple(series(le, some) for le, some in rises.items())}


def test_of_a_slow_spell_so_many_observations_go_as_orders_were_due_but_none_that_is_longer() -> None:
    """100 ms of the control account for up to 200 ms of an order: 2 of 85 took longer, and stay; of the others 20 go."""
    some = histogram(**{"0.005": (85, 85, 60), "0.2": (85, 85, 83), "1": (85, 85, 85), "+Inf": (85, 85, 85)})

    orders = tuple(Order(due=11_000.0 + n * 50, service=1, accepted=True, shard="a") for n in range(40))

    left = without(some, [SPELL], Samples(orders=orders[:20], dropped=0))["match_duration"]
    elsewhere = without(some, [SPELL], Samples(orders=(replace(orders[0], shard="b"),), dropped=0))["match_duration"]

    assert [one.points[-1][1] for one in left] == [230, 233, 235, 235]
    assert elsewhere == some["match_duration"]
    assert without(some, (), Samples(orders=orders, dropped=0)) == some


def test_the_engines_and_the_gateway_are_named_where_they_used_half_of_the_machine() -> None:
    """Three engines that spin on two cores slow the control, the orders and each other."""
    spinning = {"me-shard-a": 0.6, "me-shard-b": 0.6, "me-shard-c": 0.6, "edge-gateway": 0.02}

    assert Excuses(cores=spinning, host_cores=2).took_the_cpu == ("me-shard-a", "me-shard-b", "me-shard-c")
    assert Excuses(cores=spinning, host_cores=8).took_the_cpu == ()
    assert Excuses(cores=spinning).took_the_cpu == ()


def test_the_cores_of_a_load_are_those_of_the_machine_that_it_ran_on() -> None:
    def spins(happening: Happening) -> None:
        happening.generator = replace(happening.generator, host_cores=2)

    found = measured(plants.machine_stands_still(*PAUSES, lasts=0.4), spins)

    assert found.excuses is not None
    assert found.excuses.host_cores == 2
    assert found.excuses.cores.keys() == {"me-shard-a"}
    assert found.excuses.cores["me-shard-a"] < 0.2


def test_the_cores_are_those_of_the_engines_and_the_gateway_by_the_scrapes_around() -> None:
    def cpu(pod: str, *used: float) -> Series:
        return Series(labels={"pod": pod}, points=tuple((n * 10_000.0, one) for n, one in enumerate(used)))

    found = cores(
        [cpu("me-shard-a-5b-x", 0, 1, 10, 11), cpu("edge-gateway-5b-x", 0, 0, 5, 5), cpu("redpanda-0", 0, 5, 9, 9)],
        [SPELL],
    )

    assert found == {"me-shard-a": 0.9, "edge-gateway": 0.5}


def test_what_is_left_without_excused_orders_is_kept_with_the_figures() -> None:
    found = measured(plants.machine_stands_still(*PAUSES, lasts=0.4))

    kept = MeasurementsFile.model_validate_json(MeasurementsFile(measurements=found).text()).measurements

    assert kept == found
    assert kept.unexcused is not None
    assert kept.unexcused.unexcused is None
