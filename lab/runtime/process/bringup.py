"""The steps that bring a lab of processes to a topology from whatever state it is in."""

import shutil
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

import requests

from lab.cluster.lab import Lab
from lab.core import http
from lab.core.causes import ENTRY_SILENT
from lab.core.errors import NotReadyError, ToolError
from lab.core.part_labels import GATEWAY
from lab.process.ledger import Identity
from lab.process.polling import until_none
from lab.process.steps import Say, Step
from lab.runtime.process import group, part, parts, programs
from lab.runtime.process.broker_part import BrokerPart
from lab.runtime.process.part import BROKER, Part
from lab.runtime.process.parts import HOST
from lab.runtime.process.programs import Child
from lab.settings.topology import CONTROL, Shard, Topology
from lab.tools import preflight

ANSWER = 2.0


class Steps:
    """The graph of one topology.

    Args:
        lab: The lab.
        topology: What is to stand.
        owner: Tells which command ends what is started; None for what stands until `down`.
    """

    def __init__(self, lab: Lab, topology: Topology, *, owner: Callable[[], Identity | None]) -> None:
        self._lab = lab
        self._topology = topology
        self._owner = owner
        self._broker = BrokerPart(lab.settings, owner=owner)

    def graph(self) -> list[Step]:
        """All steps: the engines start side by side, once the broker is there."""
        shards = [self._shard(shard) for shard in self._topology.shards]
        gateway = [self._gateway(tuple(step.name for step in shards))] if self._topology.has_gateway else []
        last = (gateway or shards)[-1].name
        return [
            *(self._preflight(), self._leftovers(), self._broker_step(), self._control()),
            *(*shards, *gateway, self._ready((last, CONTROL))),
        ]

    def engine(self, shard: Shard) -> Part:
        """The engine of a shard as it is to run now."""
        made, children = parts.program(self._lab.settings, "engine"), programs.known()
        return parts.engine(
            made,
            shard,
            bootstrap=self._broker.broker().bootstrap,
            http=parts.port_of(children, shard.name, "http", None if self._topology.has_gateway else self._entry),
            metrics=parts.port_of(children, shard.name, "metrics"),
        )

    @property
    def _entry(self) -> int:
        return self._lab.settings.ports.entry

    def _preflight(self) -> Step:
        def check(say: Say) -> str:
            for role in ("engine", "control", *(("gateway",) if self._topology.has_gateway else ())):
                parts.program(self._lab.settings, role)
            self._broker.require_possible()
            say("k6")
            self._lab.tools.tell(say)
            self._lab.tools.ensure_all(["k6"])
            say("ports")
            held = {child.part.http for child in programs.known().values() if child.alive}
            ours = {"entry": self._entry, "control": self._lab.settings.ports.control}
            preflight.require_free({name: port for name, port in ours.items() if port not in held})
            files = preflight.open_files()
            few = f"only {files} files may be open at once; run 'ulimit -n {preflight.OPEN_FILES}'"
            return few if files < preflight.OPEN_FILES else ""

        return Step(name="preflight", run=check, plan=lambda: ["k6 version"])

    def _leftovers(self) -> Step:
        """What runs but is not part of this topology ends first: it may hold the entry's port, or the control's."""
        wanted = {BROKER, CONTROL, *self._topology.handlers}

        def others() -> list[str]:
            holders = {self._entry: self._topology.entry, self._lab.settings.ports.control: CONTROL}
            return [
                name
                for name, child in programs.known().items()
                if name not in wanted or holders.get(child.part.http or 0, name) != name
            ]

        def is_done() -> str | None:
            return None if others() else "nothing of another topology is running"

        def remove(_say: Say) -> str:
            gone = others()
            programs.stop_all(gone)
            return f"{', '.join(gone)} stopped"

        return Step(name="leftovers", needs=("preflight",), is_done=is_done, run=remove)

    def _broker_step(self) -> Step:
        broker = self._broker
        return Step(
            name=BROKER,
            needs=("leftovers",),
            is_done=broker.why_done,
            run=lambda _say: broker.start(),
            plan=lambda: [" ".join(broker.shown())],
        )

    def _control(self) -> Step:
        def wanted() -> Part:
            return parts.control(parts.program(self._lab.settings, CONTROL), http=self._lab.settings.ports.control)

        return self._program(CONTROL, ("leftovers",), wanted)

    def _shard(self, shard: Shard) -> Step:
        return self._program(shard.name, (BROKER,), lambda: self.engine(shard))

    def _gateway(self, needs: tuple[str, ...]) -> Step:
        def wanted() -> Part:
            children = programs.known()
            shards = {shard.id: parts.port_of(children, shard.name, "http") for shard in self._topology.shards}
            made = parts.program(self._lab.settings, "gateway")
            metrics = parts.port_of(children, GATEWAY, "metrics")
            return parts.gateway(made, self._topology, shards, http=self._entry, metrics=metrics)

        return self._program(GATEWAY, needs, wanted)

    def _program(self, name: str, needs: tuple[str, ...], wanted: Callable[[], Part]) -> Step:
        role = {GATEWAY: "gateway", CONTROL: CONTROL}.get(name, "engine")

        def is_done() -> str | None:
            child = programs.known().get(name)
            runs = child is not None and child.alive and child.part == wanted() and is_healthy(child)
            return f"runs as {child.identity.pid}" if child and runs else None

        def run(say: Say) -> str:
            child = start_fresh(wanted(), owner=self._owner())
            say("waiting for /health")
            await_healthy([child], deadline=getattr(self._lab.settings.deadlines, role))
            return f"runs as {child.identity.pid} on port {child.part.http}"

        return Step(name=name, needs=needs, is_done=is_done, run=run, plan=lambda: [_shown(self._lab, role, name)])

    def _ready(self, needs: tuple[str, ...]) -> Step:
        """Orders from this machine get to where the topology takes them."""

        def check(_say: Say) -> str:
            key, value = self._topology.entry_says
            url = f"http://{HOST}:{self._entry}/health"
            said = _health(url)
            if said.get(key) != value:
                raise ToolError(
                    f"{url} must say {key} {value!r}; got {said or 'no answer'}; run './invokew status'",
                    cause=ENTRY_SILENT,
                )
            return f"orders are accepted at http://{HOST}:{self._entry}"

        return Step(name="ready", needs=needs, run=check)


