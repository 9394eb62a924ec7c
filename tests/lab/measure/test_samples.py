import gzip
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.core import causes
from lab.core.errors import ToolError
from lab.core.windows import Window
from lab.measure.samples import Samples, read
from lab.settings.case_settings import CaseSettings
from tests.lab.caused import by
from tests.lab.k6_file import Row, csv_of, iteration, request, row, written
from tests.lab.made import case

BEGIN = 1_795_905_497_526.0
A2 = case().settings
BETWEEN = 60_000 / A2.rate
"""ms from one order of A2 to the next."""


def samples(path: Path, rows: Iterable[Row], settings: CaseSettings | None = None) -> Samples:
    return read(written(path / "s.csv.gz", *rows), settings)


def test_orders_are_placed_by_when_they_were_sent(tmp_path: Path) -> None:
    """k6 stamps a request at its end: an order sent in one window and answered in the next belongs to the first."""
    samples = read(written(tmp_path / "s.csv.gz", row(at=5100, value=200), row(at=5000, value=10)))

    assert [order.due for order in samples.orders] == [4900, 4990]
    assert len(samples.within(Window(name="w", start=4900, end=4990))) == 1
    assert (samples.start, samples.end) == (4900, 4990)


@pytest.mark.parametrize(
    ("tags", "is_order"),
    [
        ({}, True),
        ({"url": "http://gateway:8080/orders?x=1"}, True),
        ({"url": "${}/orders", "name": "${}/orders"}, True),  # http.url`…`
        ({"url": "orders", "name": "orders"}, True),  # a name given by the script takes the address's place
        ({"url": "place an order", "name": "place an order"}, True),
        ({"url": "", "name": ""}, True),  # system tags left out
        ({"url": "seed", "name": "seed"}, False),
        ({"url": "http://127.0.0.1:8080/seed", "name": ""}, False),
        ({"url": "http://127.0.0.1:8080/seed/a", "name": ""}, False),
        ({"method": "GET"}, False),
        ({"group": "::setup"}, False),
        ({"group": "::teardown"}, False),
        ({"group": "::setup::of a book"}, False),
        ({"group": "::my own group"}, True),
        ({"group": "::setup of order"}, True),
        ({"group": "::orders::setup"}, True),
        ({"url": "order SEED", "name": "order SEED"}, True),
        ({"url": "healthcare order", "name": "healthcare order"}, True),
        ({"url": "health", "name": "health"}, False),
        ({"url": "http://[::1/orders", "name": ""}, True),  # no address, by the standard library
        ({"url": "http://orders/seed?to=/orders", "name": ""}, False),
        ({"url": "http://gateway/seed#/orders", "name": ""}, False),
        ({"url": "http://[::1]:8080/a/b/orders", "name": ""}, True),
        ({"url": "//orders", "name": ""}, False),
    ],
)
def test_orders_are_found_whatever_the_script_calls_them(tmp_path: Path, tags: dict[str, str], is_order: bool) -> None:
    assert len(read(written(tmp_path / "s.csv.gz", row(tags=tags))).orders) == is_order


@pytest.mark.parametrize(
    ("tags", "accepted"),
    [
        ({}, True),
        ({"status": "503"}, False),
        ({"status": "0", "error_code": "1212"}, False),
        ({"status": ""}, True),
        ({"status": "", "expected_response": "false"}, False),
    ],
)
def test_an_order_is_accepted_with_200(tmp_path: Path, tags: dict[str, str], accepted: bool) -> None:
    (order,) = read(written(tmp_path / "s.csv.gz", row(tags=tags))).orders

    assert order.accepted is accepted


@pytest.mark.parametrize(
    ("status", "refused"), [("200", False), ("400", True), ("503", True), ("502", False), ("504", False), ("0", False)]
)
def test_only_the_engine_itself_refuses_an_order(tmp_path: Path, status: str, refused: bool) -> None:
    """One that timed out, or whose shard was not reached, it may have taken."""
    (order,) = read(written(tmp_path / "s.csv.gz", row(tags={"status": status}))).orders

    assert order.refused is refused


