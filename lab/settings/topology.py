"""Which workloads run and how the symbols are split among the shards: plain values, checked when they are made."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lab.core.part_labels import GATEWAY

DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
"""An RFC 1123 label: what Kubernetes takes as the name of a Service."""

SHARD_PREFIX = "me-shard-"
CONTROL = "control"
"""The control's Deployment, Service and program, and the label `app` of its pod."""
MAX_LABEL = 63
"""Characters of a label's value, or of a Service's name."""
MAX_SHARD_ID = MAX_LABEL - len(SHARD_PREFIX)
SYMBOL = re.compile(r"[A-Za-z0-9._-]+")
"""What a symbol may be made of: its maps use ',', ':' and '=' as separators (docs/gateway.md)."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One matching engine and the symbols it owns.

    Raises:
        ValueError: The id is no DNS label, or the symbols are none, malformed or repeated.
    """

    id: str
    symbols: tuple[str, ...]

    def __post_init__(self) -> None:
        if not DNS_LABEL.fullmatch(self.id) or len(self.id) > MAX_SHARD_ID:
            msg = f"shard id must be a DNS label of at most {MAX_SHARD_ID} characters (a-z, 0-9, -); got {self.id!r}"
            raise ValueError(msg)
        if not self.symbols:
            raise ValueError(f"shard {self.id!r} owns no symbol; give it at least one")
        for symbol in self.symbols:
            if not SYMBOL.fullmatch(symbol):
                raise ValueError(f"symbol must be made of letters, digits, '.', '_' and '-'; got {symbol!r}")
        if len(set(self.symbols)) < len(self.symbols):
            twice = next(s for s in self.symbols if self.symbols.count(s) > 1)
            raise ValueError(f"symbol {twice!r} is listed twice in shard {self.id!r}; list it once")

    @property
    def name(self) -> str:
        """The name of the shard's Deployment and Service."""
        return SHARD_PREFIX + self.id


@dataclass(frozen=True, kw_only=True)
class Topology:
    """A named set of shards; each symbol belongs to exactly one of them.

    Raises:
        ValueError: There is no shard, an id or a symbol occurs twice, or the name is no DNS label.
    """

    name: str
    shards: tuple[Shard, ...]

    def __post_init__(self) -> None:
        if not DNS_LABEL.fullmatch(self.name) or len(self.name) > MAX_LABEL:
            msg = (
                f"topology name must be a DNS label of at most {MAX_LABEL} characters (a-z, 0-9, -); got {self.name!r}"
            )
            raise ValueError(msg)
        if not self.shards:
            raise ValueError(f"topology {self.name!r} has no shard; give it at least one")
        _reject_repeated_ids(self.shards)
        _reject_shared_symbols(self.shards)

    @property
    def symbols(self) -> tuple[str, ...]:
        """All symbols, in the order of the shards."""
        return tuple(symbol for shard in self.shards for symbol in shard.symbols)

    @property
    def has_gateway(self) -> bool:
        """Whether orders need routing: a single shard takes them itself, several are behind the gateway."""
        return len(self.shards) > 1

    @property
    def handlers(self) -> tuple[str, ...]:
        """The workloads that handle orders: its shards, and the gateway if it has one."""
        return (*(shard.name for shard in self.shards), *([GATEWAY] if self.has_gateway else []))

    @property
    def entry(self) -> str:
        """The workload that takes its orders from outside."""
        return self.handlers[-1]

    @property
    def entry_says(self) -> tuple[str, str]:
        """The key and value by which the entry's /health says who it is."""
        return ("component", GATEWAY) if self.has_gateway else ("shardId", self.shards[0].id)

    def seed_path(self, shard: Shard) -> str:
        """Where at the entry the book of one of its shards is seeded."""
        return f"/seed/{shard.id}" if self.has_gateway else "/seed"


def listed_symbols(variable: str) -> tuple[str, ...]:
    """The symbols that a shard's variable SHARD_SYMBOLS lists, between commas."""
    return tuple(filter(None, variable.split(",")))


def _reject_repeated_ids(shards: Iterable[Shard]) -> None:
    seen: set[str] = set()
    for shard in shards:
        if shard.id in seen:
            raise ValueError(f"shard id {shard.id!r} is given twice; ids are unique in a topology")
        seen.add(shard.id)


def _reject_shared_symbols(shards: Iterable[Shard]) -> None:
    owner: dict[str, str] = {}
    for shard in shards:
        for symbol in shard.symbols:
            if symbol in owner:
                raise ValueError(f"symbol {symbol!r} belongs to shards {owner[symbol]} and {shard.id}; give it to one")
            owner[symbol] = shard.id
