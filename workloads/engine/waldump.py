"""Print a write-ahead log as JSON lines, oldest record first: `python -m engine.waldump /app/wal/wal.dat`."""

from __future__ import annotations

import sys
from pathlib import Path

from engine import frames


def main(arguments: list[str]) -> int:
    """Print the log named by the one argument; the exit status is 2 when there is no such file."""
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        sys.stderr.write(f"waldump takes the path of one log file; got {arguments}; try /app/wal/wal.dat\n")
        return 2
    for record in frames.read(Path(arguments[0])):
        head = f'{{"sequence":{record.sequence},"kind":"{record.kind.name}","event":'.encode()
        sys.stdout.buffer.write(head + record.payload + b"}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
