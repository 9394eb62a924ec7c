"""Prometheus on a run's points, and Grafana beside it where it is to be had, until they are ended; nothing stays."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from lab.core.causes import TOOL_MISSING
from lab.core.errors import PreflightError, ToolError
from lab.process import ports, shell
from lab.process.shell import Command, Result, run
from lab.process.steps import Say
from lab.settings.settings import Settings
from lab.tools import docker
from lab.tools import prometheus_server as server

LABEL = "matching-engine-lab.replay"
"""Of each container the pid of the command that it belongs to."""
INSIDE = Path("/replay")
"""Where a container has the folder that is served."""
PROMETHEUS_PORT, GRAFANA_PORT = 9090, 3000
"""Within the containers."""
NO_SUCH_PROGRAM = re.compile(r"no such file or directory|executable file not found", re.IGNORECASE)


GRAFANA = {
    "GF_PATHS_PROVISIONING": str(INSIDE / "provisioning"),
    "GF_AUTH_ANONYMOUS_ENABLED": "true",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
}
"""Grafana's environment: anybody on this machine may look, and it asks nothing of the internet."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """What answers: Prometheus until it is ended, the addresses, and why there is no Grafana."""

    running: "Future[Result]"
    prometheus: str
    grafana: str | None
    without: str


def port(wanted: int) -> int:
    """The port, or any other where that is taken: by the lab that is up, as a rule."""
    return wanted if ports.is_free(wanted) else ports.free()


def backfill(settings: Settings, folder: Path) -> None:
    """Make Prometheus' files of the points in a folder.

    Raises:
        ToolError: promtool fails, or is neither on PATH nor in Prometheus' image.
    """
    if program := shutil.which("promtool"):
        run(Command(argv=(program, *server.backfill_words(folder)), deadline=server.BACKFILL))
        return
    image = settings.images.prometheus.name
    if why := _no_docker() or _not_had(image):
        raise _no_promtool(f"and its image {image} is not to be had: {why}")
    with _container("promtool", image, server.backfill_words(INSIDE), folder, "--entrypoint", "promtool") as name:
        result = run(docker.command("start", "--attach", name, deadline=server.BACKFILL), check=False)
        if not result.ok and NO_SUCH_PROGRAM.search(result.stderr):
            raise _no_promtool(f"nor in the image {image}")
        if not result.ok:
            raise ToolError("promtool can't take the run's points", details=result.last_lines)
        run(docker.command("cp", f"{name}:{INSIDE / server.BLOCKS}", str(folder), deadline=server.BACKFILL))


@contextmanager
def served(settings: Settings, folder: Path, password: str, say: Say) -> Iterator[Served]:
    """Serve a folder that has been filled in, on the lab's ports where they are free.

    Raises:
        PreflightError: There is no Prometheus, neither as an image nor on PATH.
        ToolError: Docker fails.
    """
    at, program = f"127.0.0.1:{port(settings.ports.prometheus)}", shutil.which("prometheus")
    image = settings.images.prometheus.name
    why = _no_docker()
    if why is None:
        _remove_left()
        why = _not_had(image, pull=program is None)
    with ExitStack() as stack:
        say("starting Prometheus")
        if why is None:
            name, grafana, without = _containers(settings, folder, at, password, stack)
            command = docker.command("logs", "--follow", name, deadline=server.FOREVER)
        elif program:
            command = Command(argv=(program, *server.server_words(folder, listen=at)), deadline=server.FOREVER)
            grafana, without = None, f"{why}; Prometheus is {program}"
        else:
            raise PreflightError(
                f"there is no Prometheus: {why}, and none is on PATH; start Docker with {image} in its store, or "
                "install Prometheus, then try again",
                cause=TOOL_MISSING,
            )
        stack.callback(shell.resume)  # after what is ended here, containers are removed
        pool = stack.enter_context(ThreadPoolExecutor())
        stack.callback(shell.stop_all)
        running = pool.submit(run, command, check=False)
        yield Served(running=running, prometheus=f"http://{at}", grafana=grafana, without=without)


def _containers(
    settings: Settings, folder: Path, at: str, password: str, stack: ExitStack
) -> tuple[str, str | None, str]:
    """Start the containers; Grafana's is in the network of Prometheus', which publishes the ports of both.

    Returns:
        The name of Prometheus', the address of Grafana if it is to be had, and why it isn't.
    """
    without = _not_had(settings.images.grafana.name)
    beside = f"127.0.0.1:{port(settings.ports.grafana)}"
    published = [f"{at}:{PROMETHEUS_PORT}", *([] if without else [f"{beside}:{GRAFANA_PORT}"])]
    ports_ = (word for pair in published for word in ("--publish", pair))
    words = server.server_words(INSIDE, listen=f":{PROMETHEUS_PORT}")
    first = stack.enter_context(_container("prometheus", settings.images.prometheus.name, words, folder, *ports_))
    run(docker.command("start", first, deadline=60))
    if without:
        return first, None, without
    env = (word for name, value in GRAFANA.items() for word in ("--env", f"{name}={value}"))
    flags = ("--network", f"container:{first}", "--env", f"GF_SECURITY_ADMIN_PASSWORD={password}", *env)
    second = stack.enter_context(_container("grafana", settings.images.grafana.name, (), folder, *flags))
    run(docker.command("start", second, deadline=60))
    return first, f"http://{beside}", ""


@contextmanager
def _container(part: str, image: str, words: Sequence[str], folder: Path, *flags: str) -> Iterator[str]:
    """A container, made and not started, with a copy of the folder: an engine elsewhere could not mount it."""
    name = f"matching-engine-lab-replay-{os.getpid()}-{part}"
    made = docker.command(
        "create", "--name", name, "--label", f"{LABEL}={os.getpid()}", *flags, image, *words, deadline=60
    )
    try:
        run(made)
        run(docker.command("cp", str(folder), f"{name}:{INSIDE}", deadline=server.BACKFILL))
        yield name
    finally:
        _remove(name)


def _remove(*names: str) -> None:
    run(docker.command("rm", "--force", "--volumes", *names, deadline=60), check=False)


def _remove_left() -> None:
    """Remove what a killed replay has left behind."""
    shown = f'{{{{.Names}}}} {{{{.Label "{LABEL}"}}}}'
    listed = run(docker.command("ps", "--all", "--filter", f"label={LABEL}", "--format", shown, deadline=20)).stdout
    found = dict(line.split() for line in listed.splitlines())
    if left := [name for name, pid in found.items() if not psutil.pid_exists(int(pid))]:
        _remove(*left)


def _no_docker() -> str | None:
    """Why no container of Docker's can serve anything here."""
    try:
        if away := docker.absence():
            return away
        host = docker.elsewhere()
    except PreflightError as error:
        return error.summary
    return f"Docker's engine is on another machine, {host}" if host else None


def _not_had(image: str, *, pull: bool = True) -> str | None:
    """Why an image is neither in Docker's store nor to be pulled."""
    if docker.image(image) is not None:
        return None
    if not pull:
        return f"{image} is not in Docker's store"
    result = run(docker.pull_command(image), check=False)
    return None if result.ok else f"{image} can't be pulled: {' '.join(result.last_lines[-1:])}"


def _no_promtool(why: str) -> PreflightError:
    return PreflightError(
        f"promtool is not on PATH, {why}; put it on PATH (it comes with Prometheus' release), then try again",
        cause=TOOL_MISSING,
    )
