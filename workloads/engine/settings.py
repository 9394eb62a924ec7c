"""What the engine is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from serving.errors import SettingsError
from serving.settings import Listening, integer

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_SYMBOLS = "TEST-ASSET-A,TEST-ASSET-B,TEST-ASSET-C,TEST-ASSET-D"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The engine's settings; names and defaults are those of docs/engine.md."""

    shard_id: str
    symbols: frozenset[str]
    listening: Listening
    kafka_bootstrap: str
    wal_folder: Path
    wal_size_mib: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; a variable that is empty counts as not set.

        Raises:
            SettingsError: a number is no number or out of range, no symbol is left, or both ports are the same.

        """
        symbols = environment.get("SHARD_SYMBOLS") or DEFAULT_SYMBOLS
        settings = cls(
            shard_id=environment.get("SHARD_ID") or "a",
            symbols=frozenset(symbol.strip() for symbol in symbols.split(",") if symbol.strip()),
            listening=Listening.from_environment(environment),
            kafka_bootstrap=environment.get("KAFKA_BOOTSTRAP") or "redpanda:9092",
            wal_folder=Path(environment.get("WAL_PATH") or "/app/wal"),
            wal_size_mib=integer(environment, "WAL_SIZE_MB", default=64, least=1, most=65536),
        )
        if not settings.symbols:
            raise SettingsError(f"SHARD_SYMBOLS must name at least one symbol; got {symbols!r}; set it to a comma list")
        return settings
