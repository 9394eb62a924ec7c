"""A k6 in a pod: steered by a port-forward, looked at and stopped by `exec`, its results copied when it has ended."""

import hashlib
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.cluster.kube import Kube
from lab.cluster.runner_job import API_PORT, CONTAINER, EXIT, PID, RESULTS
from lab.core.errors import LabError, ToolError
from lab.process.forward import POD, Forward, Route
from lab.process.shell import Command, run
from lab.run.pod_looks import PodLooks
from lab.run.runner import Runner

ANSWER = 2.0
"""Seconds that k6's REST API may take."""
ROUND = 1.0
"""Seconds between two questions to it once the load has begun: each goes through the API server."""
GRACE = 20.0
"""Seconds between SIGTERM, at which k6 ends its load and writes its results, and SIGKILL."""
PAUSE = 0.1
TRIES = 3
"""How often results are copied until they are what the pod has: a copy has been seen to be cut off."""
COPYING = 600.0
"""Seconds for it: two runners of 10,000 orders/s leave 120 MB."""
SUMS = f'cd {RESULTS} && for one in *; do sha256sum "$one"; done'


class RunnerPod(Runner):
    """A context that owns the k6 of one pod; on leaving it k6 has ended and its results are here, or `trouble` tells.

    Args:
        kube: The cluster.
        pod: Its name.
        folder: Where its results go.
        deadline: Seconds for which k6 may run.
    """

    def __init__(self, kube: Kube, pod: str, *, folder: Path, deadline: float) -> None:
        self._kube = kube
        self._pod = pod
        self._folder = folder
        namespace = kube.namespaces.workloads
        route = Route(namespace=namespace, service=f"{POD}{pod}", remote=API_PORT)
        self._forward = Forward(kube.access, route, kubectl=kube.kubectl, say=lambda _: None)
        self._looks = PodLooks(kube, pod, namespace=namespace)
        super().__init__(api=self._forward.address, folder=folder, deadline=deadline, answer=ANSWER)
        self._asked = 0.0
        self._is_fetched = False
        self._lost: str | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(exist_ok=True)
        self._start_clock()
        with ExitStack() as stack:
            stack.enter_context(self._forward)
            stack.enter_context(self._looks)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._stack.__exit__(kind, error, trace)

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._looks.exit_code

    @property
    def clock(self) -> float | None:
        """By how many seconds its clock is ahead of this machine's; None if it could not be read."""
        return self._looks.clock

    @property
    def trouble(self) -> str | None:
        """What became of its pod, or of its results; None where both are as they should be."""
        if self._looks.gone:
            return f"its pod {self._pod} {self._looks.gone}"
        if self._lost:
            return self._lost
        if self.exit_code is not None and self.load_began is not None and self._looks.usage is None:
            return f"the CPU that it used can't be read in its pod {self._pod}"
        return None

    def stop(self) -> None:
        """End it: by SIGTERM, so that it writes its results; by SIGKILL if that takes too long; then copy them."""
        self._end()
        if not self._is_fetched:
            self._is_fetched = True
            self._fetch()

    def _end(self) -> None:
        for name in ("TERM", "KILL"):
            if self.exit_code is not None:
                return
            with suppress(ToolError):  # it may have ended meanwhile, and its pod with it
                self._exec("sh", "-c", f"test -e {EXIT} || kill -{name} $(cat {PID})")
            end = time.monotonic() + GRACE
            while self.exit_code is None and time.monotonic() < end:
                time.sleep(PAUSE)

    def _note_progress(self) -> None:
        if self.load_began is None or time.monotonic() - self._asked > ROUND:
            self._asked = time.monotonic()
            super()._note_progress()

    def _note_usage(self) -> None:
        if self._looks.usage:
            self.use.add(self._looks.usage)

    def _fetch(self) -> None:
        """Copy its results here, and hold each file to its sum there."""
        if self._looks.gone:
            self.log.write_text(f"{self.trouble}\n", encoding="utf-8")
            return
        if self.exit_code is None:
            self._lost = f"k6 in its pod {self._pod} could not be ended"
        try:
            wanted = sums(self._exec("sh", "-c", SUMS))
            for _ in range(TRIES):
                run(self._copy())
                if all(_sum(self._folder / name) == sum_ for name, sum_ in wanted.items()):
                    break
            else:
                self._lost = f"its results in pod {self._pod} arrived cut off {TRIES} times"
        except LabError as error:
            self._lost = f"its results in pod {self._pod} could not be copied: {error.summary}"
        for name in (PID, EXIT):
            (self._folder / Path(name).name).unlink(missing_ok=True)

    def _copy(self) -> Command:
        source = f"{self._kube.namespaces.workloads}/{self._pod}:{RESULTS}"
        words = ("cp", "--container", CONTAINER, source, str(self._folder))
        return Command(argv=self._kube.access.kubectl(*words, kubectl=self._kube.kubectl), deadline=COPYING)

    def _exec(self, *argv: str) -> str:
        where = self._kube.namespaces.workloads
        return self._kube.exec(self._pod, argv, namespace=where, container=CONTAINER).stdout


def sums(text: str) -> dict[str, str]:
    """File to sum, as `sha256sum` printed them."""
    return {name: sum_ for sum_, name in (line.split(maxsplit=1) for line in text.splitlines())}


def _sum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
