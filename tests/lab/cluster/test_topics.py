from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.cluster import topics
from lab.core import causes
from lab.core.access import SPEC
from lab.core.errors import ToolError
from tests.lab.caused import by

# As Redpanda's own rpk prints them, and as the rig's stand-in does.
LISTS = {
    "rpk": "NAME      PARTITIONS  REPLICAS\n_schemas  1           1\nmatches   12          1\norders    12          1\n",
    "stand-in": "NAME     PARTITIONS  REPLICAS\nmatches  12          1\norders   12          1\n",
}
DESCRIBED = {
    "rpk": (
        "PARTITION  LEADER  EPOCH  REPLICAS  LOG-START-OFFSET  HIGH-WATERMARK\n"
        "0          4       3      [0 3 4]   0                 30\n"
        "1          2       2      [0]       5                 12\n"
    ),
    "stand-in": (
        "SUMMARY\n=======\nNAME        orders\nPARTITIONS  2\nREPLICAS    1\n\nPARTITIONS\n==========\n"
        "PARTITION  LEADER  HIGH-WATERMARK\n0          0       40\n1          0       2\n"
    ),
}
NAMES = ("orders", "matches")


class Broker:
    """Has topics; keeps what it is told."""

    namespaces = SPEC

    def __init__(self, **found: int) -> None:
        self.found = found
        self.told: list[tuple[str, ...]] = []

    def exec(self, _pod: str, argv: tuple[str, ...], **_where: Any) -> SimpleNamespace:
        self.told.append(argv)
        if argv[2] == "create":
            self.found |= {name: int(argv[-3]) for name in argv[3:-4]}
        rows = [f"{name} {count} 1" for name, count in sorted(self.found.items())]
        return SimpleNamespace(stdout="\n".join(["NAME PARTITIONS REPLICAS", *rows]))


@pytest.mark.parametrize("output", LISTS.values(), ids=LISTS)
def test_the_list_gives_each_topics_partitions(output: str) -> None:
    found = topics.parse_list(output)

    assert {name: found[name] for name in NAMES} == {"orders": 12, "matches": 12}


@pytest.mark.parametrize("output", DESCRIBED.values(), ids=DESCRIBED)
def test_the_watermark_is_the_sum_over_the_partitions(output: str) -> None:
    assert sum(topics.parse_watermarks(output).values()) == 42


@given(st.lists(st.tuples(st.integers(0, 2**40), st.lists(st.integers(0, 9), min_size=1)), min_size=1))
def test_any_number_of_replicas_leaves_the_watermark_readable(partitions: list[tuple[int, list[int]]]) -> None:
    rows = [f"{i}  0  1  [{' '.join(map(str, on))}]  0  {mark}" for i, (mark, on) in enumerate(partitions)]
    output = "\n".join(["PARTITION  LEADER  EPOCH  REPLICAS  LOG-START-OFFSET  HIGH-WATERMARK", *rows])

    assert topics.parse_watermarks(output) == {i: mark for i, (mark, _) in enumerate(partitions)}


def test_a_partition_without_a_leader_has_no_watermark() -> None:
    with pytest.raises(ToolError, match="it has no leader", check=by(causes.BROKER_FAILING)):
        topics.parse_watermarks("PARTITION  LEADER  HIGH-WATERMARK\n0  -1  -\n")


@pytest.mark.parametrize("parse", [topics.parse_list, topics.parse_watermarks])
def test_fails_on_output_without_its_table(parse: Any) -> None:
    with pytest.raises(ToolError, match="printed no", check=by(causes.BROKER_FAILING)):
        parse("unable to request metadata: broker closed the connection\n")


@pytest.mark.parametrize(
    ("found", "commands"),
    [
        ({}, [("rpk", "topic", "create", "orders", "matches", "-p", "12", "-r", "1")]),
        ({"orders": 12, "other": 1}, [("rpk", "topic", "create", "matches", "-p", "12", "-r", "1")]),
        ({"orders": 12, "matches": 12}, []),
    ],
    ids=["none is there", "one is missing", "all are there"],
)
def test_only_missing_topics_are_created(found: dict[str, int], commands: list[tuple[str, ...]]) -> None:
    broker = Broker(**found)

    topics.ensure(broker, NAMES, 12)  # type: ignore[arg-type]

    assert [told for told in broker.told if told[2] == "create"] == commands


def test_a_topic_with_other_partitions_is_refused_with_its_remedy_and_nothing_is_created() -> None:
    broker = Broker(orders=1)

    with pytest.raises(
        ToolError,
        match=r"topic 'orders' must have 12 partitions; it has 1; delete it by .*rpk topic delete orders",
        check=by(causes.BROKER_FAILING),
    ):
        topics.ensure(broker, NAMES, 12)  # type: ignore[arg-type]

    assert broker.told == [topics.LIST]


def test_fails_when_a_topic_is_gone() -> None:
    with pytest.raises(
        ToolError,
        match=r"topic 'matches' is not there, only orders; run '\./invokew up'",
        check=by(causes.BROKER_FAILING),
    ):
        topics.prove(Broker(orders=12), NAMES, 12)  # type: ignore[arg-type]


class Forgetful(Broker):
    """Says that all went well."""

    def exec(self, _pod: str, argv: tuple[str, ...], **_where: Any) -> SimpleNamespace:
        self.told.append(argv)
        return SimpleNamespace(stdout="NAME PARTITIONS REPLICAS")


def test_fails_when_the_broker_does_not_keep_what_it_was_told() -> None:
    """A creation's exit status is not believed: the topics are listed again."""
    with pytest.raises(ToolError, match="topic 'orders' is not there, nor is any other"):
        topics.ensure(Forgetful(), NAMES, 12)  # type: ignore[arg-type]
