"""What the machine lacks where a file can't be written: room, or the right to."""

import errno
import os
from pathlib import Path

from lab.core import causes
from lab.core.errors import PreflightError
from lab.core.paths import ROOT, shown

FULL = (errno.ENOSPC, errno.EDQUOT)
REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR)
"""Of a file system that takes no more, and of one that takes nothing from this user."""


def unwritable(error: OSError) -> PreflightError | None:
    """The error that says so, where a disk is full or the checkout takes no files; None where it is something else."""
    path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    what = f"{shown(path) if path else 'a file'} can't be written: {error.strerror}"
    if error.errno in FULL:
        return PreflightError(f"{what}; free some, then try again", cause=causes.DISK_FULL)
    if error.errno in REFUSED and path and path.is_relative_to(ROOT):
        return PreflightError(f"{what}; let this user write there, then try again", cause=causes.NOT_WRITABLE)
    return None
