"""The commands that bring the lab up, look at it and take it down, each from its arguments to its last line."""

from contextlib import suppress

from lab.bringup import carrying, pins, preview, standing, standstill
from lab.bringup import up as up_
from lab.cluster.lab import Lab, in_namespace
from lab.commands import command
from lab.commands.command import ANEW, GOES_ON, say
from lab.core import figures
from lab.core.causes import CLUSTER_FOREIGN
from lab.core.errors import LabError, PreflightError, ToolError, UsageError
from lab.core.paths import expanded
from lab.present import progress
from lab.present.table import show
from lab.process import forward, ledger, lock
from lab.runtime import choice
from lab.runtime.k3d import passthrough
from lab.runtime.k3d.runtime import K3dRuntime
from lab.runtime.process.runtime import ProcessRuntime
from lab.runtime.runtime import FIRST, Runtime
from lab.settings.topology import Topology
from lab.verify import verification

SUITES = ("asr1", "asr2")
"""Those that have a task of their own."""


def up(  # noqa: PLR0913 - a flag each
    topology: str, *, dry: bool, runtime: str = "", take_over: bool = False, offline: bool = False, bundle: str = ""
) -> None:
    """Bring the lab up to a topology, or print how; to the one that runs when none is named.

    With `offline` nothing is fetched: what would be is an error; so it is with a bundle, once that has been taken.
    """
    if bundle:
        carrying.require(expanded(bundle))
    if bundle and not dry:
        with command.stoppable(ANEW), lock.held("up"):
            carrying.take(command.current_lab(offline=True), expanded(bundle), say)
    lab = command.current_lab(downloads=not dry, offline=offline or bool(bundle))
    stands_on = choice.to_begin(lab, runtime, say)
    chosen = _topology(stands_on, topology)
    if dry:
        say(*up_.plan(stands_on.steps(chosen)))
        return
    with command.changing(stands_on, "up", GOES_ON):
        if take_over:
            say(_taken_over(stands_on))
        try:
            graph = progress.carry_out(stands_on.steps(chosen))
        finally:
            stands_on.keep()  # also of what failed or was interrupted: the same command goes on from there
    say(*_summary(stands_on, chosen.name, graph.now))


def pin(*, dry: bool) -> None:
    """Write the digests of the images and charts in force, or say which file that would change."""
    if dry:
        say(f"write {pins.FILE}")
        return
    lab = command.current_lab()
    with command.stoppable(ANEW), lock.held("pin"):
        taken = pins.take(lab.settings, lab.tools, say)
        pins.write(taken)
    for use, image in taken.images.items():
        say(f"  {use}: {image.name} {image.digest or f'{image.id}, of no registry'}")
    for use, chart in taken.charts.items():
        say(f"  charts.{use}: {chart.chart} sha256:{chart.sha256}")
    say(f"wrote {pins.FILE.name}; './invokew up' holds to it, with --offline it fetches nothing")


def bundle(file: str, *, dry: bool) -> None:
    """Write a bundle of the lab that is up, or say to where."""
    path = expanded(file)
    if path.suffix != ".tar" or not path.parent.is_dir():
        raise UsageError(f"file must end in .tar and be in a folder that is there; got {file!r}")
    if dry:
        say(f"write {path}")
        return
    with command.stoppable(ANEW), lock.held("bundle"):
        carrying.make(command.current_lab(), path, say)


def plan(topology: str, *, full: bool) -> None:
    """Show what `up` would change, of the topology that runs when none is named."""
    lab = _of_own_cluster("plan", downloads=False)
    for line in preview.lines(lab, _topology(K3dRuntime(lab=lab), topology), full=full):
        say(line)


def images(topology: str, *, dry: bool) -> None:
    """Build or pull the images of a topology and deliver them, of the one that runs when none is named."""
    lab = _of_own_cluster("images", downloads=not dry)
    runtime = K3dRuntime(lab=lab)
    chosen = _topology(runtime, topology)
    if dry:
        say(*up_.plan(up_.image_steps(lab, chosen)))
        return
    with command.changing(runtime, "images", GOES_ON):
        progress.carry_out(up_.image_steps(lab, chosen))


def down(*, keep_registry: bool, dry: bool, runtime: str = "", take_over: bool = False) -> None:
    """Take the lab down, or say what would be taken away; whatever it runs on unless that is named.

    Where a lab of this checkout was taken down, a cluster of another one is none of its business.
    """
    to_end = choice.to_end(command.current_lab(downloads=not dry), runtime)
    for stands_on in to_end:
        if dry:
            say(*stands_on.plan_down(keep_registry=keep_registry))
            continue
        with command.stoppable(GOES_ON), lock.held("down"):
            if take_over and stands_on.name == K3dRuntime.name:
                say(_taken_over(stands_on))
            try:
                say(*stands_on.down(say, keep_registry=keep_registry))
            except PreflightError as error:
                if error.cause is not CLUSTER_FOREIGN or stands_on is to_end[0]:
                    raise
                say(f"left alone: {error.summary}")


