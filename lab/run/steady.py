"""Requests of the lab's own that are no orders, at a steady rate: how k6 is called for them."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lab.process.shell import Command
from lab.run.runner import Runner
from lab.tools import k6

SCRIPT = Path(__file__).with_name("steady.js")
"""The lab's own: the folder of load scripts may be the user's."""


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What is asked.

    Args:
        url: Where.
        name: How k6's points call them.
        rate: A minute.
        body: JSON that is posted; empty: a GET.
    """

    url: str
    name: str
    rate: int
    body: str = ""


class MakeSteady(Protocol):
    """Makes what asks, from where the load comes too."""

    def __call__(
        self, asked: Requests, folder: Path, *, seconds: float, grace: float
    ) -> AbstractContextManager[Runner]:
        """Asks for so many seconds from when it is entered; its points are in the folder when it is left.

        Args:
            asked: What.
            folder: Where its points and its log go.
            seconds: For how long.
            grace: Seconds that it may take on top: its start, requests under way, writing its points.
        """


def command(  # noqa: PLR0913 - by name
    program: str,
    asked: Requests,
    folder: Path,
    *,
    api: str,
    seconds: float,
    grace: float,
    script: Path | None = None,
    config: Path = k6.CONFIG,
) -> Command:
    """Asks for so many seconds; its points go to a file, and none to Prometheus.

    Args:
        program: k6.
        asked: What.
        folder: Where its points go.
        api: `host:port` of its REST API.
        seconds: For how long.
        grace: Seconds that it may take on top: its start, requests under way, writing its points.
        script: Where the script is for it, if not here.
        config: Where k6's empty configuration is for it.
    """
    argv = (
        program, "run", *k6.flags(config),
        "--address", api,
        "--out", f"csv={folder / k6.SAMPLES}",
        "-e", f"LAB_URL={asked.url}",
        "-e", f"LAB_NAME={asked.name}",
        "-e", f"LAB_BODY={asked.body}",
        "-e", f"LAB_RATE={asked.rate}",
        "-e", f"LAB_DURATION_S={seconds:.0f}",
        str(script or SCRIPT),
    )  # fmt: skip
    return Command(argv=argv, env=k6.POINTS, deadline=seconds + grace)
