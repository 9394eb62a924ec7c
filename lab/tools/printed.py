"""What a tool printed as JSON, read: after its warnings, and with one line where it is something else."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from lab.core.errors import ToolError

BEGINS = re.compile(r"^[\[{]", re.MULTILINE)
"""A line with which JSON begins: some tools warn on standard output first."""
SHOWN = 100
"""Characters of what was printed that the message has."""


def parsed(text: str) -> Any:
    """The JSON in what was printed.

    Raises:
        ValueError: There is none.
    """
    try:
        with suppress(ValueError):
            return json.loads(text)
        begin = BEGINS.search(text)
        return json.loads(text[begin.start() :] if begin else text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def shown(text: str) -> str:
    """What was printed, as a message shows it: the beginning, on one line; "nothing" where nothing was."""
    return " ".join(text.split())[:SHOWN] or "nothing"


@contextmanager
def read_of(who: str, text: str) -> Iterator[None]:
    """A context that reads what was printed; what is not as the tool's versions have it becomes one error.

    Args:
        who: The command, as messages have it.
        text: What it printed.

    Raises:
        ToolError: It is something else.
    """
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ToolError(
            f"'{who}' printed something else than expected: {shown(text)}; run './invokew doctor'"
        ) from error
