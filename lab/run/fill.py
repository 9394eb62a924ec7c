"""One fill that leaves the books as they were: a SELL at the lowest price there is, then the BUY that takes it."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from itertools import count

from lab.core.asking import ask
from lab.core.causes import FILL_UNSEEN
from lab.core.errors import ToolError
from lab.core.figures import seconds
from lab.measure.metrics import SCRAPE_SECONDS, Metrics, Selector
from lab.process.polling import insistently, until_none
from lab.settings.topology import Shard, Topology

MATCHES = Selector(name="me_matches_total")
SHOWN = 6.0 * SCRAPE_SECONDS
"""Seconds from a fill until the metrics surely show it, also of an engine that begins: it must be found first."""
PAUSE = 0.5
"""Seconds between two looks at the metrics."""

CENT = 1
"""A price below every one of the load: the BUY can take nothing but the SELL."""
_NUMBERS = count()


def send(entry: str, topology: Topology, shard: Shard) -> str:
    """Have a shard match one unit of its first symbol; what went wrong, or an empty text.

    `/seed` rests the SELL without matching, so that bids in the book don't take it. Were one left by a check that was
    killed in between, the BUY would take that one and leave the new one: still one fill, and a book as before.
    """
    order = {"symbol": shard.symbols[0], "type": "LIMIT", "price": CENT, "quantity": 1}
    name = f"verify-{time.time_ns()}-{next(_NUMBERS)}"
    seed = entry + topology.seed_path(shard)
    rested = ask(seed, body={"orders": [{**order, "orderId": f"{name}-sell", "side": "SELL"}]})
    if rested.status != HTTPStatus.OK:
        return f"the SELL to shard {shard.id} was not taken: {rested}"
    taken = ask(f"{entry}/orders", body={**order, "orderId": f"{name}-buy", "side": "BUY"})
    if taken.status != HTTPStatus.OK or taken.said("status") != "ACCEPTED":
        return f"the BUY to shard {shard.id} was not accepted: {taken}"
    return ""


def matches(metrics: Metrics) -> Mapping[str, float]:
    """Each shard's matches so far, as they were scraped last.

    Raises:
        ToolError: They can't be told.
    """
    counts: dict[str, float] = {}
    for one in metrics.latest(MATCHES):
        shard = one.labels.get("shard", "?")
        counts[shard] = counts.get(shard, 0.0) + one.points[-1][1]
    return counts


def require(metrics: Metrics, entry: str, topology: Topology) -> str:
    """Have each shard fill an order, which the metrics must show: what a load would find out much later.

    Returns:
        What became of it, for people.

    Raises:
        ToolError: A shard takes no order, or its fill is not seen.
    """
    began, before = time.monotonic(), _by_engine(metrics)
    for shard in topology.shards:
        if problem := send(entry, topology, shard):
            raise ToolError(f"{problem}; nothing was loaded; run './invokew verify'", cause=FILL_UNSEEN)

    def missing() -> str:
        rose = {dict(labels).get("shard") for labels, n in _by_engine(metrics).items() if n > before.get(labels, 0)}
        return ", ".join(one.id for one in topology.shards if one.id not in rose)

    if shards := until_none(missing, deadline=SHOWN, pause=PAUSE):
        raise ToolError(
            f"me_matches_total of shard {shards} did not rise within {SHOWN:g} s of an order that meets one: it "
            "matches nothing, counts nothing, or is not scraped; nothing was loaded; run './invokew verify'",
            cause=FILL_UNSEEN,
        )
    return f"each shard filled an order and was seen to ({seconds(time.monotonic() - began)})"


def _by_engine(metrics: Metrics) -> Mapping[frozenset[tuple[str, str]], float]:
    """The matches of each series: one of an engine that is gone stays for a while beside its successor's."""
    return {frozenset(one.labels.items()): one.points[-1][1] for one in insistently(lambda: metrics.latest(MATCHES))}
