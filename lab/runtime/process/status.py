"""The status of a lab of processes; changes nothing."""

from collections.abc import Iterator, Mapping

from lab.cluster.lab import Lab
from lab.core.errors import LabError
from lab.present.table import Row
from lab.runtime.process import bringup, orphans, programs
from lab.runtime.process.broker_part import BrokerPart
from lab.runtime.process.outage import away
from lab.runtime.process.part import BROKER
from lab.runtime.process.parts import HOST
from lab.runtime.process.programs import Child
from lab.runtime.topology_row import topology_row
from lab.settings.topology import CONTROL, Topology, listed_symbols


def rows(lab: Lab) -> Iterator[Row]:
    """All parts of the lab, running or missing."""
    children = programs.known()
    if not children:
        yield Row(thing="lab of processes", state="absent", note="./invokew up --runtime=process makes it", ok=False)
        return
    found = topology_up(lab, children)
    yield topology_row(found)
    for name in dict.fromkeys((BROKER, CONTROL, *(found.handlers if found else ()), *children)):
        if name not in children:
            yield Row(thing=name, state="absent", note="./invokew up starts it", ok=False)
        else:
            yield _broker(lab, children[name]) if name == BROKER else _program(children[name])
    url = f"http://{HOST}:{lab.settings.ports.entry}"
    answers = bringup.answers(url)
    yield Row(thing="orders", state=url, note="" if answers else "/health does not answer", ok=answers)
    if left := orphans.left_behind():
        note = f"left behind by a command that was killed: {', '.join(left)}; the next one ends it"
        yield Row(thing="note", state=note, ok=None)


def topology_up(lab: Lab, children: Mapping[str, Child]) -> Topology | None:
    """The topology whose shards were started, alive or not; None if it is none of the settings'."""
    found = {
        child.part.shard: listed_symbols(child.part.env["SHARD_SYMBOLS"])
        for child in children.values()
        if child.part.shard is not None
    }
    topologies = map(lab.settings.topology, lab.settings.topologies)
    return next((one for one in topologies if {shard.id: shard.symbols for shard in one.shards} == found), None)


def _program(child: Child) -> Row:
    ports = _ports(child)
    if not child.alive:
        return Row(
            thing=child.part.name, state=_end(child), note=f"'./invokew logs' has its last lines; {ports}", ok=False
        )
    ready = bringup.is_healthy(child)
    return Row(
        thing=child.part.name,
        state="ready" if ready else "runs, /health does not answer",
        note=f"process {child.identity.pid}, {child.part.source}, {ports}",
        ok=ready,
    )


def _ports(child: Child) -> str:
    if child.part.metrics is None:
        return f"requests on {child.part.http}"
    return f"orders on {child.part.http}, metrics on {child.part.metrics}"


def _broker(lab: Lab, child: Child) -> Row:
    if not child.alive:
        return Row(thing=BROKER, state=_end(child), note="'./invokew logs --name=broker' has its last lines", ok=False)
    broker = BrokerPart(lab.settings)
    try:
        where = away(broker.broker())
    except LabError as error:
        return Row(thing=BROKER, state="does not answer", note=error.summary, ok=False)
    if not where:
        return Row(thing=BROKER, state="taken away", note=f"process {child.identity.pid}", ok=False)
    return Row(thing=BROKER, state="ready", note=f"process {child.identity.pid}, {broker.what()} at {where[0]}")


def _end(child: Child) -> str:
    return "was killed" if child.exit_code is None else f"ended with {child.exit_code}"
