"""Seeks a topology's capacity on a lab that is up: one try after the other, all of them kept whatever happens."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from lab.core import figures
from lab.core.errors import LabError
from lab.judge.capacity import Capacity, Machine
from lab.judge.demand import Demand
from lab.judge.rate_search import Search
from lab.judge.speedup import speed_up
from lab.judge.tries import Try, TryOutcome, try_of
from lab.judge.verdict import judge_case
from lab.process.shell import InterruptedLabError
from lab.run.case_run import CaseRun
from lab.run.listener import Explain, Listener
from lab.run.load_context import LoadContext
from lab.run.marks import Mark, mark
from lab.settings import suites
from lab.settings.settings import Settings
from lab.settings.suites import Suite
from lab.store.capacities import capacities
from lab.store.files import CapacityFile
from lab.store.runs import Run

INTERRUPTED = "the search was interrupted"


class CapacityRun:
    """One search, with its folder.

    Args:
        settings: The experiment's; what is sought is `settings.capacity`.
        suite: The topology and the profile.
        run: Where all is kept.
        context: What tries are run with.
        listener: Who is told.
        search: What is sought, before its first try.
        machine: What everything runs on.
        engine_cpu: The CPU limit that it gives each engine; None for its own.
        basis: What another capacity must have in common to be compared.
        worded: What was found, in lines for people; given the speed-up too, where there is one.
        explain: Told of each try that breaks.

    Attributes:
        marks: Of the tries that were measured.
    """

    marks: list[Mark]

    def __init__(  # noqa: PLR0913 - named, each of them
        self,
        settings: Settings,
        suite: Suite,
        run: Run,
        context: LoadContext,
        listener: Listener,
        *,
        search: Search | Demand,
        machine: Machine,
        basis: Mapping[str, str],
        engine_cpu: str | None = None,
        worded: Callable[[Capacity, str | None], Sequence[str]],
        explain: Explain = lambda *_: None,
    ) -> None:
        self._settings = settings
        self._suite = suite
        self._run = run
        self._context = context
        self._listener = listener
        self._machine = machine
        self._basis = basis
        self._engine_cpu = engine_cpu
        self._worded = worded
        self._explain = explain
        self._search = search
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
            interval=self._search.interval,
            tries=tuple(self._tries),
            machine=self._machine,
            basis=self._basis,
            engine_cpu=self._engine_cpu,
            demand=self._search.asked if isinstance(self._search, Demand) else None,
            broke_off=broke_off,
        )
        more = speed_up(found, capacities(self._run.path.parent))
        said = tuple(self._worded(found, str(more) if more else None))
        self._run.write(CapacityFile(conclusion=said, matches=found.matches, speed_up=more, capacity=found))
        return found

    def _seek(self) -> str | None:
        """Why the search broke off; None when it is over."""
        while (rate := self._search.rate) is not None:
            one = self._try(rate)
            if one.outcome is TryOutcome.UNMEASURED:
                one = self._try(rate)  # what had nothing to do with the rate may be over
            if one.outcome is TryOutcome.UNMEASURED:
                return f"{figures.number(rate)} orders/min could not be measured twice in a row: {one.reason}"
            self._search = self._search.after(holds=one.outcome is TryOutcome.HELD)
            self._keep(INTERRUPTED)
        if isinstance(self._search, Demand) and self._search.is_carried is None:
            return f"{self._search.held} of {self._search.tries} tries held: the rate is about its capacity"
        return None

    def _try(self, rate: int) -> Try:
        number = len(self._tries) + 1
        case = suites.capacity_case(self._settings, self._suite.topology, self._suite.profile, rate)
        name = f"try-{number:02}-{rate}"
        self._listener.begin(case.id, f"try {number} {case.settings.title}")
        execution = CaseRun(self._context, self._run, case, self._suite.topology, seed=self._suite.seed, name=name)
        began = datetime.now(UTC)
        try:
            measured = execution.measure()
        except InterruptedLabError:
            raise
        except LabError as error:
            self._explain(name, began, error)
            one = Try(name=name, rate=rate, outcome=TryOutcome.UNMEASURED, reason=error.summary)
        else:
            one = try_of(name, case, measured, judge_case(case, measured), host_busy=execution.host_busy)
            self.marks.append(mark(name, measured, f"{one.outcome.value}: {one.reason}"))
        self._tries.append(one)
        self._listener.tried(one)
        return one
