"""`tools.lock`: the sums of the tools that are downloaded, by tool, version and platform.

An entry is either `reviewed`, by who checked it in, or from the `first use`: then the publisher's checksum file was
believed once, and every later download anywhere has to match it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from lab.core.errors import UsageError
from lab.tools.archive import on_disk, only_one


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A sum that a download has to have, the path it was published at, and why it is believed."""

    path: str
    sha256: str
    trust: Literal["reviewed", "first use"]


CONTENT = TypeAdapter(dict[str, dict[str, dict[str, Pin]]])
"""Tool, version, platform."""


def pin(lock: Path, tool: str, version: str, platform: str) -> Pin | None:
    """The entry of a download, if there is one.

    Raises:
        UsageError: The file is damaged.
    """
    return _read(lock).get(tool, {}).get(version, {}).get(platform)


def record(lock: Path, tool: str, version: str, platform: str, entry: Pin) -> None:
    """Write down an entry that isn't there yet; two downloads at once both get in.

    Raises:
        PreflightError: The file can't be written.
    """
    with only_one(lock.parent), on_disk(lock):
        content = _read(lock)
        content.setdefault(tool, {}).setdefault(version, {}).setdefault(platform, entry)
        part = lock.with_name(lock.name + ".part")
        part.write_text(json.dumps(CONTENT.dump_python(content), indent=2, sort_keys=True) + "\n")
        part.replace(lock)


def _read(lock: Path) -> dict[str, dict[str, dict[str, Pin]]]:
    try:
        return CONTENT.validate_json(lock.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        said = error.errors()[0]
        way = "".join(f"{part} " for part in said["loc"])
        raise UsageError(f"{lock} is damaged ({way}{said['msg']}); run 'git checkout {lock.name}'") from error
