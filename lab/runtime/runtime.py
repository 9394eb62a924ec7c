"""What commands, suites and searches ask of whatever a lab stands on."""

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
"""The topology of a lab of which none is asked for and none stands."""


class Runtime(Place, Protocol):
    """One way to stand a lab up, to run cases on it and to take it down."""

    def steps(self, topology: Topology) -> list["Step"]:
        """The graph that brings the lab to a topology, or on from wherever it stands."""

    def begin(self, say: Say) -> None:
        """What every command that changes the lab does first: end and undo what one that was killed left behind."""

    def stay(self) -> AbstractContextManager[None]:
        """A context in which the lab is brought up for one suite: on leaving it stands as it did before, or longer."""

    def keep(self) -> None:
        """Let what was brought up stand until `down`."""

    def topology_up(self) -> str | None:
        """The name of the topology that stands, or that a switch was on its way to; None if none does, or none tells.

        Raises:
            ToolError: The lab doesn't answer.
        """

    def urls(self) -> Mapping[str, str]:
        """Where people and k6 find what, by name; `orders` is the orders' way in."""

    def looks(self, say: Say) -> "AbstractContextManager[Mapping[str, Callable[[], Finding]]]":
        """A context with the look of each criterion of `verify` that applies here, by its id.

        Raises:
            LabError: No lab is up that could be looked at.
        """

    def status(self) -> "Iterable[Row]":
        """All that stands, or is missing."""

    def down(self, *, keep_registry: bool) -> list[str]:
        """Take the lab down; doing so twice is no error; what was done, a line each.

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
