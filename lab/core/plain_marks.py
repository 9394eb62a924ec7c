"""Marks that a terminal's encoding has not, written in letters that it has."""

import codecs
import io
from typing import TextIO

PLAIN = {
    "✓": "+", "✗": "x", "◐": "~", "○": "o", "…": "...", "·": "-", "→": "->", "±": "+-", "≥": ">=", "≤": "<=", "▲": "^",
}  # fmt: skip
"""What stands for a mark."""
HANDLER = "plain-marks"


def _plainer(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - streams that are written to have no other
    return "".join(PLAIN.get(mark, "?") for mark in error.object[error.start : error.end]), error.end


codecs.register_error(HANDLER, _plainer)


def printable(*streams: TextIO) -> None:
    """Let streams take every text: what their encoding has not is written plainly instead of failing."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)
