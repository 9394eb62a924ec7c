"""Sends orders to the entry port all the time, and knows for how long none was answered."""

import threading
import time
from types import TracebackType
from typing import Self

import requests

from lab.core import http

PAUSE = 0.05
"""Seconds between two orders."""
PATIENCE = 2.0
"""Seconds that one answer may take."""


class Prober:
    """A context in which orders are sent, one after the other, to see what a client sees meanwhile.

    Attributes:
        answered: Orders that were accepted.
        refused: Orders that were not, with the reason of the last.
        longest_gap: The longest time (s) in which none was accepted.
    """

    def __init__(self, entry: str) -> None:
        self._entry = entry
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self.answered = 0
        self.refused = 0
        self.last_refusal = ""
        self.longest_gap = 0.0

    def __enter__(self) -> Self:
        self._accepted_at = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._note_gap()

    def _send(self) -> None:
        number = 0
        while not self._ended.wait(PAUSE):
            number += 1
            # Far below the market: it meets nothing.
            order: dict[str, str | int] = {
                "orderId": f"probe-{number}",
                "symbol": "TEST-ASSET-A",
                "side": "BUY",
                "price": 1,
                "quantity": 1,
            }
            if self._is_accepted(order):
                self._note_gap()
                self.answered += 1
                self._accepted_at = time.monotonic()
            else:
                self.refused += 1

    def _is_accepted(self, order: dict[str, str | int]) -> bool:
        try:
            # A connection of its own each time, as a client's that has just come.
            answer = http.request("POST", f"{self._entry}/orders", json=order, timeout=PATIENCE)
        except requests.RequestException as error:
            self.last_refusal = str(error)
            return False
        if not answer.ok:
            self.last_refusal = f"{answer.status_code} {answer.text}"
        return answer.ok

    def _note_gap(self) -> None:
        self.longest_gap = max(self.longest_gap, time.monotonic() - self._accepted_at)
