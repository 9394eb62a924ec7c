"""Folders that a container may write and that end with its pod."""

from dataclasses import dataclass
from functools import cached_property

from cdk8s_plus_28 import k8s

from matching_engine.quantities import quantity


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """An empty folder on the node's disk: the volume's name, where it is mounted, and the size that ends the pod."""

    name: str
    path: str
    limit: str

    @cached_property
    def volume(self) -> k8s.Volume:
        """The pod's side."""
        return k8s.Volume(name=self.name, empty_dir=k8s.EmptyDirVolumeSource(size_limit=quantity(self.limit)))

    @cached_property
    def mount(self) -> k8s.VolumeMount:
        """The container's side."""
        return k8s.VolumeMount(name=self.name, mount_path=self.path)


TMP = Scratch(name="tmp", path="/tmp", limit="64Mi")  # noqa: S108 - it is the pod's own
"""For a JVM's performance data and for temporary files."""
