"""What commands, suites and searches ask of whatever a lab stands on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lab.cluster.lab import Lab
from lab.settings.suites import RuntimeName
from lab.settings.topology import Topology

if TYPE_CHECKING:
    from lab.diagnose.gather import Gathered
    from lab.judge.capacity import Machine
    from lab.present.table import Row
    from lab.process.steps import Step
    from lab.run.bench import Bench, Progress
    from lab.verify.finding import Finding

FIRST = "single"
"""The topology of a lab of which none is asked for and none stands."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run keeps of where it ran, as JSON has it.

    Args:
        images: Of each workload what it was to run and what ran, by digest or hash.
        placement: Where each ran; or why that is unknown.
        warnings: What may spoil a run on this machine.
        said: The same in a line or two, for people.
    """

    images: Any
    placement: Any
    warnings: Sequence[str] = ()
    said: Sequence[str] = field(default_factory=tuple)


class Runtime(Protocol):
    """One way to stand a lab up, to run cases on it and to take it down."""

    @property
    def name(self) -> RuntimeName:
        """What the settings call it."""

    @property
    def lab(self) -> Lab:
        """The lab."""

    def steps(self, topology: Topology) -> list["Step"]:
        """The graph that brings the lab to a topology, or on from wherever it stands."""

    def begin(self, say: Say) -> None:
        """What every command that changes the lab does first: end and undo what one that was killed left behind."""

    def stay(self) -> AbstractContextManager[None]:
        """A context in which the lab is brought up for one suite: on leaving it stands as it did before, or longer."""

    def keep(self) -> None:
        """Let what was brought up stand until `down`."""

    def standing(self) -> str | None:
        """The name of the topology that stands, or that a switch was on its way to; None if none does, or none tells.

        Raises:
            ToolError: The lab doesn't answer.
        """

    def urls(self) -> Mapping[str, str]:
        """Where people and k6 find what, by name; `orders` is the orders' way in."""

    def bench(
        self, topology: Topology, on_progress: "Callable[[Progress], None]", say: Say
    ) -> AbstractContextManager["Bench"]:
        """A context in which cases are run on a lab that is up, once it can be measured.

        Args:
            topology: What stands.
            on_progress: Told of progress.
            say: Told what is worth a line.

        Raises:
            ToolError: It can't be measured.
        """

    def evidence(self, topology: Topology) -> Evidence:
        """What a run keeps of where it ran; what can't be read is said to be unknown."""

    def versions(self) -> Mapping[str, Any]:
        """What a run was made with beyond settings and code: tools, charts, the cluster's image."""

    def machine(self) -> "Machine":
        """What everything runs on."""

    def engines(self) -> Sequence[str]:
        """The engines that run, by names that are bound to their content.

        Raises:
            ToolError: The lab doesn't answer.
        """

    def collect(self) -> "Gathered":
        """All that may tell why something broke, by the name of the file that it goes to."""

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
