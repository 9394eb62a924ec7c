"""What the gateway is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from gateway.errors import SettingsError
from gateway.routing import MAX_PORT, SYMBOL_MAP, URL_MAP, RoutingTable

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_URLS = ",".join(f"{shard}=http://me-shard-{shard}:8080" for shard in "abc")
DEFAULT_SYMBOLS = ",".join(
    f"{shard}={':'.join(f'TEST-ASSET-{letter}' for letter in letters)}"
    for shard, letters in (("a", "ABCD"), ("b", "EFGH"), ("c", "IJKL"))
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The gateway's settings; names and defaults are those of docs/gateway.md."""

    table: RoutingTable
    listen_host: str
    http_port: int
    """0 takes a free port."""
    metrics_port: int
    """0 takes a free port."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; a port that is empty counts as not set, a map that is empty is an error.

        Raises:
            SettingsError: a map is malformed, a port is no number or out of range, or both ports are the same.

        """
        settings = cls(
            table=RoutingTable.from_maps(
                environment.get(URL_MAP, DEFAULT_URLS), environment.get(SYMBOL_MAP, DEFAULT_SYMBOLS)
            ),
            listen_host=environment.get("LISTEN_HOST") or "0.0.0.0",  # noqa: S104 - a pod is reached from outside it
            http_port=_port(environment, "HTTP_PORT", default=8080),
            metrics_port=_port(environment, "METRICS_PORT", default=9091),
        )
        if settings.http_port == settings.metrics_port != 0:
            raise SettingsError(
                f"HTTP_PORT and METRICS_PORT must differ; got {settings.http_port} for both; change one"
            )
        return settings


def _port(environment: Mapping[str, str], name: str, *, default: int) -> int:
    text = environment.get(name) or str(default)
    # Not int() alone, which takes ' 80', '8_0' and other scripts' digits.
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_PORT):
        raise SettingsError(
            f"{name} must be an integer from 0 to {MAX_PORT}; got {text!r}; set it or leave it out for {default}"
        )
    return int(text)
