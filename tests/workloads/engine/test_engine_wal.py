from __future__ import annotations

import asyncio
import errno
import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import frames, wal, waldump
from engine.frames import SEGMENT_BYTES, Record, RecordKind
from engine.wal import WalError, WriteAheadLog

if TYPE_CHECKING:
    from pathlib import Path

kinds = st.sampled_from(RecordKind)
payloads = st.lists(st.tuples(kinds, st.binary(max_size=300)), min_size=1, max_size=20)


def frame(entries: list[tuple[RecordKind, bytes]], first: int = 1) -> tuple[list[Record], list[bytes]]:
    records = [Record(first + index, kind, payload) for index, (kind, payload) in enumerate(entries)]
    return records, [frames.encode(record.sequence, record.kind, record.payload) for record in records]


def fill(log: WriteAheadLog, count: int, payload: bytes) -> None:
    for _ in range(count):
        log.append(RecordKind.LIMIT, payload)


@given(payloads, st.integers(0, 100))
def test_framing_round_trips(entries: list[tuple[RecordKind, bytes]], padding: int) -> None:
    records, encoded = frame(entries)
    assert list(frames.decode(b"".join(encoded) + bytes(padding))) == records


@given(payloads, st.data())
def test_torn_tail_is_left_out_and_the_rest_kept(entries: list[tuple[RecordKind, bytes]], data: st.DataObject) -> None:
    """Cut anywhere, a log gives the records that are whole, and only those."""
    records, encoded = frame(entries)
    whole = b"".join(encoded)
    cut = data.draw(st.integers(0, len(whole) - 1))
    ends = [sum(map(len, encoded[: index + 1])) for index in range(len(encoded))]

    expected = [record for record, end in zip(records, ends, strict=True) if end <= cut]
    assert list(frames.decode(whole[:cut])) == expected

    # In the pre-sized file zeros follow: a record that lacks but trailing zeros is whole again.
    in_file = whole[:cut] + bytes(400)
    expected = [record for record, end in zip(records, ends, strict=True) if in_file.startswith(whole[:end])]
    assert list(frames.decode(in_file)) == expected


@given(payloads, st.data())
def test_damaged_byte_is_detected(entries: list[tuple[RecordKind, bytes]], data: st.DataObject) -> None:
    """Whatever bit flips, no record is given that was not written."""
    records, encoded = frame(entries)
    damaged = bytearray(b"".join(encoded))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert list(frames.decode(bytes(damaged))) == records[: len(list(frames.decode(bytes(damaged))))]
    assert len(list(frames.decode(bytes(damaged)))) < len(records)


def test_records_of_an_earlier_lap_are_left_out() -> None:
    _, old = frame([(RecordKind.LIMIT, b"old")] * 3, first=1)
    new_records, new = frame([(RecordKind.LIMIT, b"new")], first=10)
    assert list(frames.decode(new[0] + old[1] + old[2])) == new_records


def test_log_file_has_its_full_size_at_once(tmp_path: Path) -> None:
    log = WriteAheadLog(tmp_path / "made", size_mib=2)
    assert log.path == tmp_path / "made" / "wal.dat"
    assert log.path.stat().st_size == log.path.stat().st_blocks * 512 == 2 * 1024 * 1024


def test_closed_log_has_every_record(tmp_path: Path) -> None:
    log = WriteAheadLog(tmp_path, size_mib=1)
    fill(log, 100, b"x" * 100)
    log.close()
    assert [record.sequence for record in frames.read(log.path)] == list(range(1, 101))


def test_restart_goes_on_where_the_log_ended(tmp_path: Path) -> None:
    """Nothing of the run before is overwritten, and sequence numbers go on."""
    for payload in (b"first", b"second"):
        log = WriteAheadLog(tmp_path, size_mib=1)
        fill(log, 3, payload)
        log.close()
    assert [(record.sequence, record.payload) for record in frames.read(log.path)] == [
        *((number, b"first") for number in (1, 2, 3)),
        *((number, b"second") for number in (4, 5, 6)),
    ]


@pytest.mark.parametrize("restarts", [0, 3])
def test_full_log_wraps_around_and_keeps_the_newest(tmp_path: Path, restarts: int) -> None:
    """A 1 MiB log keeps at least its newest three segments of four, in unbroken order."""
    for _ in range(restarts + 1):
        log = WriteAheadLog(tmp_path, size_mib=1)
        fill(log, 3000, b"x" * 1000)
        log.close()

    sequences = [record.sequence for record in frames.read(log.path)]
    last = 3000 * (restarts + 1)
    assert sequences == list(range(sequences[0], last + 1))
    assert len(sequences) >= 3 * (SEGMENT_BYTES // 1100)
    assert log.path.stat().st_size == 1024 * 1024


def test_group_flush_brings_appends_to_disk_without_being_asked(tmp_path: Path) -> None:
    async def scenario() -> list[bytes]:
        log = WriteAheadLog(tmp_path, size_mib=1)
        flusher = asyncio.create_task(log.run())
        fill(log, 2, b"payload")
        await asyncio.sleep(0.2)
        read = [record.payload for record in frames.read(log.path)]
        flusher.cancel()
        log.close()
        return read

    assert asyncio.run(scenario()) == [b"payload"] * 2


def test_backlog_takes_the_room_away_until_it_is_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal, "BACKLOG_BYTES", 100)

    async def scenario() -> None:
        log = WriteAheadLog(tmp_path, size_mib=1)
        fill(log, 2, b"x" * 60)
        assert not log.has_room.is_set()
        flusher = asyncio.create_task(log.run())
        await asyncio.wait_for(log.has_room.wait(), 5)
        flusher.cancel()
        log.close()

    asyncio.run(scenario())


def test_refused_write_ends_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    async def scenario() -> None:
        log = WriteAheadLog(tmp_path, size_mib=1)
        monkeypatch.setattr(os, "fdatasync", refuse)
        fill(log, 1, b"x")
        await asyncio.wait_for(log.run(), 5)

    with pytest.raises(WalError, match="must take writes; got 'Input/output error'"):
        asyncio.run(scenario())


def test_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WalError, match=r"WAL_PATH must be a writable folder .*file.*mount a volume"):
        WriteAheadLog(tmp_path / "file", size_mib=1)


def test_waldump_prints_records_as_json(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    log = WriteAheadLog(tmp_path, size_mib=1)
    log.append(RecordKind.SEED, b'{"orderId":"1"}')
    log.close()

    assert waldump.main([str(log.path)]) == 0
    assert json.loads(capfdbinary.readouterr().out) == {"sequence": 1, "kind": "SEED", "event": {"orderId": "1"}}
    assert waldump.main([str(tmp_path / "absent")]) == 2
