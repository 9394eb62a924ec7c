"""HTTP/1.1 on one connection, over TCP: what engine and gateway have in common."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from serving.messages import MAX_BODY_BYTES
from serving.protocol import MAX_HEADER_BYTES
from tests.workloads.conftest import HANG, connected, post, rest_of

if TYPE_CHECKING:
    from tests.workloads.serving.conftest import Echo

GET = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def bodies(answers: bytes) -> list[bytes]:
    return [part.split(b"HTTP/1.1")[0] for part in answers.split(b"\r\n\r\n")[1:]]


def test_answer_has_what_a_client_needs(echo: Echo) -> None:
    assert echo.exchange(post("/a", b"b")) == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\n/a b"
    )


def test_connection_is_kept_alive(echo: Echo) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", echo.port, timeout=HANG)
    connection.connect()
    local = connection.sock.getsockname()
    for _ in range(3):
        connection.request("POST", "/x", b"body")
        assert connection.getresponse().read() == b"/x body"
        assert connection.sock.getsockname() == local
    connection.close()


@pytest.mark.parametrize(
    "head", [b"POST /x HTTP/1.0\r\n", b"POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"]
)  # fmt: skip
def test_connection_ends_when_the_client_wants_it(echo: Echo, head: bytes) -> None:
    with connected(echo.port) as connection:
        connection.sendall(head + b"Content-Length: 2\r\n\r\nab")
        answer = rest_of(connection)
    assert answer.endswith(b"Connection: close\r\n\r\n/x ab")


def test_pipelined_requests_are_answered_in_order(echo: Echo) -> None:
    """One that is answered later keeps those behind it waiting, malformed ones too."""
    with connected(echo.port) as connection:
        connection.sendall(
            post("/later", b"0") + b"".join(post("/x", b"%d" % n) for n in range(5)) + b"NONSENSE\r\n\r\n"
        )
        while not echo.served:
            time.sleep(0.01)
        echo.answer_later_ones()
        answers = rest_of(connection)
    assert bodies(answers) == [b"later 0", *(b"/x %d" % n for n in range(5)), b'{"error":"Malformed HTTP request"}']


@pytest.mark.parametrize("behind", [0, 1])
def test_client_that_has_said_all_still_gets_the_later_answer(echo: Echo, behind: int) -> None:
    """And those behind it; then the connection ends."""
    with connected(echo.port) as connection:
        connection.sendall(post("/later", b"0") + post("/x", b"1") * behind)
        connection.shutdown(socket.SHUT_WR)
        time.sleep(0.1)
        echo.answer_later_ones()
        assert bodies(rest_of(connection)) == [b"later 0", b"/x 1"][: 1 + behind]


def test_request_may_come_byte_by_byte(echo: Echo) -> None:
    with connected(echo.port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post("/target", b"body"):
            connection.sendall(bytes([byte]))
        assert connection.recv(65536).endswith(b"\r\n\r\n/target body")


def test_chunked_body_is_read(echo: Echo) -> None:
    assert echo.exchange(CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").endswith(b"\r\n\r\n/x abcde")


def test_client_that_waits_for_100_continue_is_asked_for_the_body(echo: Echo) -> None:
    head, body = post("/x", b"body").split(b"\r\n\r\n")
    with connected(echo.port) as connection:
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_no_body_is_asked_for_before_an_earlier_answer(echo: Echo) -> None:
    """A client would take what asks for it for that answer."""
    head, body = post("/x", b"1").split(b"\r\n\r\n")
    with connected(echo.port) as connection:
        connection.sendall(post("/later", b"0") + head + b"\r\nExpect: 100-continue\r\n\r\n")
        while not echo.served:
            time.sleep(0.01)
        echo.answer_later_ones()
        connection.sendall(body)
        connection.shutdown(socket.SHUT_WR)
        assert bodies(rest_of(connection)) == [b"later 0", b"/x 1"]


def test_upgrade_is_answered_as_plain_http(echo: Echo) -> None:
    answer = echo.exchange(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in answer


def test_head_has_no_body(echo: Echo) -> None:
    """It would be taken for the next answer."""
    answers = echo.exchange(b"HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
    assert bodies(answers) == [b"", b"/x "]


@pytest.mark.parametrize(
    "data",
    [
        b"NONSENSE\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"zz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_malformed_http_is_a_bad_request(echo: Echo, data: bytes) -> None:
    answer = echo.exchange(data)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in answer
    assert not echo.served


@pytest.mark.parametrize("path", ["/broken", "/broken/later"])
def test_handler_that_fails_is_an_internal_error_and_the_connection_goes_on(echo: Echo, path: str) -> None:
    answers = echo.exchange(post(path, b"") + GET)
    assert answers.startswith(b"HTTP/1.1 500 ")
    assert bodies(answers) == [b'{"error":"Internal error"}', b"/x "]


def test_body_above_the_limit_is_refused_before_it_is_sent(echo: Echo) -> None:
    with connected(echo.port) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_client_that_sends_too_much_still_gets_the_answer(echo: Echo) -> None:
    """Its connection is not reset under what it is still sending."""
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    assert echo.exchange(CHUNKED + chunk * 20).startswith(b"HTTP/1.1 413 ")


def test_headers_above_the_limit_are_refused(echo: Echo) -> None:
    headers = (b"X: " + b"x" * 1000 + b"\r\n") * (16 * MAX_HEADER_BYTES // 1000)
    assert echo.exchange(b"GET /x HTTP/1.1\r\nHost: x\r\n" + headers).startswith(b"HTTP/1.1 431 ")


def test_headers_that_come_in_two_parts_are_not_taken_for_all_that_comes_with_the_second(echo: Echo) -> None:
    """Requests that fill many reads are cut anywhere."""
    data = post("/x", bytes(5000)) * 40
    with connected(echo.port) as connection:
        connection.sendall(data[:30])
        time.sleep(0.1)
        connection.sendall(data[30:])
        connection.shutdown(socket.SHUT_WR)
        assert rest_of(connection).count(b"HTTP/1.1 200 ") == 40


def test_request_cut_short_is_not_handled(echo: Echo) -> None:
    assert echo.exchange(post("/x", b"body")[:-2]) == b""
    assert not echo.served


def test_client_that_leaves_harms_nobody(echo: Echo, caplog: pytest.LogCaptureFixture) -> None:
    """Its request is handled all the same."""
    with connected(echo.port) as connection:
        connection.sendall(post("/later", b"0"))
        while not echo.served:
            time.sleep(0.01)
    echo.answer_later_ones()
    assert bodies(echo.exchange(post("/later", b"1"))) == [b"later 1"]
    assert not caplog.records


def test_requests_that_wait_are_not_read_without_end(echo: Echo) -> None:
    """A client that asks and asks while its first answer is due finds its socket full."""
    sent = 0
    with connected(echo.port) as connection:
        connection.settimeout(0.5)
        with suppress(TimeoutError):
            while sent < 100_000_000:
                sent += connection.send(post("/later", b"x" * 1000) * 1000)
        echo.answer_later_ones()
    assert sent < 40_000_000


def test_client_that_does_not_read_its_answers_is_not_read_without_end(echo: Echo) -> None:
    sent = 0
    with connected(echo.port) as connection:
        connection.settimeout(0.5)
        with suppress(TimeoutError):
            while sent < 100_000_000:
                sent += connection.send(post("/x", b"x" * 1000) * 1000)
    assert sent < 40_000_000
