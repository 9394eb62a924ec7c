from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings
from serving.errors import SettingsError


def test_defaults_are_the_contracts() -> None:
    settings = Settings.from_environment({})

    assert settings.shard_id == "a"
    assert settings.symbols == {"TEST-ASSET-A", "TEST-ASSET-B", "TEST-ASSET-C", "TEST-ASSET-D"}
    assert settings.kafka_bootstrap == "redpanda:9092"
    assert (settings.wal_folder, settings.wal_size_mib) == (Path("/app/wal"), 64)


def test_environment_is_read() -> None:
    settings = Settings.from_environment(
        {
            "SHARD_ID": "b",
            "SHARD_SYMBOLS": " X , Y,",
            "KAFKA_BOOTSTRAP": "broker:1",
            "WAL_PATH": "/log",
            "WAL_SIZE_MB": "3",
        }
    )

    assert settings.shard_id == "b"
    assert settings.symbols == {"X", "Y"}
    assert (settings.kafka_bootstrap, settings.wal_folder, settings.wal_size_mib) == ("broker:1", Path("/log"), 3)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"WAL_SIZE_MB": "0"}, "WAL_SIZE_MB must be an integer from 1 to 65536; got '0'"),
        ({"SHARD_SYMBOLS": " , "}, "SHARD_SYMBOLS must name at least one symbol; got ' , '"),
    ],
)
def test_wrong_value_is_named_with_what_is_allowed(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environment)
    assert message in str(caught.value)
