"""The write-ahead log's format: framed records in segments of one file.

A record is a header (payload length and CRC-32, 4 bytes each, little-endian), then what the CRC covers: the sequence
number (8 bytes), the kind (1 byte) and the payload, the order's ORDER_PLACED event. Sequence numbers rise by one a
record, over restarts too. The file is a ring of segments, each beginning with a record: when the log wraps around, what
is overwritten is lost a segment at a time, and the rest stays readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEGMENT_BYTES = 256 * 1024
_HEADER = Struct("<II")
_BODY = Struct("<QB")


class RecordKind(IntEnum):
    """What was done with the order; ORDER_PLACED alone does not say it."""

    LIMIT = 1
    MARKET = 2
    SEED = 3


@dataclass(slots=True, frozen=True)
class Record:
    """One record of the log."""

    sequence: int
    kind: RecordKind
    payload: bytes


def encode(sequence: int, kind: RecordKind, payload: bytes) -> bytes:
    """Frame one record."""
    body = _BODY.pack(sequence, kind) + payload
    return _HEADER.pack(len(payload), crc32(body)) + body


def decode(segment: bytes) -> Iterator[Record]:
    """Give a segment's records up to the first that is torn, damaged or left from an earlier lap."""
    offset = 0
    expected: int | None = None
    while offset + _HEADER.size + _BODY.size <= len(segment):
        length, checksum = _HEADER.unpack_from(segment, offset)
        start = offset + _HEADER.size
        offset = start + _BODY.size + length
        body = segment[start:offset]
        if offset > len(segment) or crc32(body) != checksum:
            return
        sequence, kind = _BODY.unpack_from(body)
        # Unwritten space is all zeros, whose CRC is not 0, so only a whole record gets here.
        if expected is not None and sequence != expected:
            return
        expected = sequence + 1
        yield Record(sequence, RecordKind(kind), body[_BODY.size :])


def first_sequence(segment: bytes) -> int | None:
    """Give the sequence number of a segment's first record; None when it has no whole one."""
    first = next(decode(segment), None)
    return None if first is None else first.sequence


def segments(path: Path) -> Iterator[bytes]:
    """Read a log file segment by segment, in file order."""
    with path.open("rb") as file:
        while segment := file.read(SEGMENT_BYTES):
            yield segment


def read(path: Path) -> Iterator[Record]:
    """Give every whole record of a log file, oldest first."""
    starts = [
        (first, index) for index, segment in enumerate(segments(path)) if (first := first_sequence(segment)) is not None
    ]
    with path.open("rb") as file:
        for _, index in sorted(starts):
            file.seek(index * SEGMENT_BYTES)
            yield from decode(file.read(SEGMENT_BYTES))
