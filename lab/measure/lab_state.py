"""The lab's state at one instant, and how it deviates from what was asked or from an earlier one; pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.core.part_labels import GATEWAY
from lab.settings.topology import CONTROL, Topology

BOUND_TAG = re.compile(r"-([0-9a-f]{12})$")
"""The end of a tag that is bound to content: the first digits of the image's id."""
SHA256 = "sha256:"


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container of a pod.

    Args:
        namespace: Its pod's.
        pod: Its pod.
        workload: What the pod belongs to: `me-shard-a`, `edge-gateway`, `control`, `redpanda`, …
        image: The reference that its pod names.
        digest: What runs, as the node says (`imageID`); empty if it doesn't.
        restarts: How often it was started again.
        ended: Why and how it ended last: `OOMKilled, exit code 137`; None if it never did.
        ended_at: When that was (epoch ms).
    """

    namespace: str
    pod: str
    workload: str
    image: str
    digest: str
    restarts: int = 0
    ended: str | None = None
    ended_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class Built:
    """The digests that the registry has under a reference: of the image's manifests, and of its configuration."""

    manifests: tuple[str, ...] = ()
    configurations: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LabState:
    """The state of a lab at one instant; hashes are SHA-256.

    Args:
        at: When it was read (epoch ms).
        shards: Each engine's Deployment and the symbols that it is told to own.
        parts: What decides how the lab works: each workload's pod template and replicas, each Service's selector and
            ports, each ConfigMap; by name for people, as a hash.
        files: The settings' files and the load scripts, as a hash each.
        problems: Where the objects don't agree with each other: a Service that leads elsewhere, a wrong map.
        containers: What runs.
        applied: The image that `up` applied for each workload of orders, and for the control; empty if its manifest is
            not there.
        built: What the registry has under these references; none where it doesn't answer, or images are imported.
    """

    at: float
    shards: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, str]
    files: Mapping[str, str]
    problems: tuple[str, ...] = ()
    containers: tuple[Container, ...] = ()
    applied: Mapping[str, str]
    built: Mapping[str, Built]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """A container that ended during a load: its workload, when (epoch ms), and why and how it ended."""

    workload: str
    at: float
    cause: str


def changed(first: LabState, later: LabState) -> Iterator[str]:
    """What differs between two instants of a run, a line each; nothing does in a run that is left alone."""
    yield from _differing(first.parts, later.parts)
    yield from _differing(first.files, later.files)


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield f"{name} was removed"
        elif name not in old:
            yield f"{name} was added"
        elif old[name] != new[name]:
            yield f"{name} was changed"


def deviations(state: LabState, topology: Topology) -> Iterator[str]:
    """Where the state deviates from what was asked, a line each."""
    yield from _wrong_shards(state, topology)
    yield from state.problems
    for one in _of_orders(state):
        asked = state.applied.get(one.workload)
        if asked is not None and one.image != asked:
            yield f"pod {one.pod} runs image {one.image}; applied was {asked}"
        elif _is_built(one, state.built.get(one.image)) is False:
            yield f"pod {one.pod} runs the image {one.digest}, not the one that was built as {one.image}"


def _wrong_shards(state: LabState, topology: Topology) -> Iterator[str]:
    asked = {shard.name: set(shard.symbols) for shard in topology.shards}
    for name in sorted(asked.keys() | state.shards.keys()):
        if name not in state.shards:
            yield f"{name} of topology {topology.name} is not running"
        elif name not in asked:
            yield f"{name} runs, but is not part of topology {topology.name}"
        elif set(state.shards[name]) != asked[name]:
            owned = ", ".join(sorted(state.shards[name])) or "no symbol"
            yield f"{name} owns {owned}; topology {topology.name} gives it {', '.join(sorted(asked[name]))}"


def unverifiable(state: LabState) -> Iterator[str]:
    """What can't be verified of the images that run, a line each: a warning, no deviation."""
    images = {one.image: one for one in _of_orders(state)}
    for image, one in images.items():
        if one.workload not in state.applied:
            yield f"which image was applied for {one.workload} is unknown: .lab/manifests has none"
        if _is_built(one, state.built.get(image)) is None:
            runs = one.digest or "the node names no digest"
            yield f"whether what runs as {image} is what was built is unknown: {runs}"


def _of_orders(state: LabState) -> Sequence[Container]:
    """The engines', the gateway's and the control's, which is asked as they are."""
    others = {GATEWAY, CONTROL}
    return [one for one in state.containers if one.workload in state.shards or one.workload in others]


def _is_built(one: Container, built: Built | None) -> bool | None:
    """Whether what runs is what its reference's tag is bound to; None if that can't be told.

    A node that pulled an image names its manifest (`repository@sha256:…`), one that was given an archive its
    configuration; the tag is bound to whichever of both the host's Docker has for an id.
    """
    bound = BOUND_TAG.search(one.image)
    if bound is None or not one.digest:
        return None
    running = one.digest.rpartition("@")[2]
    if _begins(running, bound[1]):
        return True
    known = (*built.manifests, *built.configurations) if built else ()
    if not known:
        return None
    if not any(_begins(digest, bound[1]) for digest in known):
        return False  # the registry itself has other content under this tag
    alike = built.manifests if built and "@" in one.digest else (built.configurations if built else ())
    return running in alike if alike else None


def _begins(digest: str, digits: str) -> bool:
    return digest.removeprefix(SHA256).startswith(digits)


def endings(after: LabState, *, since: float) -> tuple[Ending, ...]:
    """The containers that ended since an instant (epoch ms) and are told of by a later look.

    The cluster tells whole seconds, so one that ended within the second of the instant is taken.
    """
    second = since // 1000 * 1000
    return tuple(
        Ending(workload=one.workload, at=one.ended_at, cause=one.ended)
        for one in after.containers
        if one.ended is not None and one.ended_at is not None and one.ended_at >= second
    )