def start_fresh(wanted: Part, *, owner: Identity | None) -> Child:
    """Start a part in the place of the one before it; an engine with an empty log, as a new pod has one.

    Raises:
        ToolError: It can't be started.
    """
    programs.stop(wanted.name)
    if log := wanted.env.get("WAL_PATH"):
        shutil.rmtree(log, ignore_errors=True)
        Path(log).mkdir(parents=True)
    return programs.start(wanted, owner=owner)


def await_healthy(children: Sequence[Child], *, deadline: float) -> None:
    """Wait until each answers at /health, at most for so many seconds.

    Raises:
        ToolError: One has ended, or doesn't answer within the deadline; its last lines are the details.
    """

    def late() -> Child | None:
        child = next((child for child in children if not is_healthy(child)), None)
        if child:
            programs.require_alive(child)
        return child

    if child := until_none(late, deadline=deadline, pause=group.PAUSE):
        raise NotReadyError(
            f"{child.part.name} is not ready after {deadline:g} s: http://{HOST}:{child.part.http}/health does "
            f"not answer; run './invokew logs'",
            details=part.last_lines(child.part.name),
            cause=ENTRY_SILENT,
        )


def is_healthy(child: Child) -> bool:
    """Whether a program says that it is up, at its own port."""
    return answers(f"http://{HOST}:{child.part.http}")


def answers(url: str) -> bool:
    """Whether who takes orders at an address says that it is up."""
    return _health(f"{url}/health").get("status") == "UP"


def _health(url: str) -> dict[str, object]:
    try:
        answer = http.get(url, timeout=ANSWER)
        said = answer.json() if answer.status_code == HTTPStatus.OK else {}
    except requests.RequestException:  # also when it isn't JSON
        return {}
    return said if isinstance(said, dict) else {}


def _shown(lab: Lab, role: str, name: str) -> str:
    made = parts.program(lab.settings, role)
    return f"{' '.join(made.argv)} (in {made.folder}, as {name})"
