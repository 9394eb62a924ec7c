"""The control beside a load: small requests at a steady rate, the orders' way, to what is not under test."""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.core.errors import ToolError
from lab.measure.control import FOLDER
from lab.process import ports, shell
from lab.process.shell import Command
from lab.run import steady
from lab.run.k6_process import K6Process
from lab.run.steady import Requests
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
        program: k6.
        url: Where the control answers.
        rate: Requests a second.
        folder: Of the case.
        lasts: Seconds after which the load has ended, whatever happens.

    Attributes:
        problem: Why there was no stream, or why it broke off; None if it went on to the end.
    """

    def __init__(self, program: str, url: str, *, rate: int, folder: Path, lasts: float) -> None:
        self._folder = folder / FOLDER
        api = f"127.0.0.1:{ports.free()}"
        command = stream_command(program, url, self._folder, api=api, rate=rate, lasts=lasts)
        self._process = K6Process(command, api=api, folder=self._folder)
        self.problem: str | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(exist_ok=True)
        try:
            self._process.__enter__()
        except ToolError as error:
            self.problem = error.summary
            return self
        try:
            self._await_first()
        except BaseException as error:
            self._process.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.problem:
            return
        self.problem = self._ended()
        self._process.__exit__(kind, error, trace)
        if self.problem is None and self._process.exit_code not in {0, k6.STOPPED}:
            self.problem = self._said()

    def _await_first(self) -> None:
        end = time.monotonic() + STARTS
        shell.require_going()
        while self._process.look() and self._process.load_began is None and time.monotonic() < end:
            shell.require_going()
            time.sleep(LOOK)

    def _ended(self) -> str | None:
        """Why it is over already."""
        return None if self._process.exit_code is None else self._said()

    def _said(self) -> str:
        code = self._process.exit_code or 0
        log = self._process.log.read_text(encoding="utf-8", errors="replace")
        return f"{k6.problem(code) or 'k6 ended before the load'}: {k6.last_error(log)}"


def stream_command(program: str, url: str, folder: Path, *, api: str, rate: int, lasts: float) -> Command:  # noqa: PLR0913 - by name
    """Asks the control at a rate (requests a second) until after the load."""
    asked = Requests(url=f"{url}/orders", name="control", rate=60 * rate, body=ORDER)
    return steady.command(program, asked, folder, api=api, seconds=lasts + GRACE, grace=GRACE)
