"""`doctor`: what this machine has of what the lab needs, which tools are used and why, which settings hold."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from lab.bringup import releases
from lab.cluster.lab import Lab
from lab.core.errors import LabError, UsageError
from lab.core.figures import size
from lab.present.table import Row
from lab.process import ports
from lab.runtime.process.runtime import ProcessRuntime
from lab.settings.loading import files
from lab.settings.topology import Topology
from lab.tools import docker, k3d, preflight, tools
from lab.tools.node import node_path


def rows(lab: Lab, topology: Topology, environment: Mapping[str, str] = os.environ) -> list[Row]:
    """A row for each thing that is needed; nothing is downloaded or changed."""
    engine = list(_docker(lab, topology))
    charts = _charts(lab, is_needed=engine[0].ok is not None)
    return [*_settings(environment), *engine, *charts, *_tools(lab), *_node(), *_ports(lab)]


def _settings(environment: Mapping[str, str]) -> Iterator[Row]:
    for path in files(environment):
        yield Row(thing="settings", state=str(path), note="laid over the ones above" if path != files({})[0] else "")


def _docker(lab: Lab, topology: Topology) -> Iterator[Row]:
    try:
        if lab.settings.runtime != "k3d" and (why := docker.absence()):
            without = "the lab runs as processes (--runtime=process); a cluster needs Docker"
            if lab.settings.runtime == "kubernetes":
                without = "images are not built here; name each by its digest under images"
            yield Row(thing="Docker", state="absent", note=f"{why}: {without}", ok=None)
            return
        engine = docker.engine()
    except LabError as error:
        yield Row(thing="Docker", state="missing", note=error.summary, ok=False)
        return
    memory = size(engine.memory)
    yield Row(
        thing="Docker",
        state=engine.version,
        note=f"{engine.cpus} cores, {memory}, cgroup v{engine.cgroup}, {engine.storage}",
    )
    if place := docker.elsewhere():
        state = f"the Docker engine is on another machine ({place}), and the lab's ports would be on 127.0.0.1 there"
        yield Row(thing="warning", state=f"{state}: run the lab on that machine, or choose this one's engine", ok=None)
    for warning in preflight.warnings(lab.settings, topology, engine, preflight.open_files()):
        yield Row(thing="warning", state=warning, ok=None)


def _charts(lab: Lab, *, is_needed: bool) -> Iterator[Row]:
    """Those that are files or folders and aren't there; only k3d's monitoring is made of them."""
    if lab.settings.runtime not in {"auto", "k3d"}:
        return
    for name in releases.RELEASES:
        try:
            releases.located(lab.settings, name)
        except UsageError as error:
            yield Row(thing=f"{name}'s chart", state="missing", note=error.summary, ok=False if is_needed else None)


def _tools(lab: Lab) -> Iterator[Row]:
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda name: tools.find(name, lab.tools.specs[name]), lab.tools.specs)
        for tool in found:
            if isinstance(tool, tools.Missing):
                note = f"{tool.reason}; the next command that needs it downloads {tool.pinned}"
                note += f"; if that can't be had, {tool.otherwise}" if tool.otherwise else ""
                yield Row(thing=tool.name, state="missing", note=note, ok=None)
            else:
                yield Row(thing=tool.name, state=tool.version, note=f"{tool.path}: {tool.reason}")


def _node() -> Iterator[Row]:
    try:
        yield Row(thing="node (for synth)", state=node_path())
    except LabError as error:
        yield Row(thing="node (for synth)", state="missing", note=error.summary, ok=False)


def _ports(lab: Lab) -> Iterator[Row]:
    held = {"entry"} if ProcessRuntime(lab=lab).stands() else set()
    with suppress(LabError):
        held |= k3d.held_ports(lab.tools.shown("k3d"), lab.settings)
    for name, port in preflight.taken_ports(lab.settings.ports.model_dump()).items():
        if name in held:
            yield Row(thing=f"port {port}", state="taken", note=f"{name}, by the lab itself")
        else:
            yield Row(thing=f"port {port}", state="taken", note=f"{name}, by {ports.holder(port)}", ok=None)
