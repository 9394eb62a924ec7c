"""The steps that get each image into the host's store, and from there to where its pods will run."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from lab.bringup import images, sources
from lab.bringup.images import Role
from lab.cluster.lab import Lab
from lab.core.causes import IMAGE_MISSING
from lab.core.errors import LabError, ToolError
from lab.process.polling import until_none
from lab.process.shell import Command, Result, run
from lab.process.steps import Say, Step
from lab.settings.topology import Topology
from lab.tools import docker

ONE_AT_A_TIME = threading.Lock()
"""Images share layers: Docker sends a shared one once when pushes follow each other, and as often when they overlap."""


def have(lab: Lab, role: Role, needs: tuple[str, ...]) -> Step:
    """The image is in the host's Docker store: built from its source, or pulled."""
    settings = lab.settings
    sources.of(settings, role)  # one that is wrong is told before anything begins

    def check() -> None:
        if images.why_in_store(settings, role) is None:
            name = images.settings_of(settings, role).name
            raise ToolError(
                f"image {name} is not in Docker's store though Docker reported success; try again", cause=IMAGE_MISSING
            )

    return Step(
        name=f"image {role}",
        needs=needs,
        is_done=lambda: images.why_in_store(settings, role),
        run=lambda say: images.obtain(settings, role, say),
        check=check,
        plan=lambda: [str(command) for command in images.obtain_commands(settings, role)],
    )


def deliver(lab: Lab, role: Role, needs: tuple[str, ...]) -> Step:
    """The image is where the nodes will find it: in the lab's registry, or on each node."""
    settings = lab.settings

    def missing() -> list[str]:
        item = images.delivery(settings, role)
        if item.pushed is None:
            return images.nodes_without(settings, item)
        return [] if images.in_registry(item) else [item.pushed]

    def is_done() -> str | None:
        return None if missing() else images.delivery(settings, role).reference

    def bring(say: Say) -> None:
        item = images.delivery(settings, role)
        say("waiting for its turn")
        with ONE_AT_A_TIME:
            say(f"to {item.pushed or 'each node'}")
            if item.pushed is None:
                images.import_to_nodes(lab, item)
            else:
                images.push(item)

    def check() -> None:
        lacking = missing()
        if lacking:
            raise ToolError(
                f"image {images.settings_of(settings, role).name} did not arrive at {', '.join(lacking)}, though the "
                "command reported success; run './invokew images'",
                cause=IMAGE_MISSING,
            )

    return Step(
        name=f"deliver {role}",
        needs=needs,
        is_done=is_done,
        run=bring,
        check=check,
        plan=lambda: [str(command) for command in _commands(lab, role)],
    )


def place(lab: Lab, topology: Topology, role: Role, needs: tuple[str, ...]) -> Step:
    """An image is on the nodes that its pods prefer, before the pods are: unpacking it takes seconds.

    A pod that lands elsewhere gets it from the registry as any other.
    """
    nodes = images.seats(lab.settings, topology, role)

    def missing() -> list[str]:
        item = images.delivery(lab.settings, role)
        return [node for node in nodes if not images.on_node(node, item)]

    def is_done() -> str | None:
        return None if missing() else f"on {', '.join(nodes)}"

    def bring(say: Say) -> None:
        reference = images.delivery(lab.settings, role).reference
        end = time.monotonic() + lab.settings.cluster.timeout
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            list(pool.map(lambda node: _pull(node, reference, end, say), nodes))

    def check() -> None:
        if lacking := missing():
            raise ToolError(
                f"image {role} is not on {', '.join(lacking)} though it was pulled; run './invokew up'",
                cause=IMAGE_MISSING,
            )

    def plan() -> list[str]:
        reference = images.delivery_of(lab.settings, role, "ID").reference
        return [str(docker.node_pull_command(node, reference)) for node in nodes]

    return Step(name=f"place {role}", needs=needs, is_done=is_done, run=bring, check=check, plan=plan)


AT_ONCE = 3
"""Nodes that unpack an image at a time: they share this machine's cores."""
PAUSE = 1.0
"""Seconds between two tries at a node that is still starting: each costs a process in it."""


def _pull(node: str, reference: str, end: float, say: Say) -> None:
    say(f"to {node}")

    def failed() -> Result | None:
        result = run(docker.node_pull_command(node, reference), check=False)
        return None if result.ok else result

    if result := until_none(failed, deadline=end - time.monotonic(), pause=PAUSE):
        raise ToolError(
            f"{node} can't pull {reference}; run './invokew status'", details=result.last_lines, cause=IMAGE_MISSING
        )


def _commands(lab: Lab, role: Role) -> list[Command]:
    try:
        item = images.delivery(lab.settings, role)
    except LabError:
        item = images.delivery_of(lab.settings, role, "ID")
    if item.pushed is None:
        return [*images.import_commands(lab.tools.shown("k3d"), lab.settings.name, item)]
    return [docker.tag_command(item.source, item.pushed), docker.push_command(item.pushed)]
