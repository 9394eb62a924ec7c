"""One program of a lab without Docker: how it is run, and the child process that runs it.

A child is led by a shell that writes its exit code down, so that any later command knows how it ended. The shell leads
a process group of its own, which holds whatever the program starts.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from lab.errors import ToolError
from lab.experiment.topology import SHARD_PREFIX
from lab.paths import STATE
from lab.process import ledger, shell
from lab.process.ledger import Identity

FOLDER = STATE / "process"
"""What the runtime `process` keeps of its lab; `down` removes it."""
LEDGER = FOLDER / "ledger"
LEADER = ("/bin/sh", "-c", 'trap : TERM INT HUP; "$@"; echo $? > "$0"')
"""Runs what follows it and writes its exit code to the file that is named first; a signal to the group ends the
program, and the shell after it."""
GATEWAY, BROKER = "edge-gateway", "broker"
"""The names of the parts that are no shard."""
MARK = "MATCHING_ENGINE_LAB"
"""The variable by which a lab's own processes are known when their leader is gone: the path of its page."""
GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL: an engine takes up to 9 to write down what it was given."""
PAUSE = 0.05
AT_ONCE = 8
"""Parts that are ended at the same time."""
LAST_LINES = 12
"""Lines of a program's log that an error shows."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A program of the lab, as it is to be run.

    Args:
        name: What people call it: `me-shard-a`, `edge-gateway`, `broker`.
        argv: How it is run.
        env: Its environment, beyond what every program needs.
        cwd: Where it is run.
        source: What it is made of, bound to its content: `engine-0123456789ab`.
        digest: The whole hash of that.
        shard: The shard that it is, if it is one.
        http: Its port for orders, or the broker's for clients.
        metrics: Its port for metrics; None if it has none.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    source: str
    digest: str
    shard: str | None = None
    http: int | None = None
    metrics: int | None = None


@dataclass(frozen=True, kw_only=True)
class Child:
    """A part that was started: by which process group, and when (epoch ms)."""

    part: Part
    identity: Identity
    started: float

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
            return int(_exit_file(self.part.name).read_text(encoding="utf-8"))
        return None

    @property
    def ended_at(self) -> float | None:
        """When it ended (epoch ms), as far as is known."""
        with suppress(OSError):
            return _exit_file(self.part.name).stat().st_mtime * 1000
        return None

    def processes(self) -> list[psutil.Process]:
        """The program and what it has started; without the shell that leads them."""
        with suppress(psutil.Error):
            return psutil.Process(self.identity.pid).children(recursive=True)
        return []

    def environment(self) -> Mapping[str, str]:
        """The environment that it really has; what it was given where the system doesn't tell."""
        with suppress(psutil.Error):
            return psutil.Process(self.identity.pid).environ()
        return self.part.env


def log(name: str, *, previous: bool = False) -> Path:
    """The file of what a part wrote, or the one before it."""
    return FOLDER / f"{name}{'.previous' if previous else ''}.log"


def last_lines(name: str) -> tuple[str, ...]:
    """What a part wrote last."""
    with suppress(OSError):
        lines = log(name).read_text(encoding="utf-8", errors="replace").splitlines()
        return tuple(line for line in lines if line.strip())[-LAST_LINES:]
    return ()


def children() -> dict[str, Child]:
    """All parts that were started and not stopped, by name; they may have ended by themselves."""
    return {child.part.name: child for path in sorted(FOLDER.glob("*.json")) if (child := _read(path))}


