"""The commands on runs that were made: a run's report, the list, two compared, the baselines."""

from collections.abc import Iterator
from contextlib import contextmanager

from lab.commands.command import say
from lab.compare import comparison, terminal, wording
from lab.compare import comparison_page as page
from lab.core.errors import InvalidRunError, SloMissedError, ToolError, UsageError
from lab.core.paths import RUNS
from lab.present import report as report_
from lab.store import baseline as baseline_
from lab.store import listing, run_choice


def report(run: str, *, dry: bool) -> None:
    """Make the report of a run from its folder, and say what it says; or say what would be written."""
    folder = run_choice.folder(RUNS, run)
    if dry:
        say(*(f"write {folder / name}" for name in (report_.HTML, report_.JSON, report_.MARKDOWN, report_.JUNIT)))
        return
    with _writing("report"):
        written = report_.write(folder)
    say(report_.headline(folder), f"report: {written}")


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
    file = page.file(chosen.before, chosen.after)
    if dry:
        say(f"write {file}")
        return
    found = comparison.compare(chosen.before, chosen.after)
    terminal.comparison(found, chosen.why)
    with _writing("page"):
        say(f"page: {page.write(found, file)}")
    said = wording.conclusion(found)
    if fail_on_regression and not found.is_judged:
        raise InvalidRunError(said)
    if fail_on_regression and found.is_worse:
        raise SloMissedError(f"{found.after.run} against {found.before.run}: {said}")
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
        chosen = baseline_.choose(RUNS, run_choice.folder(RUNS, run), force=force)
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