@pytest.mark.parametrize(
    ("tags", "shard"),
    [
        ("testid=r1&judged=yes&shard=a", "a"),
        ("shard=me-2&testid=r1", "me-2"),
        ("testid=r1&judged=yes", None),  # a script that knows of no shards
        ("testid=r1&hotshard=a", None),
        ("shard=", None),
        ("", None),
    ],
)
def test_an_orders_shard_is_the_one_that_its_script_names(tmp_path: Path, tags: str, shard: str | None) -> None:
    (order,) = read(written(tmp_path / "s.csv.gz", row(tags={"extra_tags": tags}))).orders

    assert order.shard == shard


def test_dropped_iterations_are_summed_and_other_metrics_left_out(tmp_path: Path) -> None:
    rows = (row("dropped_iterations", value=3), row("dropped_iterations", value=1), row("http_req_waiting"))

    samples = read(written(tmp_path / "s.csv.gz", *rows))

    assert (samples.dropped, samples.orders) == (4, ())
    assert samples.start is None


def test_a_file_that_breaks_off_gives_what_is_in_it(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv.gz", *(row(at=n, value=n % 7) for n in range(20_000)))
    path.write_bytes(path.read_bytes()[:-2000])

    samples = read(path)

    assert samples.truncated
    assert 1000 < len(samples.orders) < 20_000


def test_a_file_that_breaks_off_in_its_head_has_no_orders(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv.gz", row())
    path.write_bytes(path.read_bytes()[:12])

    samples = read(path)

    assert (samples.orders, samples.truncated) == ((), True)


def test_of_a_runner_whose_file_is_gone_it_is_known_that_it_is(tmp_path: Path) -> None:
    there = written(tmp_path / "s.csv.gz", row())

    samples = read([there, tmp_path / "gone.csv.gz"])

    assert samples.truncated
    assert [one.orders for one in samples.runners] == [1, 0]


def test_an_uncompressed_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes(csv_of(row()))

    assert len(read(tmp_path / "s.csv").orders) == 1


@pytest.mark.parametrize("content", [None, b"", b"something else\n1\n"])
def test_fails_on_what_is_not_k6s_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ToolError, match=r"k6", check=by(causes.LOAD_GENERATOR)):
        read(path)


@given(place=st.integers(0, 400), bytes_=st.binary(min_size=1, max_size=8), packed=st.booleans())
@example(place=80, bytes_=b"\xff", packed=False)
@example(place=10, bytes_=b"\xff" * 8, packed=True)
def test_damage_anywhere_is_a_file_that_breaks_off_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, place: int, bytes_: bytes, *, packed: bool
) -> None:
    path = tmp_path_factory.mktemp("damaged") / ("s.csv.gz" if packed else "s.csv")
    whole = csv_of(*(row(at=n) for n in range(20)))
    content = bytearray(gzip.compress(whole) if packed else whole)
    content[place : place + len(bytes_)] = bytes_
    path.write_bytes(content)

    with suppress(ToolError):
        assert len(read(path).orders) <= 20


