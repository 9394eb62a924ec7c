"""What a run asks of the lab's runtime."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lab.cluster.lab import Lab
from lab.settings.suites import RuntimeName
from lab.settings.topology import Topology

if TYPE_CHECKING:
    from lab.cluster.kept_files import KeptFiles
    from lab.diagnose.gather import Gathered
    from lab.judge.capacity import Machine
    from lab.run.case_progress import Progress
    from lab.run.load_context import LoadContext
    from lab.store.made_with import Image, Placement

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run keeps of where it ran.

    Args:
        images: Of each workload what it was to run and what ran, by digest or hash.
        placement: Where each ran.
        unknown: Why neither is known.
        warnings: What may spoil a run on this machine.
        said: The same in a line or two, for people.
    """

    images: "tuple[Image, ...]" = ()
    placement: "Placement | None" = None
    unknown: str | None = None
    warnings: Sequence[str] = ()
    said: Sequence[str] = field(default_factory=tuple)


class Place(Protocol):
    """Where a run takes place: a lab that is up."""

    @property
    def name(self) -> RuntimeName:
        """What the settings call it."""

    @property
    def lab(self) -> Lab:
        """The lab."""

    def load_context(
        self, topology: Topology, on_progress: "Callable[[Progress], None]", say: Say
    ) -> AbstractContextManager["LoadContext"]:
        """A context in which cases are run on a lab that is up, once it can be measured.

        Args:
            topology: What stands.
            on_progress: Told of progress.
            say: Told what is worth a line.

        Raises:
            ToolError: It can't be measured.
        """

    def engine_cpu(self, topology: Topology, limit: str) -> AbstractContextManager[Callable[[], None]]:
        """A context in which engines have this CPU limit; it gives what limits those that were restarted in it.

        Args:
            topology: What stands.
            limit: CPU of one engine, as Kubernetes writes it.

        Raises:
            UsageError: The runtime can't limit CPU, or engines don't answer under it.
            ToolError: The cluster can't do so in place.
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

    def kept_files(self) -> "KeptFiles | None":
        """Where a run is kept beside the lab; None where that would be this machine."""

    def collect(self) -> "Gathered":
        """All that may tell why something broke, by the name of the file that it goes to."""
