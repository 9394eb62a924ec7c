"""Seeks a topology's capacity on a lab that is up, shows the search, and keeps it under `runs/`."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from lab.conduct import provenance
from lab.conduct.place import Place
from lab.conduct.session import Session, opened
from lab.core.errors import InvalidRunError, SloMissedError
from lab.diagnose.broken_case import explain_in
from lab.judge.capacity import Capacity
from lab.judge.demand import Demand
from lab.judge.rate_search import Search
from lab.judge.speedup import speed_up
from lab.present.capacity_rows import COLUMNS, conclusion, lines, rows
from lab.run.books import Emptied
from lab.run.capacity_run import CapacityRun
from lab.settings.suites import Suite
from lab.store.capacities import capacities


def run_capacity(place: Place, suite: Suite, *, engine_cpu: str | None = None, demand: int | None = None) -> Capacity:
    """Seek the capacity on a lab that is up, show it and keep it under `runs/`.

    Args:
        place: What the lab stands on; its topology is the suite's already.
        suite: The search, as `suites.capacity_suite` makes it.
        engine_cpu: The CPU limit that each engine gets for its time, as Kubernetes writes it; its own if None.
        demand: The only rate that is tried, to see whether the topology carries it; None: its capacity is sought.
    """
    settings = place.lab.settings
    limiting = place.engine_cpu(suite.topology, engine_cpu) if engine_cpu else nullcontext(_nothing)
    with limiting as limit, opened(place, suite) as session:
        machine, engines = place.machine(), place.engines()
        basis = {
            "settings": provenance.settings_hash(settings),
            "profile": suite.profile,
            "runtime": suite.runtime,
            "engine": ", ".join(engines),
            "machine": f"{machine.nodes} nodes, {machine.cores:g} cores",
            "engine CPU": engine_cpu or "its own",
        }
        limited = f" --engine-cpu={engine_cpu}" if engine_cpu else ""
        command = f"capacity --topology={suite.topology.name}{limited}"
        explain = explain_in(place, session.run.path, session.display.say, command=command)
        search = CapacityRun(
            settings,
            suite,
            session.run,
            replace(session.context, empty_books=_limited(session.context.empty_books, limit)),
            session.display,
            search=Search.of(settings.capacity.at(suite.profile)) if demand is None else Demand(asked=demand),
            engine_cpu=engine_cpu,
            machine=machine,
            basis=basis,
            worded=lines,
            explain=explain,
        )
        found = search.find()
    _show(session, found)
    session.conclude(search.marks)
    return found


def _nothing() -> None:
    """Engines have their own limits."""


def _limited(empty_books: Callable[[], Emptied], limit: Callable[[], None]) -> Callable[[], Emptied]:
    """Empties the books, and limits the engines that were started for it."""

    def emptied() -> Emptied:
        done = empty_books()
        limit()
        return done

    return emptied


def _show(session: Session, found: Capacity) -> None:
    from rich.table import Table  # noqa: PLC0415 - as slow as Display's own

    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in {"try", "", "why"} else "right", no_wrap=column != "why")
    for row in rows(found):
        table.add_row(*row)
    session.display.console.print(table)
    more = speed_up(found, capacities(session.run.path.parent))
    for said in lines(found, str(more) if more else None):
        session.display.say(said)
    session.display.say(f"evidence: {session.folder}")


def require_ended(found: Capacity) -> None:
    """Refuse a search that broke off.

    Raises:
        InvalidRunError: It did.
    """
    if found.broke_off:
        raise InvalidRunError(conclusion(found))


def require_found(found: Capacity) -> None:
    """Turn what was found into the exit code that scripts ask for.

    Raises:
        InvalidRunError: The search broke off.
        SloMissedError: Not even the least rate held.
    """
    require_ended(found)
    if found.rate is None:
        raise SloMissedError(conclusion(found))
