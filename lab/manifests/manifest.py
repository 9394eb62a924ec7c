"""A topology's manifest, and what of it the cluster has."""

from pathlib import Path
from typing import Any

import yaml

from lab.cluster.lab import Lab
from lab.core.causes import REFUSED, TOOL_FAILED
from lab.core.errors import ToolError
from lab.core.part_labels import BROKER
from lab.manifests import consistency, node_ranges
from lab.manifests.changes import Change, told
from lab.process.shell import run
from lab.tools import kubectl
from lab.tools.kubectl import ObjectName


class Manifest:
    """The file that is applied for a topology.

    Args:
        lab: The lab whose cluster it is for.
        path: The file.
    """

    def __init__(self, lab: Lab, path: Path) -> None:
        self.lab = lab
        self.path = path
        self._read: tuple[int, list[dict[str, Any]]] = (0, [])

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Its objects; the file is read again when it has changed."""
        written = self.path.stat().st_mtime_ns
        if self._read[0] != written:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            with self.path.open(encoding="utf-8") as file:
                self._read = (written, list(filter(None, yaml.load_all(file, Loader=loader))))
        return self._read[1]

    @property
    def names(self) -> set[ObjectName]:
        """What its objects are called."""
        return kubectl.names_in(self.documents)

    def fit(self) -> None:
        """Let its network policies name the addresses of the nodes that stand, in place of the defaults."""
        if self.lab.layout.nodes and node_ranges.lay_over(self.documents, node_ranges.of_cluster(self.lab)):
            part = self.path.with_suffix(".part")
            dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
            part.write_text(yaml.dump_all(self.documents, Dumper=dumper, sort_keys=False), encoding="utf-8")
            part.replace(self.path)

    def require_consistent(self) -> None:
        """Do nothing when its objects agree with each other.

        Raises:
            ToolError: They don't, or there are none.
        """
        if not self.path.is_file() or self.path.stat().st_size == 0:
            raise ToolError(
                f"synthesis reported success but wrote no {self.path.name}; run './invokew synth'", cause=TOOL_FAILED
            )
        found = consistency.problems(self.documents, self.lab.access.namespaces.workloads)
        if found:
            raise ToolError(
                f"{self.path.name} is at odds with itself: {found[0]}; correct constructs/, then run './invokew synth'",
                details=found[1:],
                cause=REFUSED,
            )

    def is_consistent(self) -> bool:
        """Whether `require_consistent` has nothing to say; a file that someone has spoilt isn't."""
        try:
            self.require_consistent()
        except (ToolError, yaml.YAMLError):
            return False
        return True

    def apply(self, selector: str) -> int:
        """Apply what a selector takes; the number of objects.

        Raises:
            ToolError: The cluster refuses.
        """
        tool = self.lab.tools.path("kubectl")
        command = kubectl.apply_command(tool, self.lab.access, self.path, selector=selector)
        result = run(command, check=False)
        if not result.ok and kubectl.IMMUTABLE in result.stderr:
            # Its pods and volumes stay and are taken over by the new one.
            run(kubectl.orphan_command(tool, self.lab.access, f"statefulset/{BROKER}"))
            result = run(command, check=False)
        if not result.ok:
            raise ToolError(
                f"the cluster refuses {self.path.name}: {result.last_lines[-1] if result.last_lines else '?'}; "
                "correct the settings, or run './invokew down' and try again",
                details=result.last_lines,
                cause=REFUSED,
            )
        return len(result.stdout.splitlines())

    def changes(self, selector: str) -> list[Change] | None:
        """What applying would change of what a selector takes; None when the cluster can't tell."""
        result = run(
            kubectl.diff_command(self.lab.tools.path("kubectl"), self.lab.access, self.path, selector=selector),
            check=False,
        )
        return told(result)

    def leftovers(self) -> set[ObjectName]:
        """What the lab owns in the cluster and this manifest doesn't have."""
        owned = run(kubectl.owned_command(self.lab.tools.path("kubectl"), self.lab.access)).stdout
        return kubectl.leftovers(owned, self.names, self.lab.access.namespaces)

    def prune(self, leftovers: set[ObjectName]) -> None:
        """Delete what is left over, and wait until its pods are gone.

        Raises:
            ToolError: Some of it stands, whatever kubectl's exit code.
        """
        for command in kubectl.delete_command(self.lab.tools.path("kubectl"), self.lab.access, leftovers):
            result = run(command)
        if standing := sorted(map(str, leftovers & self.leftovers())):
            raise ToolError(
                f"kubectl reported success but did not delete {', '.join(standing)}; see './invokew plan', then run "
                "'./invokew up'",
                details=result.last_lines,
                cause=TOOL_FAILED,
            )
