"""Which programs make up a lab without Docker: an engine a shard, and the gateway of several."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.bringup.sources import Source, written_for
from lab.core.errors import UsageError
from lab.core.part_labels import GATEWAY
from lab.core.paths import from_root
from lab.process import ports
from lab.runtime.process import part
from lab.runtime.process.part import Part
from lab.runtime.process.programs import Child
from lab.settings.loading import where
from lab.settings.settings import Settings
from lab.settings.topology import CONTROL, Shard, Topology

HOST = "127.0.0.1"
PYTHON = "{python}"
"""Stands in a command for the Python that the lab itself runs on."""
WAL_SIZE_MB = "64"
"""MiB; as in the cluster."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """How a role is run.

    Args:
        argv: The command.
        folder: Where it is run.
        source: A name that is bound to the folder's content.
        digest: The hash of that content.
    """

    argv: tuple[str, ...]
    folder: Path
    source: str
    digest: str


def program(settings: Settings, role: str) -> Program:
    """How the engine, the gateway or the control is run.

    Raises:
        UsageError: Its source is not there, or nothing says how it is run; the message has the setting's file and line.
    """
    source = written_for(settings, role)
    if source is None:
        raise UsageError(
            f"{where('sources', role)}: sources.{role} is null, and the runtime process needs a folder to run it from; "
            "name one with its command, or use --runtime=k3d"
        )
    folder = from_root(source.folder)
    if not folder.is_dir():
        raise UsageError(f"{where('sources', role)}: sources.{role}: there is no folder {folder}; correct it")
    if source.command is not None:
        argv = _argv(role, source.command)
    elif (folder / role / "__main__.py").is_file():
        argv = (sys.executable, "-m", role)
    else:
        raise UsageError(
            f"{where('sources', role)}: sources.{role}: {folder} has no Python package {role!r}, so what runs it must "
            f'be said: sources.{role}: {{ folder: {source.folder}, command: "java -jar build/libs/{role}.jar" }}; '
            "or use --runtime=k3d"
        )
    digest = Source(folder=folder, target=source.target).digest()
    return Program(argv=argv, folder=folder, source=f"{source.target or folder.name}-{digest[:12]}", digest=digest)


def _argv(role: str, command: str) -> tuple[str, ...]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(
            f"{where('sources', role, 'command')}: sources.{role}.command must be words as a shell has them; "
            f"got {command!r}: {error}"
        ) from None
    return tuple(sys.executable if word == PYTHON else word for word in words)


def engine(made: Program, shard: Shard, *, bootstrap: str, http: int, metrics: int) -> Part:
    """The engine of a shard, told what the contract says (docs/engine.md)."""
    return Part(
        name=shard.name,
        argv=made.argv,
        env={
            **_listening(made, http, metrics),
            "SHARD_ID": shard.id,
            "SHARD_SYMBOLS": ",".join(shard.symbols),
            "KAFKA_BOOTSTRAP": bootstrap,
            "WAL_PATH": str(wal(shard.name)),
            "WAL_SIZE_MB": WAL_SIZE_MB,
        },
        cwd=str(made.folder),
        source=made.source,
        digest=made.digest,
        shard=shard.id,
        http=http,
        metrics=metrics,
    )


def gateway(made: Program, topology: Topology, shards: Mapping[str, int], *, http: int, metrics: int) -> Part:
    """The gateway of a topology, told what the contract says (docs/gateway.md).

    Args:
        made: How it is run.
        topology: Whose shards it routes to.
        shards: The port of each shard, by its id.
        http: Its own port for orders.
        metrics: Its own port for metrics.
    """
    return Part(
        name=GATEWAY,
        argv=made.argv,
        env={
            **_listening(made, http, metrics),
            "ME_SHARD_MAP": ",".join(f"{shard.id}=http://{HOST}:{shards[shard.id]}" for shard in topology.shards),
            "SHARD_SYMBOLS_MAP": ",".join(f"{shard.id}={':'.join(shard.symbols)}" for shard in topology.shards),
        },
        cwd=str(made.folder),
        source=made.source,
        digest=made.digest,
        http=http,
        metrics=metrics,
    )


def control(made: Program, *, http: int) -> Part:
    """The control, which has no metrics."""
    return Part(
        name=CONTROL,
        argv=made.argv,
        env=_listening(made, http, None),
        cwd=str(made.folder),
        source=made.source,
        digest=made.digest,
        http=http,
    )


def _listening(made: Program, http: int, metrics: int | None) -> dict[str, str]:
    own = {"PYTHONPATH": str(made.folder), "PYTHONUNBUFFERED": "1"} if made.argv[0] == sys.executable else {}
    metrics_port = {} if metrics is None else {"METRICS_PORT": str(metrics)}
    return {**own, "LISTEN_HOST": HOST, "HTTP_PORT": str(http), **metrics_port}


def wal(name: str) -> Path:
    """The folder of a shard's write-ahead log; emptied at each start, as a pod's is."""
    return part.FOLDER / name / "wal"


def port_of(children: Mapping[str, Child], name: str, which: str, otherwise: int | None = None) -> int:
    """The port that a part has already, so that its neighbours need not learn another; else a free one."""
    child = children.get(name)
    had: int | None = getattr(child.part, which) if child else None
    return otherwise or had or ports.free()
