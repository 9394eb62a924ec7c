"""The matching side: takes orders from the ring buffer through book, write-ahead log and Kafka."""

from __future__ import annotations

import asyncio
import time
from time import perf_counter
from typing import TYPE_CHECKING

from engine import events
from engine.book import Book
from engine.frames import RecordKind
from engine.orders import OrderType
from engine.publisher import MATCHES_TOPIC, ORDERS_TOPIC
from engine.ring import RingBuffer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.book import Fill
    from engine.metrics import Metrics
    from engine.orders import Order
    from engine.publisher import Publisher
    from engine.settings import Settings
    from engine.wal import WriteAheadLog

RING_CAPACITY = 16_384
"""About four seconds of work at full speed: who waits longer is better told to come back."""
SLICE_SECONDS = 0.002
"""How long matching may keep the event loop before HTTP gets its turn."""
SEED_CHUNK = 500
"""Seed orders handled between two turns of the event loop: about 1 to 2 ms."""
BACKLOG_PAUSE_SECONDS = 0.01


class Pipeline:
    """Owns the book. All of it runs on the event loop's thread, so an order sees no other half-done."""

    def __init__(self, settings: Settings, metrics: Metrics, wal: WriteAheadLog, publisher: Publisher) -> None:
        self.book = Book(settings.symbols)
        self._metrics = metrics
        self._wal = wal
        self._publisher = publisher
        self._ring: RingBuffer[tuple[Order, float]] = RingBuffer(RING_CAPACITY)
        self._is_scheduled = False
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        # Unique over restarts, so that consumers may take it for a key.
        self._match_id_prefix = f"{settings.shard_id}-{time.time_ns() // 1_000_000}-"
        self._match_number = 0
        metrics.watch(self.book.depth, self.book.price_levels, lambda: self._ring.utilization)

    def submit(self, order: Order, received: float) -> bool:
        """Queue an order; False when the ring buffer is full. `received` is on `perf_counter`'s clock."""
        if not self._ring.offer((order, received)):
            return False
        self._metrics.orders_received[order.side].inc()
        self._is_idle.clear()
        self._schedule()
        return True

    async def seed(self, orders: Sequence[Order]) -> None:
        """Rest orders without matching, giving way to others in between."""
        for start in range(0, len(orders), SEED_CHUNK):
            await self._wal.has_room.wait()
            for order in orders[start : start + SEED_CHUNK]:
                self.book.rest(order)
                self._wal.append(RecordKind.SEED, events.order_placed(order))
            await asyncio.sleep(0)

    async def drain(self) -> None:
        """Wait until every queued order is through."""
        await self._is_idle.wait()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._run_slice)

    def _run_slice(self) -> None:
        self._is_scheduled = False
        if not self._wal.has_room.is_set():
            self._is_scheduled = True
            asyncio.get_running_loop().call_later(BACKLOG_PAUSE_SECONDS, self._run_slice)
            return
        end = perf_counter() + SLICE_SECONDS
        try:
            while len(self._ring) and perf_counter() < end:
                order, received = self._ring.take()
                self._process(order, received)
        finally:
            # Whatever one order did, those behind it are not left waiting.
            if len(self._ring):
                self._schedule()
            else:
                self._is_idle.set()

    def _process(self, order: Order, received: float) -> None:
        metrics = self._metrics
        started = perf_counter()
        fills = self.book.match(order)
        matched = perf_counter()
        metrics.matching.observe(matched - started)
        if order.remaining and order.order_type is OrderType.LIMIT:
            self.book.rest(order)
            rested = perf_counter()
            metrics.insertion.observe(rested - matched)
            matched = rested
        placed = events.order_placed(order)
        is_limit = order.order_type is OrderType.LIMIT
        self._wal.append(RecordKind.LIMIT if is_limit else RecordKind.MARKET, placed)
        logged = perf_counter()
        metrics.wal_append.observe(logged - matched)
        self._publish(order, placed, fills)
        published = perf_counter()
        metrics.publish.observe(published - logged)
        metrics.match_duration.observe(published - received)

    def _publish(self, order: Order, placed: bytes, fills: Sequence[Fill]) -> None:
        self._publisher.publish(ORDERS_TOPIC, order.symbol, placed)
        if not fills:
            return
        now = time.time_ns() // 1_000_000
        for fill in fills:
            self._match_number += 1
            match_id = self._match_id_prefix + str(self._match_number)
            self._publisher.publish(MATCHES_TOPIC, order.symbol, events.match_executed(match_id, order, fill, now))
        self._metrics.matches.inc(len(fills))
