"""What the tasks call: each command from its arguments and settings to its last line on the screen."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from lab.cluster.lab import Lab, of
from lab.core.errors import LabError, UsageError
from lab.process import lock, shell
from lab.settings.loading import load, require_scripts

if TYPE_CHECKING:
    from lab.runtime.runtime import Runtime
    from lab.settings.suites import Profile
    from lab.settings.topology import Topology

SUITES = ("asr1", "asr2")
"""Those that have a task of their own."""
PROFILES: "dict[str, Profile]" = {"full": "full", "smoke": "smoke"}
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a command to end."""
GOES_ON = "the same command goes on from here, './invokew down' takes all away"
ANEW = "the same command begins anew"
MEASURED = f"{ANEW}, what was measured is in runs/"

# Each command imports what it runs: none pays for the others.


@contextmanager
def _stoppable(then: str) -> Iterator[None]:
    """SIGTERM and SIGHUP end a command as Ctrl-C does: what it had begun is ended or undone, then it says so.

    SIGINT is taken too, since a shell starts what runs in its background with SIGINT ignored.

    Args:
        then: What there is to do after that.

    Raises:
        LabError: The command was interrupted.
    """

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDINGS}
    try:
        yield
    except KeyboardInterrupt as error:
        shell.stop_all()
        raise LabError(f"interrupted; {then}") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _changing(runtime: "Runtime", command: str, then: str) -> Iterator[None]:
    """A command that changes the lab: alone, stoppable, after what a killed one left behind; an error gets its page.

    The page is made by a lab of its own: that downloads nothing, and knows the cluster there is then.
    """
    from lab.diagnose.explain import explained
    from lab.run.k6_process import end_orphans
    from lab.runtime import choice

    looking = choice.named(of(runtime.lab.settings, downloads=False), runtime.name)
    with _stoppable(then), lock.held(command), explained(looking, command):
        if end_orphans():
            _say("left behind by a command that was killed, and ended: k6 with its load")
        runtime.begin(_say)
        yield


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def up(topology: str, *, dry: bool, runtime: str = "") -> None:
    """Bring the lab up to a topology, or print how; to the one that stands when none is named."""
    from lab.runtime import choice

    lab = of(load(), downloads=not dry)
    from lab.bringup import up as up_
    from lab.present import progress

    stands_on = choice.to_begin(lab, runtime, _say)
    chosen = lab.settings.topology(topology or _standing(stands_on))
    if dry:
        _say(*up_.plan(stands_on.steps(chosen)))
        return
    with _changing(stands_on, "up", GOES_ON):
        try:
            graph = progress.carry_out(stands_on.steps(chosen))
        finally:
            stands_on.keep()  # also of what failed or was interrupted: the same command goes on from there
    _say(*_summary(stands_on, chosen.name, graph.now))


def _standing(runtime: "Runtime") -> str:
    """The topology that stands, or that a switch was on its way to; `single` where nothing tells of one."""
    from lab.runtime.runtime import FIRST

    try:
        name = runtime.standing()
    except LabError:
        return FIRST
    return name if name in runtime.lab.settings.topologies else FIRST


def _summary(runtime: "Runtime", topology: str, seconds: float) -> list[str]:
    settings = runtime.lab.settings
    lines = [f"the lab is up with topology {topology} ({seconds:.1f} s)"]
    suites = [name for name, suite in settings.suites.items() if suite.topology == topology and name in SUITES]
    lines += [f"  {name:<10} {url}" for name, url in runtime.urls().items()]
    words = [*(f"'./invokew {name}' runs the suite" for name in suites), "'./invokew status' shows what stands"]
    return [*lines, f"next: {', '.join(words)}"]


def plan(topology: str, *, full: bool) -> None:
    """Show what `up` would change, of the topology that stands when none is named."""
    lab = of(load(), downloads=False)
    from lab.bringup import preview
    from lab.runtime.k3d.runtime import K3dRuntime

    chosen = lab.settings.topology(topology or _standing(K3dRuntime(lab=lab)))

    for line in preview.lines(lab, chosen, full=full):
        _say(line)


def down(*, keep_registry: bool, dry: bool, runtime: str = "") -> None:
    """Take the lab down, or say what would be taken away; whatever it stands on unless that is named."""
    from lab.runtime import choice

    lab = of(load(), downloads=not dry)

    for stands_on in choice.to_end(lab, runtime):
        if dry:
            _say(*stands_on.plan_down(keep_registry=keep_registry))
            continue
        with _stoppable(GOES_ON), lock.held("down"):
            _say(*stands_on.down(keep_registry=keep_registry))