def test_a_name_that_is_no_text_takes_no_order_away(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(csv_of(row(at=1, tags={"name": "QQ"}), row(at=2), row(at=3)).replace(b"QQ", b"\xff\xfe"))

    assert (len(read(path).orders), read(path).truncated) == (3, False)


def test_a_field_that_never_ends_is_where_the_file_breaks_off(tmp_path: Path) -> None:
    samples = read(written(tmp_path / "s.csv.gz", row(at=1), row(at=2, tags={"name": "x" * 140_000})))

    assert (len(samples.orders), samples.truncated) == (1, True)


def test_all_that_an_order_waited_for_counts_from_when_it_was_due(tmp_path: Path) -> None:
    """k6 counts a request from when it has a connection; connecting lies within `http_req_blocked`."""
    (order,) = samples(
        tmp_path, request(5300, 20, blocked=1000, connecting=999, metadata="due=5000.5&i=17", extra_tags="shard=b")
    ).orders

    assert (order.due, order.late, order.connect, order.service) == (5000.5, 299.5, 1000, 20)
    assert (order.latency, order.sent, order.answered) == (1319.5, 5300, 6320)
    assert (order.opened, order.index, order.shard) == (True, 17, "b")


def test_orders_of_one_instant_are_told_apart_by_their_rows_coming_together(tmp_path: Path) -> None:
    both = [*request(5000, 100, blocked=1), *request(5050, 50, blocked=1), *request(5101, 0, blocked=0)]

    assert [order.sent for order in samples(tmp_path, both).orders] == [5000, 5050, 5101]


def test_instants_in_microseconds_are_read_too(tmp_path: Path) -> None:
    rows = [{**one, "timestamp": "1795905497526250"} for one in request(0, 2.25)]

    assert samples(tmp_path, rows).start == BEGIN + 0.25 - 2.25


def test_an_order_answered_with_rejected_is_not_accepted(tmp_path: Path) -> None:
    """k6 keeps no bodies: the script checks them."""
    rows = [
        *request(5000, metadata="i=1&due=5000"),
        *request(5100, metadata="due=5100&i=2"),
        row("checks", 5002, 1, {"check": "status is 200", "metadata": "i=1"}),
        row("checks", 5002, 0, {"check": "order is accepted", "metadata": "due=5000&i=1"}),
        row("checks", 5102, 1, {"check": "order is accepted", "metadata": "i=2&due=5100"}),
    ]

    assert [(order.accepted, order.refused) for order in samples(tmp_path, rows).orders] == [
        (False, True),
        (True, False),
    ]


def test_a_failed_check_that_names_no_order_is_of_the_one_before_it(tmp_path: Path) -> None:
    """A script of the user's own may have a check of this name, and set no metadata."""
    rows = [
        *request(5000),
        row("checks", 5002, 1, {"check": "order is accepted"}),
        *request(5100),
        row("checks", 5102, 0, {"check": "order is accepted"}),
        row("checks", 5102, 0, {"check": "order is accepted"}),
        *request(5200),
        row("checks", 5202, 1, {"check": "order is accepted"}),
        *request(5300, status="503", expected_response="false"),
        row("checks", 5302, 0, {"check": "order is accepted"}),
    ]

    assert [order.accepted for order in samples(tmp_path, rows).orders] == [True, False, True, False]


def test_an_order_that_got_no_connection_waited_for_one_from_when_its_iteration_began(tmp_path: Path) -> None:
    """k6 has no times at all of it: by those it would have been sent when it failed, and so be k6's own lateness."""
    rows = [*request(10_000, 0, metadata="due=5000&i=3", status="0"), iteration(5001, 5000, metadata="i=3")]

    (order,) = samples(tmp_path, rows).orders

    assert (order.late, order.connect, order.latency, order.accepted) == (1, 4999, 5000, False)


def by_plan(*late: float, service: float = 2.0, every: float = BETWEEN) -> Iterable[Row]:
    """Orders of a script that says of none when it was due, each sent so late."""
    for number, one in enumerate(late):
        began = BEGIN + number * every + one
        yield from request(began + 0.5, service)
        yield iteration(began, service + 1)


@pytest.mark.parametrize("name", ["a2", "b3"])
def test_a_scripts_orders_were_due_by_the_plan_of_its_case(tmp_path: Path, name: str) -> None:
    """k6 stood still for 3 s from the tenth second on, and sent what was due meanwhile all at once."""
    settings = case(name).settings
    plan = [one * 60_000 / settings.rate for one in range(60 * 17)]  # b3 begins with two minutes of one rate
    late = [max(0.0, 13_000 - one) if one > 10_000 else 0.0 for one in plan]

    found = samples(tmp_path, by_plan(*late), settings)

    assert found.unplanned is None
    assert [order.due for order in found.orders] == pytest.approx([BEGIN + one for one in plan], abs=2)
    assert [order.late for order in found.orders] == pytest.approx([one + 0.5 for one in late], abs=2)
    assert sum(order.latency > 200 for order in found.orders) == 47


def test_an_order_is_due_by_the_area_under_a_ramp(tmp_path: Path) -> None:
    """As k6 plans it; between the second and the fourth minute of B3 its rate goes from 1,020 to 2,520."""
    settings = case("b3").settings
    count = int(settings.orders_by(240))
    at, plan = 0.0, []
    for number in range(1, count + 1):
        while settings.orders_by(at) < number:
            at += 0.001
        plan.append(at * 1000)
    rows = [row for one in plan for row in (*request(BEGIN + one), iteration(BEGIN + one, 2))]

    found = samples(tmp_path, rows, settings)

    assert found.unplanned is None
    assert max(order.late or 0 for order in found.orders) <= 3


def test_a_ramps_plan_begins_when_k6_has_started_all_vus(tmp_path: Path) -> None:
    """Which its script can't know: no order is early, and the least late one is on time."""
    rows = [
        one for late, due in ((70, 0), (20, 500), (24, 900))
        for one in request(BEGIN + due + late, metadata=f"due={BEGIN + due}")
    ]  # fmt: skip

    assert [order.late for order in samples(tmp_path, rows, case("b3").settings).orders] == [50, 0, 4]
    assert [order.late for order in samples(tmp_path, rows, A2).orders] == [70, 20, 24]


@pytest.mark.parametrize(
    ("rows", "settings", "why"),
    [
        (by_plan(*[0] * 200), None, "isn't known"),
        (by_plan(*[0] * 200, every=BETWEEN * 1.01), A2, "rate of the case"),
        (by_plan(*[0] * 200, every=BETWEEN / 4), A2, "rate of the case"),
        ([*by_plan(*[0] * 200), row("dropped_iterations", value=1)], A2, "dropped"),
        ([*by_plan(*[0] * 200), *request(BEGIN)], A2, "200 iterations sent 201 orders"),
        ([*by_plan(*[0] * 200), *request(BEGIN, scenario="more"), iteration(BEGIN, 1, scenario="more")], A2, "2 scenarios"),
        ([*by_plan(*[0] * 200), *request(BEGIN, metadata="due=17")], A2, "some orders only"),
        (request(BEGIN, metadata="due=noon"), A2, "not as a number"),
        ([*request(BEGIN, metadata="due=17"), row("dropped_iterations", value=1)], A2, "dropped"),
    ],
)  # fmt: skip
def test_where_no_plan_says_it_orders_count_from_when_they_were_sent(
    tmp_path: Path, rows: Iterable[Row], settings: CaseSettings | None, why: str
) -> None:
    found = samples(tmp_path, rows, settings)

    assert why in (found.unplanned or "")
    assert {order.late for order in found.orders} == {None}
    assert all(order.due == order.sent for order in found.orders)


def test_a_file_without_iterations_has_their_begin_in_its_orders(tmp_path: Path) -> None:
    rows = [one for one in by_plan(*[0] * 6, 200, 150, 100, 50, *[0] * 2) if one["metric_name"] != "iteration_duration"]

    found = samples(tmp_path, rows, A2)

    assert [order.late for order in found.orders] == pytest.approx([*[0] * 6, 200, 150, 100, 50, *[0] * 2], abs=1.5)
    assert "no connection" in (samples(tmp_path, [*rows, *request(BEGIN, 0)], A2).unplanned or "")


def test_a_plan_is_kept_by_a_load_whose_answers_overtake_each_other(tmp_path: Path) -> None:
    """An engine that hangs makes orders fail after 5 s without a time of their own; none was sent late."""
    hung = [
        row
        for number in range(400)
        for began in [BEGIN + number * BETWEEN]
        for row in (
            (*request(began + 5000, 0, status="0"), iteration(began, 5000))
            if 100 <= number < 200
            else (*request(began), iteration(began, 2))
        )
    ]

    found = samples(tmp_path, hung, A2)

    assert found.unplanned is None
    assert max(order.late or 0 for order in found.orders) <= 1
    assert sum(order.connect == pytest.approx(5000, abs=2) for order in found.orders) == 100
