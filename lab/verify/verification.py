"""`verify`: the spec's acceptance criteria and the checks across layers, one by one, on the lab that is up.

What only looks goes side by side; what puts load on the lab or takes something away comes after it, one at a time.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lab.core.errors import LabError, ToolError, UsageError
from lab.core.figures import seconds
from lab.present.console import wide_console
from lab.process import shell
from lab.process.steps import Say
from lab.verify.criteria import CRITERIA, Checks, Criterion
from lab.verify.finding import Finding, does_not_apply

AT_ONCE = 4
"""Checks that run at the same time: more would only wait for each other on a small machine."""
MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", "dim")}  # noqa: RUF001 - not a minus


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the check of a criterion found, and the seconds it took."""

    criterion: Criterion
    finding: Finding
    seconds: float


def choose(only: str) -> tuple[Criterion, ...]:
    """The criteria of these ids, with commas between them; all of them when none is named.

    Raises:
        UsageError: There is no such check.
    """
    wanted = [name.strip().lower() for name in only.split(",")] if only else []
    known = [one.id for one in CRITERIA]
    for name in wanted:
        if name not in known:
            raise UsageError(f"check must be one of {', '.join(known)}; got {name!r}")
    return tuple(one for one in CRITERIA if not wanted or one.id in wanted)


def plan(criteria: Iterable[Criterion]) -> list[str]:
    """What would be checked, a line each."""
    return [f"{one.id}: {one.text}" + ("; by itself" if one.disturbs else "") for one in criteria]


def carry_out(checks: Checks, criteria: Sequence[Criterion], say: Say, *, runtime: str) -> list[Result]:
    """Check criteria, whatever the one before found; their results in the same order.

    Args:
        checks: Those that apply to what the lab stands on.
        criteria: Those that are asked for.
        say: Told what goes on.
        runtime: What the lab stands on, for the criteria that don't apply to it.

    Raises:
        InterruptedLabError: The lab is being stopped.
    """
    harmless = [one for one in criteria if not one.disturbs and one.id in checks]
    if harmless:
        say(f"checking {', '.join(one.id for one in harmless)}")
    found = {result.criterion.id: result for result in _side_by_side(checks, harmless)}
    for one in criteria:
        if one.id not in checks:
            finding = does_not_apply(f"does not apply to the runtime {runtime}")
            found[one.id] = Result(criterion=one, finding=finding, seconds=0.0)
        elif one.disturbs:
            say(f"{one.id}: {one.text}")
            found[one.id] = _carry_out(checks, one)
    return [found[one.id] for one in criteria]


def _side_by_side(checks: Checks, criteria: Sequence[Criterion]) -> list[Result]:
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="check") as pool:
        futures = [pool.submit(_carry_out, checks, one) for one in criteria]
        try:
            return [future.result() for future in futures]
        except BaseException:
            shell.stop_all()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _carry_out(checks: Checks, criterion: Criterion) -> Result:
    began = time.monotonic()
    try:
        finding = checks[criterion.id]()
    except shell.InterruptedLabError:
        raise
    except LabError as error:
        finding = Finding(ok=False, evidence=": ".join((error.summary, *error.details[-1:])))
    except Exception as error:  # noqa: BLE001 - the other checks are told, whatever this one stumbled over
        finding = Finding(ok=False, evidence=f"{type(error).__name__}: {error}")
    return Result(criterion=criterion, finding=finding, seconds=time.monotonic() - began)


def show(results: Iterable[Result]) -> None:
    """Print the table."""
    from rich.table import Table  # noqa: PLC0415 - 40 ms that other commands need not pay
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, show_header=False, pad_edge=False)
    for result in results:
        mark, style = MARKS[result.finding.ok]
        evidence = Text(result.finding.evidence, style="dim" if result.finding.ok else "")
        table.add_row(
            Text(mark, style=style), result.criterion.id, result.criterion.text, evidence, seconds(result.seconds)
        )
    wide_console().print(table)


def require_all(results: Sequence[Result]) -> None:
    """Turn what was found into the exit code that scripts ask for.

    Raises:
        UsageError: None of them says anything of this lab.
        ToolError: A check failed; the first is told.
    """
    if results and all(result.finding.ok is None for result in results):
        raise UsageError(
            f"nothing was checked: {results[0].criterion.id} {results[0].finding.evidence}; choose others, "
            "or leave --only out"
        )
    failed = [result for result in results if result.finding.ok is False]
    if failed:
        names = ", ".join(result.criterion.id for result in failed)
        again = "then './invokew verify --only=" + names.replace(" ", "") + "'"
        raise ToolError(f"{len(failed)} of {len(results)} checks failed: {names}; run './invokew up', {again}")


def summary(results: Sequence[Result]) -> str:
    """The last line of checks of which none failed."""
    passed = sum(result.finding.ok is True for result in results)
    others = len(results) - passed
    return f"passed: {passed}" + (f"; for another topology or runtime: {others}" if others else "")