def suite(  # noqa: PLR0913 - all by name
    name: str, *, profile: str, dry: bool, runtime: str = "", repeat: int = 1, case: str | None = None
) -> None:
    """Bring up what a suite needs, run it and say its verdict; the exit code is the verdict's.

    Args:
        name: Of the suite.
        profile: `full` or `smoke`.
        dry: Whether it is only said what would be done.
        runtime: What it is to be run on.
        repeat: Rounds.
        case: The one of its cases that is asked for, with those that it is compared with; all if none is.
    """
    from lab.runtime import choice

    lab = of(load(), downloads=not dry)
    from lab.settings import repetition, suites

    cases = suites.needed(lab.settings, case) if case is not None else None
    planned, rounds = suites.plan(lab.settings, name, _profile(profile), cases), repetition.require_rounds(repeat)
    repetition.require_apart([case.id for case in planned.cases], rounds)
    require_scripts(lab.settings, [case.id for case in planned.cases])
    from lab.bringup import up as up_
    from lab.present import progress

    stands_on = choice.to_begin(lab, runtime, _say)
    chosen = replace(planned, runtime=stands_on.name)
    if dry:
        _say(
            *up_.plan(stands_on.steps(chosen.topology)),
            *(f"case {case.id}: {case.settings.title}" for case in chosen.cases),
            *([f"{rounds} rounds of these cases"] if rounds > 1 else []),
        )
        return
    from lab.conduct import suite as conducted

    command = name if case is None else f"case {case}"
    with _changing(stands_on, command, MEASURED), stands_on.stay():
        _say(f"{chosen.title}: {profile}, on topology {chosen.topology.name}")
        progress.carry_out(stands_on.steps(chosen.topology))
        verdict = conducted.run_suite(stands_on, chosen, rounds=rounds)
    conducted.require_pass(verdict)


def case(name: str, *, profile: str, dry: bool, runtime: str = "", repeat: int = 1) -> None:
    """Run one case of a suite, and those before it that it is compared with."""
    from lab.settings import suites

    suite(suites.suite_of(load(), name), profile=profile, repeat=repeat, dry=dry, case=name, runtime=runtime)


def suite_table(profile: str) -> None:
    """Show the suites."""
    from lab.present import suite_rows

    suite_rows.show(load(), _profile(profile))


def capacity(topology: str, *, against: str, profile: str, dry: bool, runtime: str = "") -> None:
    """Seek the capacity of a topology, after that of another one where it is to be compared."""
    from lab.runtime import choice

    lab = of(load(), downloads=not dry)
    from lab.bringup import up as up_
    from lab.present import progress
    from lab.settings import suites

    chosen = _profile(profile)
    names = (against, topology) if against else (topology,)
    searches = [suites.capacity_suite(lab.settings, name, chosen) for name in names]
    if len(searches) > 1:
        _require_fewer(*(search.topology for search in searches))
    require_scripts(lab.settings, [suites.CAPACITY])

    stands_on = choice.to_begin(lab, runtime, _say)
    searches = [replace(search, runtime=stands_on.name) for search in searches]
    if dry:
        from lab.present.capacity_rows import intention

        for search in searches:
            _say(*up_.plan(stands_on.steps(search.topology)), intention(search, lab.settings.capacity.at(chosen)))
        return
    from lab.conduct.search import require_found, run_capacity

    with _changing(stands_on, "capacity", MEASURED), stands_on.stay():
        for search in searches:
            _say(f"{search.title}: {profile}")
            progress.carry_out(stands_on.steps(search.topology))
            require_found(run_capacity(stands_on, search))


def _profile(name: str) -> "Profile":
    if name not in PROFILES:
        raise UsageError(f"profile must be one of {', '.join(PROFILES)}; got {name!r}")
    return PROFILES[name]


def _require_fewer(against: "Topology", topology: "Topology") -> None:
    """Refuse a comparison that has no speed-up, before its searches take their time."""
    ours, theirs = len(topology.shards), len(against.shards)
    if theirs >= ours:
        raise UsageError(
            f"against must be a topology of fewer shards than {topology.name} ({ours}); got {against.name!r} ({theirs})"
        )


