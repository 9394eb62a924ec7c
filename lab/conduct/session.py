"""What suites and searches have in common: the lab to be loaded, the run's folder, who is told, and the conclusion."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.conduct import provenance
from lab.conduct.place import Place
from lab.core.paths import ROOT, RUNS
from lab.present import report
from lab.present.results import Display
from lab.run import marks
from lab.run.load_context import LoadContext
from lab.settings.suites import Suite
from lab.store.interrupted_run import InterruptedRun
from lab.store.runs import Run


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run under way.

    Args:
        display: Who is told.
        context: What cases are run with.
        run: Its folder.
    """

    display: Display
    context: LoadContext
    run: Run

    @property
    def folder(self) -> str:
        """Where its evidence is, from the project's root."""
        return str(self.run.path.relative_to(ROOT))

    def conclude(self, loads: Sequence[marks.Mark]) -> None:
        """Mark its loads on the dashboard and write its report; say where both are."""
        for said in marks.leave(self.context.grafana, self.run, loads):
            self.display.say(said)
        self.display.say(report.conclude(self.run.path))


@contextmanager
def opened(place: Place, suite: Suite, again: InterruptedRun | None = None) -> Iterator[Session]:
    """A context in which a run is made, shown and kept under `runs/`, with what it ran on, once each shard fills.

    Args:
        place: What the lab stands on; its topology is the suite's already.
        suite: What is run.
        again: The run to go on with, which has kept what it began on.
    """
    with (
        Display(suite) as display,
        place.load_context(suite.topology, display.progress, display.say) as context,
    ):
        display.say(context.try_out())
        if again:
            context.state.first = again.state
            again.run.be_latest()
        run = again.run if again else Run.create(RUNS, suite, datetime.now(UTC))
        for note in () if again else provenance.keep(place, suite, run):
            display.say(note)
        yield Session(display=display, context=context, run=run)
