"""What the engine is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from engine.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PORT = 65535
DEFAULT_SYMBOLS = "TEST-ASSET-A,TEST-ASSET-B,TEST-ASSET-C,TEST-ASSET-D"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The engine's settings; names and defaults are those of docs/engine.md."""

    shard_id: str
    symbols: frozenset[str]
    listen_host: str
    http_port: int
    """0 takes a free port."""
    metrics_port: int
    """0 takes a free port."""
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
            listen_host=environment.get("LISTEN_HOST") or "0.0.0.0",  # noqa: S104 - a pod is reached from outside it
            http_port=_integer(environment, "HTTP_PORT", default=8080, least=0, most=MAX_PORT),
            metrics_port=_integer(environment, "METRICS_PORT", default=9091, least=0, most=MAX_PORT),
            kafka_bootstrap=environment.get("KAFKA_BOOTSTRAP") or "redpanda:9092",
            wal_folder=Path(environment.get("WAL_PATH") or "/app/wal"),
            wal_size_mib=_integer(environment, "WAL_SIZE_MB", default=64, least=1, most=65536),
        )
        if not settings.symbols:
            raise SettingsError(f"SHARD_SYMBOLS must name at least one symbol; got {symbols!r}; set it to a comma list")
        if settings.http_port == settings.metrics_port != 0:
            raise SettingsError(
                f"HTTP_PORT and METRICS_PORT must differ; got {settings.http_port} for both; change one"
            )
        return settings


def _integer(environment: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = environment.get(name) or str(default)
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise SettingsError(
            f"{name} must be an integer from {least} to {most}; got {text!r}; set it or leave it out for {default}"
        )
    return value
