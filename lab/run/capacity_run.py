"""Seeks a topology's capacity on a lab that is up: one try after the other, all of them kept whatever happens."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from lab.core.errors import InvalidRunError, LabError, SloMissedError
from lab.core.paths import ROOT, RUNS
from lab.diagnose.broken_case import Explain, explain_in
from lab.judge.capacity import FILE, Capacity, Machine
from lab.judge.rate_search import Search
from lab.judge.speedup import speed_up
from lab.judge.tries import Came, Try, try_of
from lab.judge.verdict import judge_case
from lab.present import report
from lab.present.capacity_rows import COLUMNS, conclusion, line, lines, rows
from lab.present.results import Display
from lab.process.shell import InterruptedLabError
from lab.run import provenance
from lab.run.bench import Bench
from lab.run.case_run import CaseRun
from lab.run.marks import Mark, leave, mark
from lab.runtime.runtime import Runtime
from lab.settings import suites
from lab.settings.settings import Settings
from lab.settings.suites import Suite
from lab.store.runs import Run

INTERRUPTED = "the search was interrupted"


class CapacityRun:
    """One search, with its folder.

    Args:
        settings: The experiment's; what is sought is `settings.capacity`.
        suite: The topology and the profile.
        run: Where all is kept.
        bench: What tries are run with.
        display: Where they are shown.
        machine: What everything runs on.
        basis: What another capacity must have in common to be compared.

    Attributes:
        marks: Of the tries that were measured.
    """

    marks: list[Mark]

    def __init__(  # noqa: PLR0913 - named, each of them
        self,
        settings: Settings,
        suite: Suite,
        run: Run,
        bench: Bench,
        display: Display,
        *,
        machine: Machine,
        basis: Mapping[str, str],
        explain: Explain = lambda *_: None,
    ) -> None:
        self._settings = settings
        self._suite = suite
        self._run = run
        self._bench = bench
        self._display = display
        self._machine = machine
        self._basis = basis
        self._explain = explain
        self._search = Search(settings=settings.capacity.at(suite.profile))
        self._tries: list[Try] = []
        self.marks = []

    def find(self) -> Capacity:
        """Search to the end; what there is is written after each try, and however this ends."""
        broke_off: str | None = INTERRUPTED
        self._keep(broke_off)
        try:
            broke_off = self._seek()
        finally:
            found = self._keep(broke_off)
        return found

    def _keep(self, broke_off: str | None) -> Capacity:
        found = Capacity(
            run=self._run.id,
            topology=self._suite.topology.name,
            shards=len(self._suite.topology.shards),
            profile=self._suite.profile,
            runtime=self._suite.runtime,
            bracket=self._search.bracket,
            tries=tuple(self._tries),
            machine=self._machine,
            basis=self._basis,
            broke_off=broke_off,
        )
        more = speed_up(found, self._run.path.parent)
        said = lines(found, str(more) if more else None)
        self._run.write(FILE, {"conclusion": said, "matches": found.matches, "speed_up": more, **vars(found)})
        return found

    def _seek(self) -> str | None:
        """Why the search broke off; None when it is over."""
        while (rate := self._search.rate) is not None:
            one = self._try(rate)
            if one.came is Came.UNMEASURED:
                one = self._try(rate)  # what had nothing to do with the rate may be over
            if one.came is Came.UNMEASURED:
                return f"{rate:,} orders/min could not be measured, twice: {one.reason}"
            self._search = self._search.after(holds=one.came is Came.HELD)
            self._keep(INTERRUPTED)
        return None

    def _try(self, rate: int) -> Try:
        number = len(self._tries) + 1
        case = suites.capacity_case(self._settings, self._suite.topology, self._suite.profile, rate)
        name = f"try-{number:02}-{rate}"
        self._display.begin(case.id, f"try {number} {case.settings.title}")
        execution = CaseRun(self._bench, self._run, case, self._suite.topology, name=name)
        began = datetime.now(UTC)
        try:
            measured = execution.measure()
        except InterruptedLabError:
            raise
        except LabError as error:
            self._explain(name, began, error)
            one = Try(name=name, rate=rate, came=Came.UNMEASURED, reason=error.summary)
        else:
            one = try_of(name, case, measured, judge_case(case, measured), host_busy=execution.host_busy)
            self.marks.append(mark(name, measured, f"{one.came.value}: {one.reason}"))
        self._tries.append(one)
        self._display.console.print(line(one))
        return one


def run_capacity(runtime: Runtime, suite: Suite) -> Capacity:
    """Seek the capacity on a lab that is up, show it and keep it under `runs/`.

    Args:
        runtime: What the lab stands on; its topology is the suite's already.
        suite: The search, as `suites.capacity_suite` makes it.
    """
    settings = runtime.lab.settings
    with Display(suite) as display, runtime.bench(suite.topology, display.progress, display.console.print) as bench:
        run = Run.create(RUNS, suite, datetime.now(UTC))
        for note in provenance.keep(runtime, suite, run):
            display.console.print(note)
        machine, engines = runtime.machine(), runtime.engines()
        basis = {
            "settings": provenance.settings_hash(settings),
            "profile": suite.profile,
            "runtime": suite.runtime,
            "engine": ", ".join(engines),
            "machine": f"{machine.nodes} nodes, {machine.cores:g} cores",
        }
        say = partial(display.console.print, markup=False)
        explain = explain_in(runtime, run.path, say, command=f"capacity --topology={suite.topology.name}")
        search = CapacityRun(settings, suite, run, bench, display, machine=machine, basis=basis, explain=explain)
        found = search.find()
    _show(display, found, str(run.path.relative_to(ROOT)))
    for said in leave(bench.grafana, run, search.marks):
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
    more = speed_up(found, RUNS)
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
