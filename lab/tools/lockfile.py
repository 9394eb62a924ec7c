"""`tools.lock`: the sums of the tools that are downloaded, by tool, version and platform.

An entry is either `reviewed`, by who checked it in, or from the `first use`: then the publisher's checksum file was
believed once, and every later download anywhere has to match it.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from lab.core.errors import UsageError
from lab.tools.archive import on_disk, only_one


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A sum that a download has to have, the path it was published at, and why it is believed."""

    path: str
    sha256: str
    trust: Literal["reviewed", "first use"]


def pin(lock: Path, tool: str, version: str, platform: str) -> Pin | None:
    """The entry of a download, if there is one.

    Raises:
        UsageError: The file is damaged.
    """
    entry = _read(lock).get(tool, {}).get(version, {}).get(platform)
    try:
        return None if entry is None else Pin(**entry)
    except TypeError as error:
        raise _damaged(lock, f"{tool} {version} {platform}: {error}") from error


def record(lock: Path, tool: str, version: str, platform: str, entry: Pin) -> None:
    """Write down an entry that isn't there yet; two downloads at once both get in.

    Raises:
        PreflightError: The file can't be written.
    """
    with only_one(lock.parent), on_disk(lock):
        content = _read(lock)
        content.setdefault(tool, {}).setdefault(version, {}).setdefault(platform, asdict(entry))
        part = lock.with_name(lock.name + ".part")
        part.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
        part.replace(lock)


def _read(lock: Path) -> dict[str, Any]:
    try:
        content = json.loads(lock.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise _damaged(lock, str(error)) from error
    if not isinstance(content, dict):
        raise _damaged(lock, "it must be an object")
    return content


def _damaged(lock: Path, why: str) -> UsageError:
    return UsageError(f"{lock} is damaged ({why}); run 'git checkout {lock.name}'")
