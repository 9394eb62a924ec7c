import csv
import gzip
import io
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.core import causes
from lab.core.errors import ToolError
from lab.core.windows import Window
from lab.measure.samples import P50, P95, P99, P999, Order, latency, percentile, read
from tests.lab.caused import by

TAGS = (
    "check error error_code expected_response group method name proto scenario service status subproto tls_version url"
)
HEADER = ["metric_name", "timestamp", "metric_value", *TAGS.split(), "extra_tags", "metadata"]
URL = "http://127.0.0.1:8080/orders"


def row(
    metric: str = "http_req_duration", at: int = 5000, value: float = 2.5, tags: Mapping[str, str] = {}
) -> dict[str, str]:
    order = {"method": "POST", "url": URL, "name": URL, "status": "200", "expected_response": "true"}
    return {"metric_name": metric, "timestamp": str(at), "metric_value": f"{value:f}", **order, **tags}


def csv_of(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def written(path: Path, *rows: dict[str, str]) -> Path:
    path.write_bytes(gzip.compress(csv_of(*rows)))
    return path


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([P50, P95, P99, P999]))
def test_a_percentile_is_the_smallest_value_that_its_share_of_values_does_not_exceed(
    values: list[float], share: Fraction
) -> None:
    ordered = sorted(values)

    found = percentile(ordered, share)

    enough = [one for one in ordered if sum(other <= one for other in ordered) >= share * len(ordered)]
    assert found == enough[0]


def test_a_percentile_of_nothing_is_endless() -> None:
    assert percentile([], P99) == math.inf


def test_the_share_is_exact_where_floats_are_not() -> None:
    """0.999 * 1000 is 999.0000000000001 in some orders of floats; the 999th value is meant."""
    assert percentile(list(range(1, 1001)), P999) == 999


def test_an_order_that_failed_counts_as_endlessly_slow() -> None:
    """A refused connection is answered in 0 ms: counted as it is, it would make the percentiles better."""
    orders = [Order(sent=0, latency=1.0, accepted=True)] * 98 + [Order(sent=0, latency=0.0, accepted=False)] * 2

    found = latency(orders)

    assert (found.errors, found.p50, found.p99) == (2, 1.0, math.inf)
    assert found.error_rate == 0.02


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1000), st.booleans()), min_size=1), st.data())
def test_one_more_failed_order_never_lowers_a_percentile(some: list[tuple[float, bool]], data: st.DataObject) -> None:
    orders = [Order(sent=0, latency=took, accepted=ok) for took, ok in some]
    which = data.draw(st.integers(0, len(orders) - 1))
    worse = [*orders]
    worse[which] = Order(sent=0, latency=orders[which].latency, accepted=False)

    assert latency(worse).p99 >= latency(orders).p99


def test_orders_are_placed_by_when_they_were_sent(tmp_path: Path) -> None:
    """k6 stamps a request at its end: an order sent in one window and answered in the next belongs to the first."""
    samples = read(written(tmp_path / "s.csv.gz", row(at=5100, value=200), row(at=5000, value=10)))

    assert [order.sent for order in samples.orders] == [4900, 4990]
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
        ({"group": "::my own group"}, True),
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
