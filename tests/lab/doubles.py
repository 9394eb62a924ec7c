"""Stand-ins for what the lab talks to: programs, tools and the cluster's API."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import pytest

from lab.cluster.lab import Lab
from lab.core.access import SPEC, Access, Namespaces
from lab.core.errors import LabError, ToolError
from lab.process import ledger
from lab.process.forward import Forward
from lab.process.shell import Command, Result
from lab.process.steps import Step
from lab.settings.layout import of_own_cluster
from lab.settings.settings import Settings
from lab.settings.topology import Shard, Topology
from lab.tools.toolbox import Toolbox
from lab.tools.tools import Tool

ONE = Topology(name="single", shards=(Shard(id="a", symbols=("X",)),))
TWO = Topology(name="multi", shards=(Shard(id="a", symbols=("X",)), Shard(id="b", symbols=("Y",))))
"""The smallest topologies without and with a gateway."""


@dataclass(frozen=True)
class Answer:
    """What a program says when its argv has all these words."""

    words: tuple[str, ...]
    stdout: str = ""
    stderr: str = ""
    code: int = 0
    error: LabError | None = None
    namespaces: Namespaces = SPEC


@dataclass
class Recorder:
    """Stands in for `lab.process.shell.run`: keeps each command and gives the answer set last for its words, else success."""

    answers: list[Answer] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    def on(self, *words: str, stdout: str = "", stderr: str = "", code: int = 0, error: LabError | None = None) -> Self:
        self.answers.insert(0, Answer(words, stdout, stderr, code, error))
        return self

    def instead_of_run(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> Self:
        """Let these modules call it where they call `run`."""
        for module in modules:
            monkeypatch.setattr(module, "run", self)
        return self

    def __call__(self, command: Command, *, check: bool = True) -> Result:
        self.commands.append(command)
        found = next((a for a in self.answers if set(a.words) <= set(command.argv)), Answer(()))
        if found.error is not None:
            raise found.error
        if check and found.code:
            raise ToolError(f"'{command.argv[0]}' ended with {found.code}", details=found.stderr.splitlines())
        return Result(command=command, code=found.code, stdout=found.stdout, stderr=found.stderr, seconds=0.0)

    def asked(self, *words: str) -> list[Command]:
        """The commands that had all these words."""
        return [command for command in self.commands if set(words) <= set(command.argv)]


def silent(_told: object) -> None:
    """Told what goes on, and keeps it to itself."""


def is_done(step: Step) -> str | None:
    """What a step says of itself before it is run."""
    assert step.is_done is not None
    return step.is_done()


class Tools(Toolbox):
    """Tools that are there under their own names."""

    def __init__(self) -> None:
        super().__init__({})

    def tool(self, name: str) -> Tool:
        return Tool(name=name, path=Path(name), version="1.2.3", origin="PATH", reason="1.2.3 on PATH is within")

    def path(self, name: str) -> str:
        return name

    def version(self, name: str) -> str:
        return self.tool(name).version

    def shown(self, name: str) -> str:
        return name

    def ensure_all(self, names: Iterable[str] | None = None) -> None:
        del names


@dataclass
class FakeKube:
    """The cluster's API, answering from a table of objects by kind."""

    objects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    error: LabError | None = None
    namespaces: Namespaces = SPEC

    def items(self, kind: str, *, namespace: str | None = None, **_: Any) -> list[dict[str, Any]]:
        if self.error is not None:
            raise self.error
        every = self.objects.get(kind, [])
        return [one for one in every if namespace is None or one["metadata"].get("namespace") == namespace]

    def find(self, kind: str, name: str, **_: Any) -> dict[str, Any] | None:
        return next((one for one in self.items(kind) if one["metadata"]["name"] == name), None)


def with_images(settings: Settings, **changes: Any) -> Settings:
    """The settings with other images, or another delivery."""
    return settings.model_copy(update={"images": settings.images.model_copy(update=changes)})


def lab_of(settings: Settings, kube: FakeKube | None = None, *, kubeconfig: Path = Path("/lab/kubeconfig")) -> Lab:
    """A lab of these settings whose tools and cluster are doubles."""
    access = Access(kubeconfig=kubeconfig, context=f"k3d-{settings.name}")
    made = Lab(settings=settings, access=access, layout=of_own_cluster(settings), tools=Tools())
    made.__dict__["kube"] = kube or FakeKube()  # where `cached_property` keeps it
    return made


def keep_ledger_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names no folder has its processes entered here."""
    for function in (ledger.register, ledger.strike):
        defaults = {**(function.__kwdefaults__ or {}), "folder": folder}
        monkeypatch.setattr(function, "__kwdefaults__", defaults)
    monkeypatch.setitem(Forward.__init__.__kwdefaults__ or {}, "pages", folder)
