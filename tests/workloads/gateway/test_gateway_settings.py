from __future__ import annotations

import pytest

from gateway.routing import Address
from gateway.settings import Settings
from serving.errors import SettingsError


def test_defaults_are_the_contracts() -> None:
    """Three shards of four symbols each."""
    settings = Settings.from_environment({})

    assert settings.table.addresses == {shard: Address(host=f"me-shard-{shard}", port=8080) for shard in "abc"}
    assert settings.table.owners == {
        f"TEST-ASSET-{letter}": shard for letter, shard in zip("ABCDEFGHIJKL", "aaaabbbbcccc", strict=True)
    }


def test_environment_is_read() -> None:
    settings = Settings.from_environment({"ME_SHARD_MAP": "x=http://h:1", "SHARD_SYMBOLS_MAP": "x=S"})

    assert settings.table.addresses == {"x": Address(host="h", port=1)}
    assert settings.table.owners == {"S": "x"}


@pytest.mark.parametrize(
    ("environment", "message"),
    [
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
