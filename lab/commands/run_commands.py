"""The commands on runs that were made: a run's report, the list, two compared, the baselines."""

from collections.abc import Iterator
from contextlib import contextmanager

from lab.commands.command import ANEW, say, stoppable
from lab.compare import comparison, terminal, wording
from lab.compare import comparison_page as page
from lab.conduct.suite import require_pass
from lab.core.errors import InvalidRunError, SloMissedError, ToolError, UsageError
from lab.core.paths import RUNS
from lab.present import report as report_
from lab.present.results import reasons
from lab.replay import replaying
from lab.settings.loading import load
from lab.store import baseline as baseline_
from lab.store import listing, rejudging, run_choice, stored_run
from lab.store.folder import Folder

CURRENT, OF_THE_RUN = "current", "run"
"""The settings by which a run can be judged."""


def report(run: str, *, dry: bool) -> None:
    """Make the report of a run from its folder, and say what it says; or say what would be written."""
    folder = run_choice.folder(RUNS, run)
    if dry:
        say(*(f"write {folder / name}" for name in (report_.HTML, report_.JSON, report_.MARKDOWN, report_.JUNIT)))
        return
    stored_run.require_schema(folder)
    with _writing("report"):
        written = report_.write(folder)
    say(report_.headline(folder), f"report: {written}")


def replay(run: str, *, dry: bool) -> None:
    """Serve a run's points to a Prometheus and a Grafana of this machine until Ctrl-C, or say which run's."""
    folder = stored_run.require_schema(run_choice.folder(RUNS, run))
    if dry:
        say(f"fill in the points of {folder} and serve them")
        return
    with stoppable(ANEW):
        replaying.replay(folder, load(), say)


def judge(run: str, settings: str) -> None:
    """Judge a run's raw files again, beside the verdict that it has; the exit code is that of the new one."""
    if settings not in {CURRENT, OF_THE_RUN}:
        raise UsageError(f"settings must be one of {CURRENT}, {OF_THE_RUN}; got {settings!r}")
    folder = Folder(stored_run.require_schema(run_choice.folder(RUNS, run)))
    told = stored_run.read(folder)
    if told.is_search:
        raise UsageError(f"{told.id} is a search for a capacity, which has no verdict; judge a run of a suite")
    suite = told.plan if settings == OF_THE_RUN else told.planned(load())
    if suite is None:
        raise UsageError(f"the {settings} settings don't describe {told.suite} and its cases; try the other --settings")
    verdict = rejudging.judged_again(folder, told, suite)
    if folder.gaps:
        lost = "; ".join(f"{gap.file} {gap.why}" for gap in folder.gaps)
        raise InvalidRunError(f"{told.id} can't be judged again: {lost}")
    say(f"recorded:     {told.verdict or 'no verdict'}", f"judged again: {verdict}, by the {settings} settings")
    say(*(f"  {line}" for line in reasons(verdict, suite)))
    require_pass(verdict, suite)


def runs(limit: int) -> None:
    """List the newest runs."""
    if limit < 0:
        raise UsageError(f"limit must be 0 (all) or more; got {limit}")
    found = listing.ids(RUNS)
    if not found:
        say(f"there is no run in {RUNS.name}/ yet; './invokew asr1' makes one")
        return
    shown = found[: limit or None]
    terminal.runs(
        [listing.listed(RUNS / name) for name in shown],
        latest=run_choice.folder(RUNS, "").name,
        baselines={kind: one.path.name for kind, one in baseline_.read(RUNS).items()},
    )
    if len(shown) < len(found):
        say(f"{len(found) - len(shown)} more; './invokew runs --limit=0' lists all")


def compare(before: str, after: str, *, fail_on_regression: bool, dry: bool) -> None:
    """Hold a run against another, on the terminal and as a page; or say what would be written."""
    chosen = run_choice.pair(RUNS, before, after)
    for path in (chosen.before, chosen.after):
        stored_run.require_schema(path)
    file = page.file(chosen.before, chosen.after)
    if dry:
        say(f"write {file}")
        return
    found = comparison.compare(chosen.before, chosen.after)
    terminal.comparison(found, chosen.why)
    with _writing("page"):
        say(f"page: {page.write(found, file)}")
    said = wording.conclusion(found)
    if fail_on_regression and found.is_worse:
        raise SloMissedError(f"{found.after.run} against {found.before.run}: {said}")
    if fail_on_regression and not found.is_judged:
        raise InvalidRunError(said)
    say(said)


def baseline(action: str, run: str, *, force: bool, dry: bool) -> None:
    """Show, set or clear the baselines; or say which file that would change."""
    if action not in {"show", "set", "clear"} or (run and action != "set"):
        raise UsageError(f"baseline must be one of show, set [RUN], clear; got {f'{action} {run}'.strip()!r}")
    if action == "show":
        say(*baseline_.lines(RUNS))
    elif dry:
        say(f"write {RUNS / baseline_.FILE}")
    elif action == "set":
        chosen = baseline_.choose(RUNS, stored_run.require_schema(run_choice.folder(RUNS, run)), force=force)
        say(f"baseline of {chosen.kind}: {chosen.run}", "next: './invokew compare' compares the newest run with it")
    else:
        cleared = baseline_.clear(RUNS)
        say(f"cleared: the baseline of {', '.join(cleared)}" if cleared else "there was no baseline")


@contextmanager
def _writing(what: str) -> Iterator[None]:
    """A disk that refuses is an error in a line."""
    try:
        yield
    except OSError as error:
        raise ToolError(
            f"the {what} can't be written: {error}; free some space, or copy the folder to where you may write"
        ) from error
