"""What k6 writes of a load, in the order in which it comes to know it: the rows of its CSV that say something here.

Also what the lab reads of them, made at once: `test_k6_rows.py` holds the two together.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from lab.measure.k6_points import Iteration, Points, Request
from tests.lab.judge.situations.happening import Asked, Happening, Sent

COLUMNS = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,"
    "service,status,subproto,tls_version,url,extra_tags,metadata"
)
DIGITS = 6
"""Behind the point, of a time in ms."""
OPENING = 0.9
"""Of the wait for a connection, what opening one takes."""


def write_load(happening: Happening, path: Path) -> None:
    """The load's own file."""
    ordered = sorted(happening.orders, key=lambda one: one.answered)
    _write(path, (row for one in ordered for row in _order(one)))


def points(happening: Happening) -> Points:
    """What is read of the load's own file."""
    found = Points()
    for one in sorted(happening.orders, key=lambda one: one.answered):
        index, answered = str(one.i), _stamp(one.answered) / 1000
        found.requests.append(
            Request(
                answered=answered,
                service=round(one.service, DIGITS),
                method="POST",
                group="",
                address="orders",
                status=str(one.status),
                is_expected=one.status == 200,
                scenario="orders",
                tags=f"testid=t&judged=yes&shard={one.shard}",
                index=index if one.tells else None,
                due=f"{one.due:.3f}" if one.tells else None,
                blocked=round(one.connect, DIGITS),
                connecting=round(OPENING * one.connect, DIGITS),
            )
        )
        lasted = round(one.answered - (one.due + one.late), DIGITS)
        found.iterations.append(Iteration("orders", answered - lasted, answered, index if one.tells else None))
        if one.tells and (one.status != 200 or one.is_rejected):
            found.rejected.add(index)
    return found


def write_control(control: Iterable[Asked], path: Path) -> None:
    """That of the control beside it."""
    _write(path, (row for one in control for row in _asked(one)))


def _write(path: Path, rows: Iterator[str]) -> None:
    path.write_text("\n".join((COLUMNS, *rows)) + "\n", encoding="utf-8")


def _order(one: Sent) -> Iterator[str]:
    metadata = f"due={one.due:.3f}&i={one.i}" if one.tells else ""
    yield from _request(
        f"POST orders {one.status}",
        one.answered,
        connect=one.connect,
        service=one.service,
        rest=f"testid=t&judged=yes&shard={one.shard},{metadata}",
    )
    is_accepted = one.status == 200 and not one.is_rejected
    if one.tells:  # only our own scripts look into the answer
        yield f"checks,{_stamp(one.answered)},{int(is_accepted)},order is accepted,,,,,,,,orders,,,,,,testid=t,{metadata}"
    yield _iteration(one.answered, one.due + one.late, "orders", metadata)


def _asked(one: Asked) -> Iterator[str]:
    begins, metadata = one.due + one.late, f"due={one.due:.3f}"
    answered = begins + one.service
    yield from _request(
        f"GET control {one.status}", answered, connect=0.0, service=one.service, rest=f"testid=t,{metadata}"
    )
    yield _iteration(answered, begins, "control", metadata)


def _request(which: str, answered: float, *, connect: float, service: float, rest: str) -> Iterator[str]:
    """The rows of one request, by its method, its name and its answer's status."""
    method, name, status = which.split()
    is_good, error = status == "200", ",1050" if status == "0" else ","
    tags = f",{error},{str(is_good).lower()},,{method},{name},HTTP/1.1,{name},,{status},,,{name},{rest}"
    opening = OPENING * connect
    # k6's `blocked` has the opening of a connection in it.
    for metric, took in (("duration", service), ("blocked", connect), ("connecting", opening)):
        yield f"http_req_{metric},{_stamp(answered)},{took:.{DIGITS}f},{tags}"


def _iteration(ended: float, began: float, scenario: str, metadata: str) -> str:
    return f"iteration_duration,{_stamp(ended)},{ended - began:.{DIGITS}f},,,,,,,,,{scenario},,,,,,testid=t,{metadata}"


def _stamp(instant: float) -> int:
    """When it ended, in µs: k6 stamps a request when it has its answer."""
    return int(1000 * instant)
