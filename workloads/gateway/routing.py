"""The routing table: symbol to shard to URL, read from the two maps of docs/gateway.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from serving.errors import SettingsError
from serving.settings import MAX_PORT

if TYPE_CHECKING:
    from collections.abc import Mapping

URL_MAP = "ME_SHARD_MAP"
SYMBOL_MAP = "SHARD_SYMBOLS_MAP"
SHARD_ID = re.compile(r"[A-Za-z0-9._-]+")
"""What an id may be made of: it is a part of a path and of the maps, which have separators of their own."""
SYMBOL = re.compile(r"[^\s:,=]+")
URL = re.compile(
    r"http://(?:(?P<name>[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?)|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>[0-9]{1,5}))?/?"
)
"""Scheme, host and port and nothing more: the path is the gateway's to choose."""
HTTP_PORT = 80


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a shard takes connections. The host is looked up anew for each of them."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class RoutingTable:
    """Which shard owns a symbol, and where each shard is.

    Args:
        addresses: By shard id.
        owners: Shard ids by symbol.
    """

    addresses: Mapping[str, Address]
    owners: Mapping[str, str]

    @classmethod
    def from_maps(cls, urls: str, symbols: str) -> Self:
        """Read `a=http://host:8080,b=…` and `a=SYM:SYM,b=…`.

        Raises:
            SettingsError: a map is malformed or empty, a shard is in one only, or a symbol has two owners.

        """
        addresses = {shard: _address(shard, url) for shard, url in _entries(URL_MAP, urls).items()}
        owned = {shard: _symbols(shard, text) for shard, text in _entries(SYMBOL_MAP, symbols).items()}
        _reject_difference(addresses.keys() - owned.keys(), URL_MAP, SYMBOL_MAP)
        _reject_difference(owned.keys() - addresses.keys(), SYMBOL_MAP, URL_MAP)
        owners: dict[str, str] = {}
        for shard, names in owned.items():
            for symbol in names:
                if symbol in owners:
                    raise SettingsError(
                        f"{SYMBOL_MAP} gives symbol {symbol!r} to shards {owners[symbol]} and {shard}; give it to one"
                    )
                owners[symbol] = shard
        return cls(addresses=addresses, owners=owners)


def _entries(name: str, text: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    for entry in text.split(","):
        shard, separator, value = (part.strip() for part in entry.partition("="))
        if not separator or not SHARD_ID.fullmatch(shard) or not value:
            raise SettingsError(f"{name} must be a comma list of shard=value; got {entry!r} in it; correct that entry")
        if shard in entries:
            raise SettingsError(f"{name} names shard {shard} twice; keep one of its entries")
        entries[shard] = value
    return entries


def _address(shard: str, url: str) -> Address:
    match = URL.fullmatch(url)
    port = int(match["port"] or HTTP_PORT) if match else 0
    if not match or not 0 < port <= MAX_PORT:
        raise SettingsError(f"{URL_MAP} must give shard {shard} a URL of the form http://host:port; got {url!r}")
    return Address(host=match["name"] or match["ipv6"], port=port)


def _symbols(shard: str, text: str) -> list[str]:
    names = [name.strip() for name in text.split(":")]
    for name in names:
        if not SYMBOL.fullmatch(name):
            raise SettingsError(
                f"{SYMBOL_MAP} must give shard {shard} symbols joined by ':'; got {text!r}; correct {name!r} in it"
            )
    if len(set(names)) < len(names):
        raise SettingsError(f"{SYMBOL_MAP} names a symbol of shard {shard} twice; got {text!r}; keep one of each")
    return names


def _reject_difference(shards: set[str], having: str, lacking: str) -> None:
    if shards:
        raise SettingsError(f"{lacking} lacks shards that {having} has: {', '.join(sorted(shards))}; name them in both")
