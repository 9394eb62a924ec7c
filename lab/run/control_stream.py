"""The control beside a load: small requests at a steady rate, the orders' way, to what is not under test."""

import json
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.core.errors import ToolError
from lab.core.figures import seconds
from lab.measure.control import FOLDER
from lab.process import shell
from lab.run.runner import text
from lab.run.steady import MakeSteady, Requests
from lab.tools import k6

ORDER = json.dumps(
    {
        "orderId": "control-00000000",
        "symbol": "CONTROL",
        "side": "BUY",
        "type": "LIMIT",
        "price": 15_000,
        "quantity": 100,
    },
    separators=(",", ":"),
)
"""What each request has: an order's form."""
STARTS = 15.0
"""Seconds for the first request: k6's start."""
GRACE = 60.0
"""Seconds that k6 may go on beyond the load; it is stopped as soon as that has ended."""
LOOK = 0.05


class ControlStream:
    """A context with the stream, which flows when it begins and ends with it; what goes wrong breaks no load.

    Args:
        make: Makes what asks.
        url: Where the control answers.
        rate: Requests a second.
        folder: Of the case.
        lasts: Seconds after which the load has ended, whatever happens.
        clock: Seconds by which the clock of its k6 may differ from this machine's.

    Attributes:
        problem: Why there was no stream, or why it broke off; None if it went on to the end.
    """

    def __init__(  # noqa: PLR0913 - by name
        self, make: MakeSteady, url: str, *, rate: int, folder: Path, lasts: float, clock: float
    ) -> None:
        self._clock = clock
        self._folder = folder / FOLDER
        asked = Requests(url=f"{url}/orders", name="control", rate=60 * rate, body=ORDER)
        self._made = make(asked, self._folder, seconds=lasts + GRACE, grace=GRACE)
        self.problem: str | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(exist_ok=True)
        with ExitStack() as stack:
            try:
                self._runner = stack.enter_context(self._made)
            except ToolError as error:
                self.problem = error.summary
                return self
            self._await_first()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.problem:
            return
        ended = self._runner.exit_code is not None
        self._stack.__exit__(kind, error, trace)
        if ended or self._runner.trouble or self._runner.exit_code not in {0, k6.STOPPED}:
            self.problem = self._said()
        else:
            self.problem = self._apart()

    def _await_first(self) -> None:
        end = time.monotonic() + STARTS
        shell.require_going()
        while self._runner.look() and self._runner.load_began is None and time.monotonic() < end:
            shell.require_going()
            time.sleep(LOOK)

    def _apart(self) -> str | None:
        """That its clock and this machine's differ, so that its spells lie elsewhere; None if they don't."""
        apart = self._runner.clock
        if apart is None:
            return f"its clock could not be read (limit {seconds(self._clock)} apart from this machine's)"
        if abs(apart) <= self._clock:
            return None
        return f"its clock is {seconds(abs(apart))} apart from this machine's (limit {seconds(self._clock)})"

    def _said(self) -> str:
        """Why it is over already, or was never whole."""
        problem = self._runner.trouble or k6.problem(self._runner.exit_code or 0) or "k6 ended before the load"
        return f"{problem}: {k6.last_error(text(self._runner.log))}"
