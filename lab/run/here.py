"""Load from this machine: k6 as its own processes."""

from dataclasses import dataclass, replace
from pathlib import Path

from lab.process import ports
from lab.run import steady
from lab.run.fleet import Fleet
from lab.run.k6_process import K6Process
from lab.tools import k6


@dataclass(frozen=True, kw_only=True)
class Here:
    """Makes loads, and what asks steadily, from this machine.

    Args:
        program: k6.
        entry: The orders' way in.
        control: Where the control answers; None where there is none.
        remote_write: The Prometheus that takes k6's own series; None where there is none.
        runners: How many k6 send a load.
    """

    program: str
    entry: str
    remote_write: str | None
    control: str | None = None
    runners: int = 1

    def load(self, load: k6.Load) -> Fleet:
        """All k6 of a load, not yet started."""
        if self.runners == 1:
            return Fleet([self._process(load)])
        return Fleet(
            [
                self._process(replace(load, folder=load.folder / part.folder, segment=part))
                for part in k6.segments(self.runners)
            ],
            steered=True,
        )

    def steady(self, asked: steady.Requests, folder: Path, *, seconds: float, grace: float) -> K6Process:
        """What asks steadily, not yet started."""
        api = f"127.0.0.1:{ports.free()}"
        command = steady.command(self.program, asked, folder, api=api, seconds=seconds, grace=grace)
        return K6Process(command, api=api, folder=folder)

    def _process(self, load: k6.Load) -> K6Process:
        load.folder.mkdir(exist_ok=True)
        api = f"127.0.0.1:{ports.free()}"
        endpoints = k6.Endpoints(entry=self.entry, remote_write=self.remote_write, api=api)
        return K6Process(k6.run_command(self.program, load, endpoints), api=api, folder=load.folder)
