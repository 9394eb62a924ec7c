"""The broker's own client prints the records, and what it prints is read whole."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from lab.core.access import SPEC
from lab.measure.records import RawRecord
from lab.runtime.k3d.record_dump import RecordDump, consume_command, parse

if TYPE_CHECKING:
    from lab.cluster.kube import Kube

DESCRIBED = "PARTITION  LEADER  HIGH-WATERMARK\n0          0       {}\n1          0       2\n"
PRINTED = 'orders\t0\t40\t{"type":"ORDER_PLACED"}\nmatches\t1\t2\tno\n\tJSON\nmatches\t1\t3\ta\tb\n'


class Broker:
    """Says what its topics hold, and prints what they do."""

    namespaces = SPEC

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.end = 40

    def exec(self, _pod: str, argv: tuple[str, ...], **_where: Any) -> SimpleNamespace:
        self.asked.append(argv)
        return SimpleNamespace(stdout=PRINTED if "consume" in argv else DESCRIBED.format(self.end))


def test_each_line_that_begins_as_one_is_a_record() -> None:
    assert list(parse(PRINTED)) == [
        RawRecord("orders", 0, 40, '{"type":"ORDER_PLACED"}'),
        RawRecord("matches", 1, 2, "no"),
        RawRecord("matches", 1, 3, "a\tb"),
    ]


def test_it_reads_to_where_the_topics_end_now() -> None:
    """Without an end rpk would follow the topics for ever."""
    assert consume_command(("orders", "matches"), since=1_700_000_000_000) == (
        "rpk", "topic", "consume", "orders", "matches", "-o", "@1700000000000:end", "-f", r"%t\t%p\t%o\t%v\n",
    )  # fmt: skip


def test_nothing_is_consumed_where_nothing_was_written() -> None:
    broker = Broker()
    dump = RecordDump(cast("Kube", broker), ("orders", "matches"))
    marks = dump.begin()

    assert marks == {("orders", 0): 40, ("orders", 1): 2, ("matches", 0): 40, ("matches", 1): 2}
    assert list(dump.records(marks, dump.ends())) == []
    broker.end = 41
    assert len(list(dump.records(marks, dump.ends()))) == 3
    assert [argv[2] for argv in broker.asked].count("consume") == 1
