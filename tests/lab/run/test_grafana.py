import base64

import pytest

from lab.core import causes
from lab.core.answers import why
from lab.core.errors import ToolError
from lab.run.grafana import Grafana
from tests.lab.caused import by
from tests.lab.served import served


def test_an_annotation_marks_a_stretch_of_time_under_its_tags() -> None:
    with served({"/api/annotations": (200, {"id": 1})}) as server:
        Grafana(server.url, password="secret").annotate("broker away", start=1.4, end=2.6, tags=("fault", "testid:r1"))

    _, _, body, headers = server.asked[0]
    assert body == {"time": 1, "timeEnd": 3, "tags": ["fault", "testid:r1"], "text": "broker away"}
    assert base64.b64decode(headers["Authorization"].split()[1]) == b"admin:secret"


def test_fails_when_grafana_refuses() -> None:
    with (
        served({"/api/annotations": (401, {"message": "wrong"})}) as server,
        pytest.raises(ToolError, match="HTTP 401"),
    ):
        Grafana(server.url, password="x").annotate("", start=0, end=0, tags=())


def test_fails_when_nothing_listens() -> None:
    with pytest.raises(
        ToolError, match=r"grafana at http://127.0.0.1:1 does not answer: .*refused", check=by(causes.MONITORING_SILENT)
    ):
        Grafana("http://127.0.0.1:1", password="x").annotate("", start=0, end=0, tags=())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no JSON"), "no JSON"),
        (
            RuntimeError(
                OSError(
                    "<Connection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused"
                )
            ),
            "Connection refused",
        ),
        (OSError("HTTPConnection(host='127.0.0.1', port=1): Failed to establish a new connection: refused"), "refused"),
        (
            OSError("HTTPConnectionPool(host='127.0.0.1', port=1): Read timed out. (read timeout=5)"),
            "Read timed out. (read timeout=5)",
        ),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_the_innermost_cause_is_told_without_addresses_in_memory(error: Exception, said: str) -> None:
    assert why(error) == said
