"""What commands, suites and searches ask of a runtime."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from lab.conduct.place import Place, Say
from lab.settings.topology import Topology

if TYPE_CHECKING:
    from lab.present.table import Row
    from lab.process.steps import Step
    from lab.verify.finding import Finding

FIRST = "single"
"""The topology where none is named and none is up."""


class Runtime(Place, Protocol):
    """One way to bring a lab up, to run cases on it and to take it down."""

    def steps(self, topology: Topology) -> list["Step"]:
        """The graph of steps that brings the lab to a topology from whatever state it is in."""

    def begin(self, say: Say) -> None:
        """What every command that changes the lab does first: end and undo what one that was killed left behind."""

    def stay(self) -> AbstractContextManager[None]:
        """A context in which the lab is brought up for one suite: on exit it is up if it was before, or was kept."""

    def keep(self) -> None:
        """Keep what was brought up until `down`."""

    def topology_up(self) -> str | None:
        """The name of the topology that is up, or of the target of an interrupted switch; None if none is up or known.

        Raises:
            ToolError: The lab doesn't answer.
        """

    def urls(self) -> Mapping[str, str]:
        """Where people and k6 find what, by name; `orders` is the orders' way in."""

    def checks(self, say: Say) -> "AbstractContextManager[Mapping[str, Callable[[], Finding]]]":
        """A context with the check of each criterion of `verify` that applies here, by its id.

        Raises:
            LabError: No lab is up that could be checked.
        """

    def status(self) -> "Iterable[Row]":
        """All parts of the lab, running or missing."""

    def down(self, say: Say, *, keep_registry: bool) -> list[str]:
        """Take the lab down; doing so twice is no error; what was done, a line each. It says what takes a while.

        Raises:
            ToolError: Something is left that could not be taken away.
        """

    def plan_down(self, *, keep_registry: bool) -> list[str]:
        """What `down` would do."""

    def logs(self, name: str, *, follow: bool, previous: bool) -> None:
        """Show the logs of a part of the lab on the terminal.

        Raises:
            UsageError: There is no such part.
            ToolError: They can't be shown.
        """