def report(run: str, *, dry: bool) -> None:
    """Make the report of a run from its folder, and say what it says; or say what would be written."""
    from lab.core.errors import ToolError
    from lab.core.paths import RUNS
    from lab.present import report as report_
    from lab.store import run_choice

    folder = run_choice.folder(RUNS, run)
    if dry:
        _say(*(f"write {folder / name}" for name in (report_.HTML, report_.JSON, report_.MARKDOWN, report_.JUNIT)))
        return
    try:
        page = report_.write(folder)
    except OSError as error:
        raise ToolError(
            f"the report can't be written: {error}; free some space, or copy the folder to where you may write"
        ) from error
    _say(report_.headline(folder), f"report: {page}")


def runs(limit: int) -> None:
    """List the newest runs."""
    from lab.store import run_choice

    if limit < 0:
        raise UsageError(f"limit must be 0 (all) or more; got {limit}")
    from lab.compare import baseline as baseline_
    from lab.compare import listing, terminal
    from lab.core.paths import RUNS

    found = listing.ids(RUNS)
    if not found:
        _say(f"there is no run in {RUNS.name}/ yet; './invokew asr1' makes one")
        return
    shown = found[: limit or None]
    baselines = {kind: one.path.name for kind, one in baseline_.read(RUNS).items()}
    terminal.runs(
        [listing.listed(RUNS / name) for name in shown],
        latest=run_choice.folder(RUNS, "").name,
        baselines=baselines,
    )
    if len(shown) < len(found):
        _say(f"{len(found) - len(shown)} more; './invokew runs --limit=0' lists all")


def compare(before: str, after: str, *, fail_on_regression: bool, dry: bool) -> None:
    """Hold a run against another, on the terminal and as a page; or say what would be written."""
    from lab.compare import choice_of_runs, comparison, terminal, wording
    from lab.compare import comparison_page as page
    from lab.core.errors import InvalidRunError, SloMissedError, ToolError
    from lab.core.paths import RUNS

    chosen = choice_of_runs.pair(RUNS, before, after)
    if dry:
        _say(f"write {page.file(chosen.before, chosen.after)}")
        return
    found = comparison.compare(chosen.before, chosen.after)
    terminal.comparison(found, chosen.why)
    try:
        _say(f"page: {page.write(found, page.file(chosen.before, chosen.after))}")
    except OSError as error:
        raise ToolError(
            f"the page can't be written: {error}; free some space, or copy the folder to where you may write"
        ) from error
    said = wording.conclusion(found)
    if fail_on_regression and not found.is_judged:
        raise InvalidRunError(said)
    if fail_on_regression and found.is_worse:
        raise SloMissedError(f"{found.after.run} against {found.before.run}: {said}")
    _say(said)


def baseline(action: str, run: str, *, force: bool, dry: bool) -> None:
    """Show, set or clear the baselines; or say which file that would change."""
    from lab.compare import baseline as baseline_
    from lab.compare import choice_of_runs
    from lab.core.paths import RUNS

    if action not in {"show", "set", "clear"} or (run and action != "set"):
        raise UsageError(f"baseline must be one of show, set [RUN], clear; got {f'{action} {run}'.strip()!r}")
    if action == "show":
        _say(*baseline_.lines(RUNS))
    elif dry:
        _say(f"write {RUNS / baseline_.FILE}")
    elif action == "set":
        chosen = baseline_.choose(RUNS, choice_of_runs.folder(RUNS, run), force=force)
        _say(f"baseline of {chosen.kind}: {chosen.run}", "next: './invokew compare' holds the newest run against it")
    else:
        cleared = baseline_.clear(RUNS)
        _say(f"forgotten: the baseline of {', '.join(cleared)}" if cleared else "there was no baseline")


def status(runtime: str = "") -> None:
    """Show what stands; exit code 4 when something of a lab that is there doesn't."""
    from lab.core.errors import ToolError
    from lab.present.table import show
    from lab.runtime import choice

    rows = list(choice.to_look(of(load()), runtime, _say).status())
    show(rows)
    missing = [row for row in rows if row.ok is False]
    if missing:
        raise ToolError(f"{missing[0].thing}: {missing[0].state}; run './invokew up'")


def verify(only: str, *, dry: bool, runtime: str = "") -> None:
    """Check the lab that is up; exit code 4 when a check fails."""
    from lab.runtime import choice

    lab = of(load(), downloads=not dry)
    from lab.verify import verification as verify_

    criteria = verify_.choose(only)
    if dry:
        _say(*verify_.plan(criteria))
        return
    stands_on = choice.to_look(lab, runtime, _say)
    with _changing(stands_on, "verify", ANEW), stands_on.looks(_say) as looks:
        results = verify_.carry_out(looks, criteria, _say, runtime=stands_on.name)
    verify_.show(results)
    verify_.require_all(results)
    _say(verify_.summary(results))