def start(part: Part, *, owner: Identity | None) -> Child:
    """Start a part, in the place of the one before it.

    Args:
        part: What.
        owner: The command that ends it; None if it stands until `down`.

    Raises:
        ToolError: The program can't be started.
    """
    stop(part.name)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        log(part.name).replace(log(part.name, previous=True))
    exit_file = _exit_file(part.name)
    exit_file.unlink(missing_ok=True)
    environment = {**_base(), **part.env, MARK: str(_page(part.name))}
    with log(part.name).open("wb") as written:
        try:
            process = subprocess.Popen(
                (*LEADER, str(exit_file), *part.argv), stdin=subprocess.DEVNULL, stdout=written,
                stderr=subprocess.STDOUT, env=environment, cwd=part.cwd, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ToolError(f"{part.name} can't be started: {error}; run './invokew doctor'") from error
    _reaped.append(process)
    entry = ledger.register(process.pid, purpose=part.name, argv=part.argv, folder=LEDGER, owner=owner)
    child = Child(part=part, identity=entry.identity, started=time.time() * 1000)
    draft = _page(part.name).with_suffix(".draft")
    draft.write_text(json.dumps(asdict(child), indent=2) + "\n", encoding="utf-8")
    draft.replace(_page(part.name))
    return child


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
    child = _read(_page(name))
    if child is None:
        return False
    ran = child.alive
    end(child.identity, _page(name))
    ledger.strike(child.identity.pid, folder=LEDGER)
    if not keep_page:
        _page(name).unlink(missing_ok=True)
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


def end(leader: Identity, page: Path) -> None:
    """End a process group by its leader, which may be gone: SIGTERM, then SIGKILL.

    Args:
        leader: Of the group; its number may be another program's by now.
        page: Of the part, by which what the leader has left behind is known.

    Raises:
        ToolError: Something of it is left.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            if any(_group(leader, page)):
                os.killpg(leader.pid, number)
        ends = time.monotonic() + GRACE
        while any(_group(leader, page)):
            if time.monotonic() > ends:
                break
            time.sleep(PAUSE)
        else:
            return
    left = next(_group(leader, page), None)
    who = f"process {left.pid}" if left else "a process"
    raise ToolError(f"{who} of {page.stem} does not end; end it by hand, then run './invokew down'")


def hand_over(owner: Identity | None) -> None:
    """Let all parts belong to another command, or stand until `down`."""
    for child in children().values():
        ledger.register(child.identity.pid, purpose=child.part.name, argv=child.part.argv, folder=LEDGER, owner=owner)


def sweep() -> list[str]:
    """End the parts that a command which was killed has left behind; their names."""
    known = {entry.identity.pid: entry for entry in ledger.entries(folder=LEDGER)}
    kept = {child.identity.pid for child in children().values()}
    swept = []
    for pid, entry in known.items():
        is_orphan = entry.owner is not None and not entry.owner.alive
        if not is_orphan and pid in kept:
            continue
        if not (pid in kept and stop(entry.purpose)):
            end(entry.identity, _page(entry.purpose))
            ledger.strike(pid, folder=LEDGER)
        swept.append(entry.purpose)
    return [*swept, *_end_unknown(known.keys())]


def _end_unknown(known: Collection[int]) -> Iterator[str]:
    """End what was started by a command that was killed before it could enter it."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            mark = process.environ().get(MARK, "")
            if mark and Path(mark).parent == FOLDER and os.getpgid(process.pid) not in known:
                process.kill()
                yield Path(mark).stem


def require_alive(child: Child) -> None:
    """The part still runs.

    Raises:
        ToolError: It has ended; its last lines are the details.
    """
    if child.alive:
        return
    code = child.exit_code
    how = "was killed" if code is None else f"ended with {code}"
    which = child.part.shard or ("broker" if child.part.metrics is None else "gateway")
    raise ToolError(
        f"{child.part.name} {how} as soon as it was started; run './invokew logs --name={which}'",
        details=last_lines(child.part.name),
    )


_reaped: list["subprocess.Popen[bytes]"] = []
"""The leaders that this process has started: each is asked for its end, so that none stays a zombie."""


def _reap() -> None:
    _reaped[:] = [process for process in _reaped if process.poll() is None]


def _group(leader: Identity, page: Path) -> Iterator[psutil.Process]:
    """What of a process group is left: the leader itself, or what bears the lab's mark."""
    _reap()
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) != leader.pid or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if leader.alive or process.environ().get(MARK) == str(page):
                yield process


def _base() -> dict[str, str]:
    """What every program gets of this one's environment."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _page(name: str) -> Path:
    return FOLDER / f"{name}.json"


def _exit_file(name: str) -> Path:
    return FOLDER / f"{name}.exit"


def _read(page: Path) -> Child | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(page.read_text(encoding="utf-8"))
        part = Part(**{**said["part"], "argv": tuple(said["part"]["argv"])})
        return Child(part=part, identity=Identity(**said["identity"]), started=said["started"])
    return None


def pause() -> None:
    """Wait a moment, unless the lab is being stopped."""
    shell.require_going()
    time.sleep(PAUSE)
