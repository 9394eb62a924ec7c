"""The programs of a lab without Docker that were started: what is known of each, and how it is started and ended."""

import json
import os
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from lab.core.causes import PROGRAM_ENDED, TOOL_MISSING
from lab.core.errors import ToolError
from lab.core.part_labels import GATEWAY
from lab.process.ledger import Identity, identity
from lab.runtime.process import group, part
from lab.runtime.process.part import BROKER, Part
from lab.settings.topology import SHARD_PREFIX

AT_ONCE = 8
"""Programs that are ended at the same time."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME", "TZ")
"""What every program gets of the lab's own environment."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A part that was started.

    Args:
        part: Which.
        identity: The leader of its process group.
        owner: The command that ends it; None if it runs until `down`.
    """

    part: Part
    identity: Identity
    owner: Identity | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.identity.alive

    @property
    def pod(self) -> str:
        """What its series and containers are known by: another one after each start."""
        return f"{self.part.name}-{self.identity.pid}"

    @property
    def exit_code(self) -> int | None:
        """The code it ended with; None while it runs, or if its leader was killed too."""
        with suppress(OSError, ValueError):
            return int(part.exit_file(self.part.name).read_text(encoding="utf-8"))
        return None

    @property
    def ended_at(self) -> float | None:
        """When it ended (epoch ms), as far as is known."""
        with suppress(OSError):
            return part.exit_file(self.part.name).stat().st_mtime * 1000
        return None

    def processes(self) -> list[psutil.Process]:
        """The program and what it has started; without the shell that leads them."""
        with suppress(psutil.Error):
            return psutil.Process(self.identity.pid).children(recursive=True)
        return []

    def environment(self) -> Mapping[str, str]:
        """The environment that it really has; what it was given where the system doesn't tell."""
        with suppress(psutil.Error):
            return psutil.Process(self.identity.pid).environ() or self.part.env
        return self.part.env


def known() -> dict[str, Child]:
    """All parts that were started and not stopped, by name; they may have ended by themselves."""
    return {child.part.name: child for path in sorted(part.FOLDER.glob("*.json")) if (child := _read(path))}


def start(wanted: Part, *, owner: Identity | None) -> Child:
    """Start a part, in the place of the one before it.

    Args:
        wanted: What.
        owner: The command that ends it; None if it runs until `down`.

    Raises:
        ToolError: The program can't be started.
    """
    name = wanted.name
    stop(name)
    part.FOLDER.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        part.log(name).replace(part.log(name, previous=True))
    part.exit_file(name).unlink(missing_ok=True)
    passed_on = {one: os.environ[one] for one in PASSED_ON if one in os.environ}
    env = {**passed_on, **wanted.env, group.MARK: str(part.page(name))}
    try:
        pid = group.begin(wanted.argv, exit_file=part.exit_file(name), log=part.log(name), env=env, cwd=wanted.cwd)
    except OSError as error:
        raise ToolError(f"{name} can't be started: {error}; run './invokew doctor'", cause=TOOL_MISSING) from error
    child = Child(part=wanted, identity=identity(pid), owner=owner)
    note(child)
    return child


def note(child: Child) -> None:
    """Write a part's page, or write it anew."""
    page = part.page(child.part.name)
    draft = page.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(child), indent=2) + "\n", encoding="utf-8")
    draft.replace(page)


def stop(name: str, *, keep_page: bool = False) -> bool:
    """End a part with all that it has started, and wait until nothing of it is left.

    Args:
        name: Which.
        keep_page: Whether it is known still, as one that has ended.

    Returns:
        Whether it ran.

    Raises:
        ToolError: It can't be ended.
    """
    child = _read(part.page(name))
    if child is None:
        return False
    ran = child.alive
    group.end(child.identity, part.page(name))
    if not keep_page:
        part.page(name).unlink(missing_ok=True)
    return ran


def stop_all(names: Collection[str]) -> list[str]:
    """End parts in the order in which nothing is cut off: who takes orders first, the broker that they publish to last.

    Returns:
        Those that ran.

    Raises:
        ToolError: One can't be ended.
    """
    order = ([name for name in names if is_of(name)] for is_of in (_is_entry, _is_shard, _is_broker))
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="stop") as pool:
        return [name for some in order for name, ran in zip(some, pool.map(stop, some), strict=True) if ran]


def _is_shard(name: str) -> bool:
    return name.startswith(SHARD_PREFIX)


def _is_broker(name: str) -> bool:
    return name == BROKER


def _is_entry(name: str) -> bool:
    return not _is_shard(name) and not _is_broker(name)


def require_alive(child: Child) -> None:
    """The part still runs.

    Raises:
        ToolError: It has ended; its last lines are the details.
    """
    if child.alive:
        return
    code = child.exit_code
    how = "was killed" if code is None else f"ended with {code}"
    which = child.part.shard or ("gateway" if child.part.name == GATEWAY else child.part.name)
    raise ToolError(
        f"{child.part.name} {how} as soon as it was started; run './invokew logs --name={which}'",
        details=part.last_lines(child.part.name),
        cause=PROGRAM_ENDED,
    )


def _read(page: Path) -> Child | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(page.read_text(encoding="utf-8"))
        made = Part(**{**said["part"], "argv": tuple(said["part"]["argv"])})
        owner = Identity(**said["owner"]) if said["owner"] else None
        return Child(part=made, identity=Identity(**said["identity"]), owner=owner)
    return None
