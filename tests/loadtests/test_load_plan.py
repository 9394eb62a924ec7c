"""The load that k6 sends and the one that the lab expects of the same seed are the same, order by order."""

from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lab.oracle.load_plan import LoadPlan
from lab.oracle.planned_order import PlannedOrder
from lab.settings.case_settings import BookSettings, CaseSettings, HotSettings, StageSettings
from lab.settings.suites import Case
from lab.settings.topology import Shard, Topology
from lab.tools.k6 import Endpoints, Load, run_command
from tests.lab.made import case
from tests.loadtests.real_k6 import drawn

ORDERS = 10_000
TOPOLOGY = Topology(name="two", shards=(Shard(id="a", symbols=("P", "Q", "R")), Shard(id="b", symbols=("X", "Y"))))
RAMP = {
    "rate": 30,
    "stages": (
        StageSettings(rate=1020, for_=20),
        StageSettings(rate=1020, for_=60),
        StageSettings(rate=5040, for_=33),
        StageSettings(rate=700, for_=7),
    ),
    "duration": 120,
}
LOADS: dict[str, dict[str, Any]] = {
    "constant": {"rate": 1020, "duration": 300},
    "odd rate": {"rate": 7, "duration": 61},
    "ramp": RAMP,
    "hot": {"rate": 5040, "duration": 30, "hot": HotSettings(symbol="Q", share=0.37)},
    "one shard": {"rate": 1020, "duration": 60, "shards": ("b",)},
    "drawn book": {"rate": 1020, "duration": 60, "book": BookSettings(orders=500, levels=30, sized=False)},
    "sized book": {"rate": 1020, "duration": 60, "book": BookSettings(orders=1000, levels=100)},
    "hot sized book": {
        "rate": 1020,
        "duration": 60,
        "book": BookSettings(orders=70, levels=13),
        "hot": HotSettings(symbol="Y", share=0.7),
    },
}


def made(**load: Any) -> Case:
    return replace(case("b2"), settings=CaseSettings(title="made", **load))


def told(one: Case, seed: int) -> dict[str, str]:
    """What the lab tells k6 of such a load."""
    load = Load(case=one, topology=TOPOLOGY, seed=seed, testid="r1-b2", folder=Path())
    argv = run_command("k6", load, Endpoints(entry="http://x", remote_write=None, api="127.0.0.1:1")).argv
    given = dict(word.split("=", 1) for flag, word in pairwise(argv) if flag == "-e")
    return {name: value for name, value in given.items() if name.startswith("LAB_")}


def sent(order: PlannedOrder) -> dict[str, Any]:
    """As it is in a request's body."""
    fields = asdict(order)
    return {"orderId": fields.pop("id"), **{name: value for name, value in fields.items() if name != "shard"}}


@pytest.mark.parametrize("name", LOADS)
@pytest.mark.parametrize("seed", [1, 4_294_967_295])
def test_k6_draws_the_orders_that_the_lab_expects(name: str, seed: int) -> None:
    one = made(**LOADS[name])
    expected, found = LoadPlan.of(one, TOPOLOGY, seed, "r1-b2"), drawn(ORDERS, **told(one, seed))

    assert [sent(expected.order(i)) for i in range(ORDERS)] == [one["order"] for one in found["drawn"]]
    assert [sent(order) for shard in "ab" for order in expected.resting(shard)] == [
        order for book in found["books"].values() for order in book
    ]


def test_each_seed_has_orders_of_its_own() -> None:
    first, second = (LoadPlan.of(made(**LOADS["constant"]), TOPOLOGY, seed, "t") for seed in (0, 1))
    same = sum(sent(first.order(i)) == sent(second.order(i)) for i in range(ORDERS))

    assert same < ORDERS / 1000


def test_the_plan_knows_the_shard_of_each_order() -> None:
    expected = LoadPlan.of(made(**LOADS["constant"]), TOPOLOGY, 1, "t")
    owners = {symbol: shard.id for shard in TOPOLOGY.shards for symbol in shard.symbols}

    assert all(order.shard == owners[order.symbol] for order in map(expected.order, range(1000)))
    assert {order.shard for order in expected.resting("b")} == {"b"}
