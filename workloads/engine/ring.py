"""The bounded queue between the HTTP side and the matching side."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class RingBuffer(Generic[T]):
    """A queue that refuses what exceeds its capacity; one thread only."""

    def __init__(self, capacity: int) -> None:
        """Start empty; capacity is in items."""
        self._items: deque[T] = deque()
        self._capacity = capacity

    def __len__(self) -> int:
        """Count the items waiting."""
        return len(self._items)

    @property
    def utilization(self) -> float:
        """The share of the capacity in use, 0 to 1."""
        return len(self._items) / self._capacity

    def offer(self, item: T) -> bool:
        """Append an item; False when the buffer is full."""
        if len(self._items) >= self._capacity:
            return False
        self._items.append(item)
        return True

    def take(self) -> T:
        """Remove the oldest item; raises IndexError when there is none."""
        return self._items.popleft()
