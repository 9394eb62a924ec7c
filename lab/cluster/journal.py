"""The journal of an outage under way: what undoing it needs, written and synced before anything is taken away."""

import json
import os
import socket
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab.core.access import Access
from lab.core.errors import FaultError
from lab.core.paths import STATE
from lab.process.ledger import Identity, identity

JOURNAL = STATE / "fault.json"


def now_ms() -> int:
    """This instant: milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A StatefulSet scaled to 0 on purpose: how many replicas it had, who did it, and by when it must be undone.

    Args:
        namespace: The StatefulSet's.
        name: The StatefulSet's.
        replicas: How many it had, and gets back.
        undo_by: The deadline for undoing it, in milliseconds since the epoch.
        kubeconfig: Path of the kubeconfig through which the cluster is reached.
        context: Its context in that file.
        owner: The process that began it.
        host: The machine of that process.
        began: When it began, in milliseconds since the epoch.
        id: Tells one outage from another.
    """

    namespace: str
    name: str
    replicas: int
    undo_by: int
    kubeconfig: str
    context: str
    owner: Identity = field(default_factory=identity)
    host: str = field(default_factory=socket.gethostname)
    began: int = field(default_factory=now_ms)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def access(self) -> Access:
        """The way to its cluster."""
        return Access(kubeconfig=Path(self.kubeconfig), context=self.context)

    @property
    def orphaned(self) -> bool:
        """Whether nobody will undo it any more: its owner is gone or, if that ran on another machine, is late."""
        if self.host == socket.gethostname():
            return not self.owner.alive
        return now_ms() > self.undo_by

    def __str__(self) -> str:
        return f"the outage of {self.name} begun by process {self.owner.pid} on {self.host}"


def dump(outage: Outage) -> str:
    """The outage as one line of JSON."""
    return json.dumps(asdict(outage), sort_keys=True)


def load(text: str) -> Outage:
    """The outage that `dump` wrote.

    Raises:
        ValueError: The text is something else.
    """
    try:
        fields = json.loads(text)
        return Outage(**{**fields, "owner": Identity(**fields["owner"])})
    except (TypeError, KeyError) as error:
        raise ValueError(f"no outage: {error}") from error


def write(outage: Outage, *, path: Path = JOURNAL) -> None:
    """Write the journal so that it is whole, and on the disk, when this returns.

    Raises:
        FaultError: It can't be written.
    """
    try:
        _write(outage, path)
    except OSError as error:
        raise FaultError(f"the journal {path} can't be written: {error}; free the disk, then try again") from error


def _write(outage: Outage, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(dump(outage) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name, too, survives a power cut
    finally:
        os.close(folder)


def read(*, path: Path = JOURNAL) -> Outage | None:
    """The outage under way by the journal; None when there is none, or none that can be read."""
    with suppress(OSError, ValueError):
        return load(path.read_text(encoding="utf-8"))
    return None


def clear(outage: Outage, *, path: Path = JOURNAL) -> None:
    """Remove the journal of this outage; that of another stays."""
    found = read(path=path)
    if found is None or found.id == outage.id:
        path.unlink(missing_ok=True)
