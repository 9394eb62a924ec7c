"""A supervised port-forward to a Service, for people: it owns its kubectl, and takes it up again when it drops.

Measurements go through the NodePort instead: a port-forward is slow, and drops under load.
"""

import os
import re
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from lab.core.access import Access
from lab.core.errors import ToolError, UsageError
from lab.process import ledger, ports
from lab.process.environment import environment
from lab.process.steps import Say

LISTENS = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+) ->")
"""What kubectl prints once it listens."""
BROKEN = re.compile(r"error occurred forwarding|lost connection to pod")
"""What it prints when its pod is gone; it would listen on, with nothing behind it."""
STARTS = 15.0
"""Seconds for the first time that it listens."""
BACKOFF = (0.5, 1.0, 2.0, 5.0)
"""Seconds before it is taken up again; the last for all further times in a row."""

POD = "pod/"
"""What stands before the name of a pod that is forwarded to, in the place of a Service."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """From a port on 127.0.0.1 (0 for any that is free) to a port of a Service, or of a pod (`pod/NAME`)."""

    namespace: str
    service: str
    remote: int
    local: int = 0

    def __str__(self) -> str:
        return f"{self.service}:{self.remote}"

    @property
    def target(self) -> str:
        """What is forwarded to, as kubectl writes it."""
        return self.service if self.service.startswith(POD) else f"service/{self.service}"


def parse(target: str, local: str, *, namespace: str) -> Route:
    """The route that a command line names: `[NAMESPACE/]SERVICE:PORT`, and a local port or `auto`.

    Raises:
        UsageError: One of them is something else.
    """
    match = re.fullmatch(r"(?:([a-z0-9-]+)/)?([a-z0-9-]+):(\d{1,5})", target)
    if not match:
        raise UsageError(
            f"target must be SERVICE:PORT or NAMESPACE/SERVICE:PORT, such as redpanda:9644; got {target!r}"
        )
    if local != "auto" and not (local.isascii() and local.isdigit() and 0 < int(local) < 65536):  # noqa: PLR2004 - ports
        raise UsageError(f"local port must be auto or 1 to 65535; got {local!r}")
    return Route(
        namespace=match[1] or namespace,
        service=match[2],
        remote=int(match[3]),
        local=0 if local == "auto" else int(local),
    )


def argv_of(access: Access, route: Route, *, kubectl: str) -> tuple[str, ...]:
    """The kubectl call that forwards this route."""
    words = ("port-forward", "--namespace", route.namespace, "--address", "127.0.0.1", route.target)
    return access.kubectl(*words, f"{route.local}:{route.remote}", kubectl=kubectl)


class Forward:
    """A forward, as a context: on entering it listens, on leaving its process is gone.

    Args:
        access: The way to the cluster.
        route: What to forward; a free port is chosen when entering if it names none, and kept from then on.
        kubectl: The kubectl to run.
        say: Told when the forward drops, and when it is back.
        pages: The ledger that it is in: of a command's own the next command ends what is left.
    """

    def __init__(self, access: Access, route: Route, *, kubectl: str, say: Say, pages: Path = ledger.COMMANDS) -> None:
        self.access = access
        self.route = Route(**{**vars(route), "local": route.local or ports.free()})
        self.kubectl = kubectl
        self.say = say
        self._pages = pages
        self._first: SimpleQueue[bool] = SimpleQueue()
        self._listened = False
        self._stopped = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._last = "kubectl said nothing"
        self._thread = threading.Thread(target=self._supervise, name=f"forward {route}", daemon=True)

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            UsageError: The local port is taken.
            ToolError: It does not listen within 15 s.
        """
        if not ports.is_free(local := self.route.local):
            raise UsageError(
                f"port {local} on 127.0.0.1 is taken by {ports.holder(local)}; free it, or give --local=auto"
            )
        self._thread.start()
        with suppress(Empty):
            if self._first.get(timeout=STARTS):
                return self
        self._stop()
        raise ToolError(f"{self.route} can't be forwarded: {self._last}; run './invokew status'")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.route.local}"

    def join(self) -> None:
        """Wait for as long as it is supervised: until an interrupt."""
        while not self._stopped.wait(1.0):
            pass

    def _stop(self) -> None:
        self._stopped.set()
        if process := self._process:
            process.terminate()
        self._thread.join(ledger.GRACE)
        if process and process.poll() is None:
            process.kill()

    def _supervise(self) -> None:
        drops = 0
        while not self._stopped.is_set():
            drops = 0 if self._run() else drops + 1
            self._first.put(self._listened)
            if self._stopped.wait(BACKOFF[min(drops, len(BACKOFF) - 1)]):
                return
            self.say(f"{self.route} dropped: {self._last}; taking it up again")

    def _run(self) -> bool:
        """One kubectl from start to end; whether it ever listened."""
        argv = argv_of(self.access, self.route, kubectl=self.kubectl)
        self._process = process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(os.environ, {}),
            start_new_session=True,
        )
        ledger.register(process.pid, purpose=f"port-forward to {self.route}", argv=argv, folder=self._pages)
        listens = False
        try:
            for line in process.stdout or ():
                self._last = line.strip() or self._last
                if LISTENS.match(line) and not listens:
                    listens = True
                    self._announce()
                if self._stopped.is_set() or BROKEN.search(line):
                    process.terminate()
            process.wait()
        finally:
            ledger.strike(process.pid, folder=self._pages)
        return listens

    def _announce(self) -> None:
        if self._listened:
            self.say(f"{self.route} is back on {self.address}")
        self._listened = True
        self._first.put(True)  # noqa: FBT003 - a queue's item
