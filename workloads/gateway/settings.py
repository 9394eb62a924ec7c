"""What the gateway is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from gateway.routing import SYMBOL_MAP, URL_MAP, RoutingTable
from serving.settings import Listening

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
    listening: Listening

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; a port that is empty counts as not set, a map that is empty is an error.

        Raises:
            SettingsError: a map is malformed, a port is no number or out of range, or both ports are the same.

        """
        return cls(
            table=RoutingTable.from_maps(
                environment.get(URL_MAP, DEFAULT_URLS), environment.get(SYMBOL_MAP, DEFAULT_SYMBOLS)
            ),
            listening=Listening.from_environment(environment),
        )
