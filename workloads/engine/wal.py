"""The write-ahead log's writer: appends in memory, group flushes to disk in a thread."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from engine import frames
from engine.frames import SEGMENT_BYTES
from serving.errors import WorkloadError

if TYPE_CHECKING:
    from pathlib import Path

    from engine.frames import RecordKind

FILE_NAME = "wal.dat"
FLUSH_INTERVAL_SECONDS = 0.005
"""Orders of these 5 ms share one fdatasync; more often costs CPU of the one core that matches."""
BACKLOG_BYTES = 8 * 1024 * 1024
"""Beyond this the disk is stuck, and matching must wait rather than fill the memory."""

Extents = list[tuple[int, bytearray]]


class WalError(WorkloadError):
    """The write-ahead log can't be opened or written."""


class WriteAheadLog:
    """A ring of segments in one pre-sized file. `append` touches memory only; `run` brings it to disk."""

    def __init__(self, folder: Path, size_mib: int) -> None:
        """Open or make the file at its full size and go on in the segment after the newest one.

        Raises:
            WalError: the folder can't be written, or the disk has less room than the log's size.

        """
        self.path = folder / FILE_NAME
        self._size = size_mib * 1024 * 1024
        try:
            self._file = _open_sized(self.path, self._size)
        except OSError as error:
            raise WalError(
                f"WAL_PATH must be a writable folder with room for {size_mib} MiB; got '{folder}': {error.strerror}; "
                "mount a volume there or set WAL_PATH"
            ) from error
        self._sequence, self._position = self._end_of_log()
        self._extents: Extents = []
        self._waiting_bytes = 0
        self._dirty = asyncio.Event()
        self.has_room = asyncio.Event()
        """Not set while the disk lags so far behind that nothing should be appended."""
        self.has_room.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wal")

    def append(self, kind: RecordKind, payload: bytes) -> None:
        """Add one record to what the next flush writes."""
        record = frames.encode(self._sequence, kind, payload)
        self._sequence += 1
        room = SEGMENT_BYTES - self._position % SEGMENT_BYTES
        if len(record) > room:
            self._position += room
        if self._position >= self._size:
            self._position = 0
        if self._extents and self._extents[-1][0] + len(self._extents[-1][1]) == self._position:
            self._extents[-1][1].extend(record)
        else:
            self._extents.append((self._position, bytearray(record)))
        self._position += len(record)
        self._waiting_bytes += len(record)
        self._dirty.set()
        if self._waiting_bytes > BACKLOG_BYTES:
            self.has_room.clear()

    async def run(self) -> None:
        """Flush for ever, one group at a time.

        Raises:
            WalError: the disk refused a write; the log is of no use from then on.

        """
        loop = asyncio.get_running_loop()
        while True:
            await self._dirty.wait()
            await asyncio.sleep(FLUSH_INTERVAL_SECONDS)
            await loop.run_in_executor(self._thread, self._write, self._take())

    def close(self) -> None:
        """Write what is left and close the file, after a flush under way; raises WalError as `run` does."""
        self._thread.shutdown()
        self._write(self._take())
        os.close(self._file)

    def _take(self) -> Extents:
        extents, self._extents = self._extents, []
        self._waiting_bytes = 0
        self._dirty.clear()
        self.has_room.set()
        return extents

    def _write(self, extents: Extents) -> None:
        try:
            for offset, data in extents:
                written = 0
                while written < len(data):
                    written += os.pwrite(self._file, memoryview(data)[written:], offset + written)
            os.fdatasync(self._file)
        except OSError as error:
            raise WalError(
                f"{self.path} must take writes; got '{error.strerror}'; check its disk, then restart"
            ) from error

    def _end_of_log(self) -> tuple[int, int]:
        newest, next_position = 0, 0
        last_segment = b""
        for index, segment in enumerate(frames.segments(self.path)):
            first = frames.first_sequence(segment)
            if first is not None and first > newest:
                newest, next_position, last_segment = first, (index + 1) * SEGMENT_BYTES, segment
        last = max((record.sequence for record in frames.decode(last_segment)), default=0)
        return last + 1, next_position


def _open_sized(path: Path, size: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    os.ftruncate(file, min(os.fstat(file).st_size, size))
    os.posix_fallocate(file, 0, size)
    return file
