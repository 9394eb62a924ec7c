"""Packs a part of a run's folder into a few hundred kilobytes, and unpacks what others have packed."""

import gzip
import io
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from lab.core.errors import ToolError
from lab.store.folder import CASE

MOST = 700_000
"""Bytes of a part when packed: etcd takes 1.5 MB an object, and base64 makes a third more of it."""
LARGEST = 20 * MOST
"""Bytes of a file that may still fit: text becomes a tenth or so."""


def pack(root: Path, part: str = "") -> bytes:
    """The files of a case's folder, or the run's own; where they are too large the largest are left out.

    Args:
        root: The run's folder.
        part: The case's; empty: the run's own.
    """
    folder = root / part
    found = folder.rglob("*") if part else folder.glob("*")
    packed = {path: gzip.compress(path.read_bytes()) for path in found if _is_kept(path.relative_to(root), path)}
    out, size = io.BytesIO(), 0
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, content in sorted(packed.items(), key=lambda one: (len(one[1]), one[0])):
            member = tarfile.TarInfo(path.relative_to(root).as_posix())
            member.size = len(content)
            size += len(content) + 2 * tarfile.BLOCKSIZE
            if size > MOST:
                break
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def unpack(packed: bytes, root: Path) -> None:
    """Write packed files into a run's folder; what has no name of such a file is left out.

    Raises:
        ToolError: It is not what was packed.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as tar:
            for member in tar:
                name, data = PurePosixPath(member.name), tar.extractfile(member)
                if data is None or not all(CASE.fullmatch(step) for step in name.parts):
                    continue
                target = root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(gzip.decompress(data.read()))
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise ToolError(f"the files of {root.name} that the cluster keeps can't be read: {error}") from error


def _is_kept(name: Path, path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= LARGEST and all(CASE.fullmatch(step) for step in name.parts)
