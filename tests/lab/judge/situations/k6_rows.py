"""What k6 writes of a load: the rows of its CSV that any reader of it may ask for."""

from collections.abc import Iterator
from pathlib import Path

from tests.lab.judge.situations.happening import Asked, Happening, Sent

COLUMNS = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,"
    "service,status,subproto,tls_version,url,extra_tags,metadata"
)
SENDING, RECEIVING = 0.02, 0.03
"""ms of an order's service that k6 counts apart."""


def write_load(happening: Happening, path: Path) -> None:
    """The load's own file."""
    _write(path, (row for one in happening.orders for row in _order(one)))


def write_control(happening: Happening, path: Path) -> None:
    """That of the control beside it."""
    _write(path, (row for one in happening.control or () for row in _request(one)))


def _write(path: Path, rows: Iterator[str]) -> None:
    path.write_text("\n".join((COLUMNS, *rows)) + "\n", encoding="utf-8")


def _order(one: Sent) -> Iterator[str]:
    stamp = int(one.answered)  # k6 stamps a request when it has its answer
    is_good = one.status == 200
    tags = f"testid=t&judged=yes&shard={one.shard}"
    metadata = f"due={one.due:.3f}&i={one.i}" if one.tells else ""
    rest = f"{tags},{metadata}"
    yield from _http(stamp, "POST orders", one.status, connect=one.connect, service=one.service, rest=rest)
    for check, holds in (("status is 200", is_good), ("order is accepted", is_good and not one.is_rejected)):
        yield f"checks,{stamp},{int(holds):.6f},{check},,,,,,,,orders,,,,,,testid=t,{metadata}"
    yield f"iterations,{stamp},1.000000,,,,,,,,,orders,,,,,,testid=t,{metadata}"


def _request(one: Asked) -> Iterator[str]:
    stamp = int(one.due + one.late + one.service)
    rest = f"testid=t,due={one.due:.3f}"
    yield from _http(stamp, "GET control", one.status, connect=0.0, service=one.service, rest=rest)


def _http(stamp: int, request: str, status: int, *, connect: float, service: float, rest: str) -> Iterator[str]:
    """The rows of one request: its method and name."""
    method, name = request.split()
    is_good = status == 200
    error = "" if status else "request timeout"
    code = "" if is_good else str(1000 + status) if status else "1050"
    tags = (
        f",{error},{code},{'true' if is_good else 'false'},,{method},{name},HTTP/1.1,{name},,{status},,,{name},{rest}"
    )
    # k6's `blocked` has connecting and the TLS handshake in it.
    for metric, value in (
        ("http_reqs", 1.0),
        ("http_req_duration", service),
        ("http_req_blocked", connect),
        ("http_req_connecting", 0.9 * connect),
        ("http_req_tls_handshaking", 0.0),
        ("http_req_sending", SENDING),
        ("http_req_waiting", service - SENDING - RECEIVING),
        ("http_req_receiving", RECEIVING),
        ("http_req_failed", float(not is_good)),
    ):
        yield f"{metric},{stamp},{value:.6f},{tags}"
