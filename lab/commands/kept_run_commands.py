"""The commands on the run that a cluster keeps, whoever conducts it: follow it, go on with it, end it."""

from dataclasses import replace
from pathlib import Path

from lab.cluster import left_behind
from lab.cluster.kept_files import KeptFiles, KeptRun
from lab.cluster.lab import of
from lab.commands import command
from lab.commands.command import ANEW, say
from lab.commands.suite_commands import ATTACHED, bringing_up
from lab.conduct import keeping
from lab.conduct import suite as suite_
from lab.core.errors import UsageError
from lab.core.paths import RUNS
from lab.present import progress, report
from lab.present.results import reasons
from lab.runtime import choice
from lab.runtime.runtime import Runtime
from lab.store import interrupted_run, stored_run
from lab.store.folder import Folder
from lab.store.interrupted_run import InterruptedRun


def attach(*, runtime: str, dry: bool) -> None:
    """Follow the run that another checkout conducts on this lab to its verdict; go on with it where nobody does.

    Args:
        runtime: What the lab stands on; empty: what is up.
        dry: Whether it is only said how far it is.
    """
    looking, files, kept = _kept(runtime, dry=dry)
    if dry:
        return
    with command.stoppable(ANEW):
        kept = keeping.followed(files, kept, say)
    folder = keeping.fetch(files, kept, RUNS)
    if kept.ended:
        _require_pass(folder)
        return
    broken_off = interrupted_run.read(folder, begun=kept.case)
    keeping.claim(files, kept)
    say(f"nobody conducts it: going on with {', '.join(broken_off.left)}")
    _go_on(looking, broken_off, gone=keeping.machine_gone(kept))


def _require_pass(folder: Path) -> None:
    """Say what a run came to that has ended, and end as it did."""
    told = stored_run.read(Folder(folder))
    if told.verdict is None or told.plan is None:
        raise UsageError(f"{folder.name} has no verdict; './invokew report --run={folder.name}' shows what there is")
    say(str(told.verdict), *(f"  {line}" for line in reasons(told.verdict, told.plan)), f"evidence: {folder}")
    suite_.require_pass(told.verdict, told.plan)


def _go_on(looking: Runtime, broken_off: InterruptedRun, *, gone: str) -> None:
    """Run the cases that are left, by the run's own settings; the way to the cluster is this checkout's.

    Args:
        looking: Where.
        broken_off: What there is of the run.
        gone: The machine that conducted it, if it is another: its load and its outage are undone first.
    """
    settings = broken_off.settings.model_copy(update={"kubernetes": looking.lab.settings.kubernetes})
    stands_on = choice.named(of(settings), looking.name)
    suite_left = replace(broken_off.suite, runtime=stands_on.name)
    with command.changing(stands_on, "attach", ATTACHED), stands_on.stay():
        say(*left_behind.undo(stands_on.lab.kube, gone=gone))
        progress.carry_out(bringing_up(stands_on, suite_left))
        verdict = suite_.run_suite(stands_on, suite_left, rounds=broken_off.rounds, again=broken_off)
    suite_.require_pass(verdict, suite_left)


def abort(*, runtime: str, dry: bool) -> None:
    """End the run that is under way on this lab: its load, its outage, whoever conducts it; keep what there is of it.

    Args:
        runtime: What the lab stands on; empty: what is up.
        dry: Whether it is only said which run that is.
    """
    looking, files, kept = _kept(runtime, dry=dry)
    if kept.ended:
        raise UsageError(f"{kept.run} has ended; './invokew attach' says what it came to")
    if dry:
        return
    with command.stoppable(ANEW):
        keeping.end_conducting(files, kept, say)
    with command.changing(looking, "abort", ANEW):
        done = left_behind.undo(looking.lab.kube, gone=keeping.machine_gone(kept))
        say(*(done or ["nothing was left on the cluster"]))
    folder = keeping.fetch(files, kept, RUNS)
    say(report.conclude(folder), f"evidence: {folder}")


def _kept(runtime: str, *, dry: bool) -> tuple[Runtime, KeptFiles, KeptRun]:
    """The lab that is up, and the run that its cluster keeps.

    Raises:
        UsageError: It keeps none.
    """
    looking = choice.to_look(command.current_lab(downloads=not dry), runtime, say)
    files = looking.kept_files()
    kept = files.find() if files else None
    if files is None or kept is None:
        where = "the runtime process keeps none" if files is None else "none is kept in the cluster"
        raise UsageError(f"there is no run to attach to: {where}; './invokew asr1' begins one")
    say(f"{kept.run}, conducted by {kept.holder}: {'ended' if kept.ended else kept.doing or 'about to begin'}")
    return looking, files, kept
