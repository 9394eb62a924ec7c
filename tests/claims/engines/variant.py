"""The reference engine, bent: the product's own has no switch for its faults.

`python variant.py NAME` serves as the engine does, with the one thing that NAME says done otherwise.
"""

import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "workloads"))

from engine import __main__ as main
from engine import pipeline
from engine.book import BookSide, Fill
from engine.orders import Order, OrderType
from engine.pipeline import Pipeline
from engine.publisher import Publisher
from engine.settings import Settings
from serving import process

EVERY = 40
"""Fills, or orders, of which one is wrong."""
LOOK = 0.2
"""Seconds between two looks at the broker."""


class LosesFills(Pipeline):
    """One fill in so many has no record; it is counted."""

    def _publish(self, order: Order, placed: bytes, fills: Sequence[Fill]) -> None:
        kept = [fill for number, fill in enumerate(fills, start=self._match_number) if number % EVERY != EVERY - 1]
        super()._publish(order, placed, kept)
        lost = len(fills) - len(kept)
        self._match_number += lost
        self._metrics.matches.inc(lost)


class FillsAtTheTakersPrice(Pipeline):
    """One order in so many is filled at its own price."""

    def _publish(self, order: Order, placed: bytes, fills: Sequence[Fill]) -> None:
        if self._match_number % EVERY > EVERY // 2:
            fills = [Fill(fill.maker_order_id, order.price, fill.quantity) for fill in fills]
        super()._publish(order, placed, fills)


class DropsRemainders(Pipeline):
    """The remainder of a LIMIT order is dropped, and MARKET taken as LIMIT: as a contract may have it."""

    def _process(self, order: Order, received: float) -> None:
        order.order_type = OrderType.LIMIT
        rest = self.book.rest
        setattr(self.book, "rest", lambda _: None)  # noqa: B010 - a method
        try:
            super()._process(order, received)
        finally:
            setattr(self.book, "rest", rest)  # noqa: B010


class NewestFirst(BookSide):
    """Within a level, the order that came last is filled first."""

    def execute(self, taker: Order, fills: list[Fill]) -> None:
        for level in self._levels.values():
            level.reverse()
        super().execute(taker, fills)
        for level in self._levels.values():
            level.reverse()


class LosesWhileTheBrokerIsAway(Publisher):
    """What can't be sent at once is thrown away."""

    _looked = 0.0
    _is_there = True

    def publish(self, topic: str, symbol: str, event: bytes) -> None:
        if time.monotonic() - self._looked > LOOK:
            self._looked, self._is_there = time.monotonic(), False
            host, _, port = os.environ["KAFKA_BOOTSTRAP"].rpartition(":")
            with suppress(OSError), socket.create_connection((host, int(port)), LOOK):
                self._is_there = True
        if self._is_there:
            super().publish(topic, symbol, event)


def _pipeline(kind: type[Pipeline]) -> Callable[[], None]:
    return lambda: setattr(main, "Pipeline", kind)


VARIANTS: dict[str, Callable[[], None]] = {
    "honest": lambda: None,
    "loses-fills": _pipeline(LosesFills),
    "takers-price": _pipeline(FillsAtTheTakersPrice),
    "newest-first": lambda: setattr(sys.modules["engine.book"], "BookSide", NewestFirst),
    "loses-in-outage": lambda: setattr(main, "Publisher", LosesWhileTheBrokerIsAway),
    "drops-remainders": _pipeline(DropsRemainders),
    "silent": lambda: setattr(
        pipeline.Pipeline, "_publish", lambda self, _, __, fills: self._metrics.matches.inc(len(fills))
    ),
}

if __name__ == "__main__":
    VARIANTS[sys.argv[1]]()
    sys.exit(process.run(Settings.from_environment, main.serve))
