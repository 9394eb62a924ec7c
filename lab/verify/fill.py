"""One fill that leaves the books as they were: a SELL at the lowest price there is, then the BUY that takes it."""

from http import HTTPStatus
from itertools import count
from time import time_ns

from lab.settings.topology import Shard, Topology
from lab.verify.asking import ask

CENT = 1
"""A price below every one of the load: the BUY can take nothing but the SELL."""
_NUMBERS = count()


def send(entry: str, topology: Topology, shard: Shard) -> str:
    """Have a shard match one unit of its first symbol; what went wrong, or an empty text.

    `/seed` rests the SELL without matching, so that bids in the book don't take it. Were one left by a check that was
    killed in between, the BUY would take that one and leave the new one: still one fill, and a book as before.
    """
    order = {"symbol": shard.symbols[0], "type": "LIMIT", "price": CENT, "quantity": 1}
    name = f"verify-{time_ns()}-{next(_NUMBERS)}"
    seed = f"{entry}/seed/{shard.id}" if topology.has_gateway else f"{entry}/seed"
    rested = ask(seed, body={"orders": [{**order, "orderId": f"{name}-sell", "side": "SELL"}]})
    if rested.status != HTTPStatus.OK:
        return f"the SELL to shard {shard.id} was not taken: {rested}"
    taken = ask(f"{entry}/orders", body={**order, "orderId": f"{name}-buy", "side": "BUY"})
    if taken.status != HTTPStatus.OK or taken.said("status") != "ACCEPTED":
        return f"the BUY to shard {shard.id} was not accepted: {taken}"
    return ""
