from __future__ import annotations

import pytest

from serving.errors import SettingsError
from serving.settings import Listening


def test_defaults_are_the_contracts() -> None:
    assert Listening.from_environment({"HTTP_PORT": ""}) == Listening(host="0.0.0.0", http_port=8080, metrics_port=9091)


def test_environment_is_read() -> None:
    environment = {"LISTEN_HOST": "::", "HTTP_PORT": "1", "METRICS_PORT": "2"}
    assert Listening.from_environment(environment) == Listening(host="::", http_port=1, metrics_port=2)


def test_both_ports_may_be_free_ones() -> None:
    listening = Listening.from_environment({"HTTP_PORT": "0", "METRICS_PORT": "0"})
    assert (listening.http_port, listening.metrics_port) == (0, 0)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        *[({"HTTP_PORT": wrong}, f"HTTP_PORT must be an integer from 0 to 65535; got {wrong!r}") for wrong in ("x", " 80", "8_0", "-1", "٣")],
        ({"METRICS_PORT": "70000"}, "METRICS_PORT must be an integer from 0 to 65535; got '70000'"),
        ({"HTTP_PORT": "9091"}, "HTTP_PORT and METRICS_PORT must differ; got 9091 for both"),
    ],
)  # fmt: skip
def test_wrong_value_is_named_with_what_is_allowed(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Listening.from_environment(environment)
    assert message in str(caught.value)
