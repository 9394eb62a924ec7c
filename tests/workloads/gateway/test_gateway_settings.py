from __future__ import annotations

import pytest

from gateway.errors import SettingsError
from gateway.routing import Address
from gateway.settings import Settings


def test_defaults_are_the_contracts() -> None:
    """Three shards of four symbols each."""
    settings = Settings.from_environment({})

    assert settings.table.addresses == {shard: Address(host=f"me-shard-{shard}", port=8080) for shard in "abc"}
    assert settings.table.owners == {
        f"TEST-ASSET-{letter}": shard for letter, shard in zip("ABCDEFGHIJKL", "aaaabbbbcccc", strict=True)
    }
    assert (settings.listen_host, settings.http_port, settings.metrics_port) == ("0.0.0.0", 8080, 9091)


def test_environment_is_read() -> None:
    settings = Settings.from_environment(
        {
            "ME_SHARD_MAP": "x=http://h:1",
            "SHARD_SYMBOLS_MAP": "x=S",
            "LISTEN_HOST": "::",
            "HTTP_PORT": "1",
            "METRICS_PORT": "2",
        }
    )

    assert settings.table.addresses == {"x": Address(host="h", port=1)}
    assert settings.table.owners == {"S": "x"}
    assert (settings.listen_host, settings.http_port, settings.metrics_port) == ("::", 1, 2)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"HTTP_PORT": "x"}, "HTTP_PORT must be an integer from 0 to 65535; got 'x'"),
        ({"HTTP_PORT": " 80"}, "HTTP_PORT must be an integer from 0 to 65535; got ' 80'"),
        ({"METRICS_PORT": "70000"}, "METRICS_PORT must be an integer from 0 to 65535; got '70000'"),
        ({"HTTP_PORT": "9091"}, "HTTP_PORT and METRICS_PORT must differ; got 9091 for both"),
        ({"ME_SHARD_MAP": ""}, "ME_SHARD_MAP must be a comma list"),
        ({"SHARD_SYMBOLS_MAP": ""}, "SHARD_SYMBOLS_MAP must be a comma list"),
        ({"ME_SHARD_MAP": "a=http://a:1"}, "ME_SHARD_MAP lacks shards that SHARD_SYMBOLS_MAP has: b, c"),
    ],
)
def test_wrong_value_is_named_with_what_is_allowed(environment: dict[str, str], message: str) -> None:
    """A map that is empty is no map left out: whoever made it had no shards to name."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environment)
    assert message in str(caught.value)
