"""Seeks a topology's capacity on a lab that is up, shows the search, and keeps it under `runs/`."""

from datetime import UTC, datetime
from functools import partial

from lab.conduct import provenance
from lab.conduct.place import Place
from lab.core.errors import InvalidRunError, SloMissedError
from lab.core.paths import ROOT, RUNS
from lab.diagnose.broken_case import explain_in
from lab.judge.capacity import Capacity
from lab.judge.speedup import speed_up
from lab.present import report
from lab.present.capacity_rows import COLUMNS, conclusion, lines, rows
from lab.present.results import Display
from lab.run.capacity_run import CapacityRun
from lab.run.marks import leave
from lab.settings.suites import Suite
from lab.store.capacities import capacities
from lab.store.runs import Run


def run_capacity(place: Place, suite: Suite) -> Capacity:
    """Seek the capacity on a lab that is up, show it and keep it under `runs/`.

    Args:
        place: What the lab stands on; its topology is the suite's already.
        suite: The search, as `suites.capacity_suite` makes it.
    """
    settings = place.lab.settings
    with (
        Display(suite) as display,
        place.load_context(suite.topology, display.progress, display.console.print) as context,
    ):
        run = Run.create(RUNS, suite, datetime.now(UTC))
        for note in provenance.keep(place, suite, run):
            display.console.print(note)
        machine, engines = place.machine(), place.engines()
        basis = {
            "settings": provenance.settings_hash(settings),
            "profile": suite.profile,
            "runtime": suite.runtime,
            "engine": ", ".join(engines),
            "machine": f"{machine.nodes} nodes, {machine.cores:g} cores",
        }
        say = partial(display.console.print, markup=False)
        explain = explain_in(place, run.path, say, command=f"capacity --topology={suite.topology.name}")
        search = CapacityRun(
            settings, suite, run, context, display, machine=machine, basis=basis, worded=lines, explain=explain
        )
        found = search.find()
    _show(display, found, str(run.path.relative_to(ROOT)))
    for said in leave(context.grafana, run, search.marks):
        display.console.print(said, markup=False)
    display.console.print(report.conclude(run.path))
    return found


def _show(display: Display, found: Capacity, folder: str) -> None:
    from rich.table import Table  # noqa: PLC0415 - as slow as Display's own

    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in {"try", "", "why"} else "right", no_wrap=column != "why")
    for row in rows(found):
        table.add_row(*row)
    display.console.print(table)
    more = speed_up(found, capacities(RUNS))
    for said in lines(found, str(more) if more else None):
        display.console.print(said, markup=False)
    display.console.print(f"evidence: {folder}")


def require_found(found: Capacity) -> None:
    """Turn what was found into the exit code that scripts ask for.

    Raises:
        InvalidRunError: The search broke off.
        SloMissedError: Not even the least rate held.
    """
    if found.broke_off:
        raise InvalidRunError(conclusion(found))
    if found.bracket.held is None:
        raise SloMissedError(conclusion(found))
