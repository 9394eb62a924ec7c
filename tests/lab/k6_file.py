"""k6's points as its `--out csv` writes them: all rows of a request one after the other, metadata in any order."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

TAGS = (
    "check error error_code expected_response group method name proto scenario service status subproto tls_version url"
)
HEADER = ["metric_name", "timestamp", "metric_value", *TAGS.split(), "extra_tags", "metadata"]
URL = "http://127.0.0.1:8080/orders"

Row = dict[str, str]


def row(metric: str = "http_req_duration", at: float = 5000, value: float = 2.5, tags: Mapping[str, str] = {}) -> Row:
    order = {"method": "POST", "url": URL, "name": URL, "status": "200", "expected_response": "true"}
    return {"metric_name": metric, "timestamp": f"{at:.0f}", "metric_value": f"{value:f}", **order, **tags}


def request(
    sent: float,
    service: float = 2.0,
    *,
    blocked: float = 0.0,
    connecting: float = 0.0,
    metadata: str = "",
    scenario: str = "orders",
    **tags: str,
) -> Iterator[Row]:
    """The rows of a request by when it was sent (epoch ms); without a connection k6 has no times of it."""
    parts = {
        "http_reqs": 1.0,
        "http_req_duration": service,
        "http_req_blocked": blocked,
        "http_req_connecting": connecting,
        "http_req_tls_handshaking": 0.0,
        "http_req_sending": 0.1,
        "http_req_waiting": max(0.0, service - 0.1),
        "http_req_receiving": 0.0,
        "http_req_failed": float(tags.get("status", "200") != "200"),
    }
    for metric, value in parts.items():
        yield row(metric, sent + blocked + service, value, {"scenario": scenario, "metadata": metadata, **tags})


def iteration(began: float, took: float, *, metadata: str = "", scenario: str = "orders") -> Row:
    """The row of an iteration: it has no tags of a request."""
    tags = {"method": "", "url": "", "name": "", "status": "", "expected_response": ""}
    return row("iteration_duration", began + took, took, {**tags, "scenario": scenario, "metadata": metadata})


def csv_of(*rows: Row) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def written(path: Path, *rows: Row) -> Path:
    path.write_bytes(gzip.compress(csv_of(*rows)))
    return path