def doctor(topology: str) -> None:
    """Show what this machine has of what the lab needs; exit code 3 when something is missing."""
    lab = of(load())
    chosen = lab.settings.topology(topology)
    from lab.commands import doctor as doctor_
    from lab.core.errors import PreflightError
    from lab.present.table import show

    rows = doctor_.rows(lab, chosen)
    show(rows)
    missing = [row for row in rows if row.ok is False]
    if missing:
        raise PreflightError(f"{missing[0].thing}: {missing[0].note or missing[0].state}")


def synth(*, dry: bool) -> None:
    """Write dist/, or say how."""
    from lab.core.paths import DIST, ROOT
    from lab.manifests import synthesis

    if dry:
        _say(str(synthesis.main_command()))
        return
    shell.run(synthesis.main_command())
    _say(*(f"{path.relative_to(ROOT)}" for path in sorted(DIST.glob("*.k8s.yaml"))))


def schema(*, dry: bool) -> None:
    """Write the JSON Schemas, or say where."""
    from lab.present import report_schema as report_
    from lab.settings import settings_schema as settings

    for one in (settings, report_):
        if dry:
            _say(f"write {one.FILE}")
        else:
            one.write()


def test(*, cluster: bool, dry: bool) -> None:
    """Run the checks, or those that need a cluster; or say what they are."""
    from lab.commands import project_checks

    if dry:
        _say(
            *map(
                str,
                [project_checks.cluster_command()]
                if cluster
                else [command for _, command in project_checks.commands()],
            )
        )
    elif cluster:
        project_checks.run_cluster()
    else:
        project_checks.run_all()


def scaffold(name: str, *, shards: int, symbols: int, stdout: bool) -> None:
    """Write a topology into the local settings, or print it."""
    from lab.commands import scaffold as scaffold_

    made = scaffold_.topology(name, shards=shards, symbols=symbols)
    if stdout:
        _say("topologies:", *scaffold_.lines(made, indent="  "))
        return
    objects = scaffold_.write(made)
    _say(
        f"topology {name} is in experiment.local.yaml: {shards} shards, {len(made.symbols)} symbols, {objects} objects",
        f"next: './invokew plan --topology={name}' shows what it changes, './invokew up --topology={name}' does it",
    )


def images(topology: str, *, dry: bool) -> None:
    """Build or pull the images of a topology and deliver them, of the one that stands when none is named."""
    lab = of(load(), downloads=not dry)
    from lab.bringup import up as up_
    from lab.present import progress
    from lab.runtime.k3d.runtime import K3dRuntime

    runtime = K3dRuntime(lab=lab)
    chosen = lab.settings.topology(topology or _standing(runtime))
    if dry:
        _say(*up_.plan(up_.image_steps(lab, chosen)))
        return
    with _changing(runtime, "images", GOES_ON):
        progress.carry_out(up_.image_steps(lab, chosen))


def logs(name: str, *, follow: bool, previous: bool, runtime: str = "") -> None:
    """Show the logs of a part of the lab."""
    from lab.runtime import choice

    choice.to_look(of(load()), runtime, lambda *_: None).logs(name, follow=follow, previous=previous)


def env() -> None:
    """Print what a shell needs to act on the lab."""
    from lab.runtime.k3d import passthrough

    _say(*passthrough.env(_with_cluster(of(load()), "env")))


def _with_cluster(lab: Lab, command: str) -> Lab:
    """A lab that is not one of processes alone: some commands mean a cluster, whatever `auto` would choose."""
    from lab.runtime.process.runtime import ProcessRuntime

    if ProcessRuntime(lab=lab).stands() and not lab.access.kubeconfig.exists():
        raise UsageError(
            f"{command} needs a cluster; the lab that stands is one of processes, whose ports './invokew status' shows"
        )
    return lab


def port_forward(target: str, local: str) -> None:
    """Forward a local port to a Service until Ctrl-C."""
    from lab.process import forward

    route = forward.parse(target, local)
    lab = _with_cluster(of(load()), "port-forward")
    with _stoppable(ANEW), forward.Forward(lab.access, route, kubectl=lab.tools.path("kubectl"), say=_say) as running:
        _say(f"{route} is on {running.address}; Ctrl-C ends it")
        with suppress(KeyboardInterrupt):  # how it is meant to end
            running.join()