def stop(*, dry: bool) -> None:
    """Stop the cluster and its registry, or say how; what they have on disk stays."""
    _of_own_cluster("stop")
    lab = _with_cluster("stop")
    if dry:
        say(*standstill.plan(lab))
        return
    with command.stoppable(GOES_ON), lock.held("stop"):
        say(*standstill.stop(lab))


def status(runtime: str = "") -> None:
    """Show what runs; exit code 4 when something of a lab that is there doesn't."""
    rows = list(choice.to_look(command.current_lab(), runtime, say).status())
    show(rows)
    missing = [row for row in rows if row.ok is False]
    if missing:
        raise ToolError(f"{missing[0].thing}: {missing[0].state}; run './invokew up'")


def verify(only: str, *, dry: bool, runtime: str = "") -> None:
    """Check the lab that is up; exit code 4 when a check fails."""
    lab = command.current_lab(downloads=not dry)
    criteria = verification.choose(only)
    if dry:
        say(*verification.plan(criteria))
        return
    stands_on = choice.to_look(lab, runtime, say)
    with command.changing(stands_on, "verify", ANEW), stands_on.checks(say) as checks:
        results = verification.carry_out(checks, criteria, say, runtime=stands_on.name)
    verification.show(results)
    verification.require_all(results)
    say(verification.summary(results))


def logs(name: str, *, follow: bool, previous: bool, runtime: str = "") -> None:
    """Show the logs of a part of the lab."""
    choice.to_look(command.current_lab(), runtime, lambda *_: None).logs(name, follow=follow, previous=previous)


def rights() -> None:
    """Print the Role that the lab needs in a namespace, ready to be applied; exit code 3 when that lacks one."""
    from lab.cluster import rights as asked  # noqa: PLC0415 - no other command needs it

    found = command.current_lab(downloads=False)
    lab = in_namespace(found.settings, found.tools)
    namespace, rules = lab.access.namespaces.workloads, asked.rules(lab.layout)
    say(asked.text(asked.role(rules, namespace, asked.user(lab.kube))).rstrip())
    asked.require(asked.missing(lab.kube, rules), namespace)


def env() -> None:
    """Print what a shell needs to act on the lab."""
    _of_own_cluster("env")
    say(*passthrough.env(_with_cluster("env")))


def port_forward(target: str, local: str) -> None:
    """Forward a local port to a Service until Ctrl-C."""
    lab = _with_cluster("port-forward")
    route = forward.parse(target, local, namespace=lab.access.namespaces.workloads)
    lab.access.require()
    kubectl = lab.tools.path("kubectl")
    with (
        command.stoppable(ANEW),
        forward.Forward(lab.access, route, kubectl=kubectl, say=say, pages=ledger.PROCESSES) as running,
    ):
        say(f"{route} is on {running.address}; Ctrl-C ends it")
        with suppress(KeyboardInterrupt):  # how it is meant to end
            running.join()


def _topology(runtime: Runtime, name: str) -> Topology:
    """The topology of this name; of none the one that runs, or that a switch was on its way to; else `single`."""
    settings = runtime.lab.settings
    if not name:
        with suppress(LabError):
            name = runtime.topology_up() or ""
        name = name if name in settings.topologies else FIRST
    return settings.topology(name)


def _summary(runtime: Runtime, topology: str, seconds: float) -> list[str]:
    suites = [name for name in SUITES if runtime.lab.settings.suites[name].topology == topology]
    words = [*(f"'./invokew {name}' runs the suite" for name in suites), "'./invokew status' shows the lab"]
    return [
        f"the lab is up with topology {topology} ({figures.seconds(seconds)})",
        *(f"  {name:<10} {url}" for name, url in runtime.urls().items()),
        f"next: {', '.join(words)}",
    ]


def _taken_over(runtime: Runtime) -> str:
    """Make a cluster of another checkout this one's.

    Raises:
        UsageError: The lab is not on a cluster of this machine.
    """
    if runtime.name != K3dRuntime.name:
        raise UsageError(f"{standing.TAKES_OVER} is for clusters of runtime k3d; the runtime is {runtime.name}")
    return standing.take_over(runtime.lab.settings.name)


def _of_own_cluster(name: str, *, downloads: bool = True) -> Lab:
    """A lab in a cluster of its own: some commands are about that alone."""
    lab = command.current_lab(downloads=downloads)
    if lab.settings.runtime == choice.KUBERNETES:
        raise UsageError(
            f"{name} is about a cluster of the lab's own, the settings' runtime is kubernetes; "
            "'./invokew --dry up' prints what is done there"
        )
    return lab


def _with_cluster(name: str) -> Lab:
    """A lab that is not one of processes alone: some commands mean a cluster, whatever `auto` would choose."""
    lab = command.current_lab()
    if lab.settings.runtime == choice.KUBERNETES:
        return in_namespace(lab.settings, lab.tools)
    if ProcessRuntime(lab=lab).stands() and not lab.access.kubeconfig.exists():
        raise UsageError(
            f"{name} needs a cluster; the lab that is up runs as processes, whose ports './invokew status' shows"
        )
    return lab
