"""`verify`: the spec's acceptance criteria and the checks across layers, one by one, on the lab that is up.

What only looks goes side by side; what puts load on the lab or takes something away comes after it, one at a time.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from lab.acceptance import teardown
from lab.acceptance.check import Check
from lab.acceptance.criteria import CHECKS
from lab.acceptance.finding import Finding
from lab.acceptance.site import Site
from lab.errors import LabError, ToolError, UsageError
from lab.lab import Lab
from lab.outage import fault
from lab.process import shell
from lab.status import standing
from lab.toolbox import k3d

AT_ONCE = 4
"""Checks that look at the same time: more would only wait for each other on a small machine."""
MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", "dim")}  # noqa: RUF001 - not a minus
PLAIN_WIDTH = 300

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a check found, and the seconds it took."""

    check: Check
    finding: Finding
    seconds: float


def choose(only: str) -> tuple[Check, ...]:
    """The checks of these ids, with commas between them; all of them when none is named.

    Raises:
        UsageError: There is no such check.
    """
    wanted = [name.strip().lower() for name in only.split(",") if name.strip()]
    known = [check.id for check in CHECKS]
    for name in wanted:
        if name not in known:
            raise UsageError(f"check must be one of {', '.join(known)}; got {name!r}")
    return tuple(check for check in CHECKS if not wanted or check.id in wanted)


def plan(checks: Iterable[Check]) -> list[str]:
    """What would be checked, a line each."""
    return [f"{check.id}: {check.criterion}" + ("; by itself" if check.disturbs else "") for check in checks]


def site_of(lab: Lab, say: Say) -> Site:
    """The lab that is to be checked, after what an earlier command left behind is undone.

    Raises:
        ToolError: No lab is up, or not all of it is known to the settings.
        FaultError: An outage that was left behind can't be undone.
    """
    k3d_path, settings = lab.tools.path("k3d"), lab.settings
    if k3d.cluster_state(k3d_path, settings.name) is None:
        raise ToolError(f"there is no cluster {settings.name} to check; run './invokew up'")
    name = standing(lab)
    if name is None:
        raise ToolError(f"no topology stands in cluster {settings.name}; run './invokew up'")
    if name not in settings.topologies:
        raise ToolError(
            f"topology must be one of {', '.join(settings.topologies)}; the cluster says {name!r}; run './invokew up'"
        )
    with suppress(ToolError):  # ac11 tells why it can't be done
        for item in teardown.take_away(settings, k3d_path):
            say(f"{item} was left behind by an earlier check and is removed")
    if healed := fault.heal(lab.kube):
        say(healed)
    return Site(lab=lab, topology=settings.topology(name))


def carry_out(site: Site, checks: Sequence[Check], say: Say) -> list[Result]:
    """Run checks, whatever the one before came to; their results in the order of the checks.

    Raises:
        InterruptedLabError: The lab is being stopped.
    """
    looks = [check for check in checks if not check.disturbs]
    if looks:
        say(f"looking at {', '.join(check.id for check in looks)}")
    found = {result.check.id: result for result in _side_by_side(site, looks)}
    for check in (check for check in checks if check.disturbs):
        say(f"{check.id}: {check.criterion}")
        found[check.id] = _carry_out(site, check)
    return [found[check.id] for check in checks]


def _side_by_side(site: Site, checks: Sequence[Check]) -> list[Result]:
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="check") as pool:
        futures = [pool.submit(_carry_out, site, check) for check in checks]
        try:
            return [future.result() for future in futures]
        except BaseException:
            shell.stop_all()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _carry_out(site: Site, check: Check) -> Result:
    began = time.monotonic()
    try:
        finding = check.look(site)
    except shell.InterruptedLabError:
        raise
    except LabError as error:
        finding = Finding(ok=False, evidence=": ".join((error.summary, *error.details[-1:])))
    except Exception as error:  # noqa: BLE001 - the other checks are told, whatever this one stumbled over
        finding = Finding(ok=False, evidence=f"{type(error).__name__}: {error}")
    return Result(check=check, finding=finding, seconds=time.monotonic() - began)


def show(results: Iterable[Result]) -> None:
    """Print the table."""
    from rich.console import Console  # noqa: PLC0415 - 40 ms that other commands need not pay
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, show_header=False, pad_edge=False)
    for result in results:
        mark, style = MARKS[result.finding.ok]
        evidence = Text(result.finding.evidence, style="dim" if result.finding.ok else "")
        table.add_row(Text(mark, style=style), result.check.id, result.check.criterion, evidence, _seconds(result))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    console.print(table)


def _seconds(result: Result) -> str:
    return f"{result.seconds:.1f} s"


def require_all(results: Sequence[Result]) -> None:
    """Turn what was found into the exit code that scripts ask for.

    Raises:
        ToolError: A check failed; the first is told.
    """
    failed = [result for result in results if result.finding.ok is False]
    if failed:
        names = ", ".join(result.check.id for result in failed)
        again = "then './invokew verify --only=" + names.replace(" ", "") + "'"
        raise ToolError(f"{len(failed)} of {len(results)} checks failed: {names}; run './invokew up', {again}")


def summary(results: Sequence[Result]) -> str:
    """The last line of checks of which none failed."""
    held = sum(result.finding.ok is True for result in results)
    beside = len(results) - held
    return f"passed: {held}" + (f"; for another topology: {beside}" if beside else "")
