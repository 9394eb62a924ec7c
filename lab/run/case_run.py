"""Runs one case: k6 with its load, the fault at its time, and what was scraped; everything ends up in its folder."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext

from lab.core.causes import DISK_FULL, LOAD_GENERATOR, Cause
from lab.core.errors import FaultError, LabError, ToolError
from lab.core.figures import seconds
from lab.core.windows import Outage, Window
from lab.measure import control, extract, records, samples
from lab.measure.control import ControlRecording
from lab.measure.extract import K6_REQUESTS, Extract
from lab.measure.measurements import CaseMeasurements, Generator
from lab.measure.measuring import Recording, load_of, measure
from lab.measure.metrics import SCRAPE_SECONDS, wait_for_answers
from lab.measure.records import Reading
from lab.measure.samples import Samples
from lab.oracle import assess
from lab.run.around import Around
from lab.run.case_progress import Progress
from lab.run.consumption import Consumption
from lab.run.control_stream import ControlStream
from lab.run.fault_schedule import FaultSchedule
from lab.run.fleet import Fleet
from lab.run.grafana import FAULT, Grafana, tags
from lab.run.load_context import LoadContext
from lab.run.outlook import Loss, Outlook
from lab.run.watch import Seen, Watch
from lab.settings.suites import CAPACITY, Case
from lab.settings.topology import Topology
from lab.store.files import Event, EventsFile, ExtractFile, MeasurementsFile, Part, RecordingFile
from lab.store.runs import Run
from lab.tools import k6

LOOK = 0.2
"""Seconds between two looks at k6."""
SCRAPE_DEADLINE = 20.0
"""Seconds after the load in which engines and gateway must have answered one more scrape."""
LAST_MATCHED = 1.0
"""Seconds after the last answer before which no scrape is the last one: what an engine has under way at that is counted
as never matched, and of several shards one whose last scrape comes before the last answer ends the count of all."""
EVIDENCE = 10.0
"""Seconds of the judged part of a load that a loss of the design's own must leave its mark in, before it ends it."""


class CaseRun:
    """One execution of one case.

    Args:
        context: What it is run with.
        run: The folder of the run that it is a part of.
        case: What to run.
        topology: What stands.
        seed: Of all that its load draws at random.
        name: Of its own folder and testid: a run may have the case more than once.
        notes: What its reader is to know.

    Attributes:
        broke: What broke while it was measured, as the measurements' problems and its fault's error have it in words.
        host_busy: The share of the machine's CPU that was used during the load, by whatever; 0 before it.
    """

    broke: list[LabError]
    host_busy: float

    def __init__(  # noqa: PLR0913 - the run's four, and what tells its cases apart
        self,
        context: LoadContext,
        run: Run,
        case: Case,
        topology: Topology,
        *,
        seed: int,
        name: str,
        notes: Sequence[str] = (),
    ) -> None:
        self._context = context
        self._run = run
        self._case = case
        self._topology = topology
        self._seed = seed
        self._name = name
        self._testid = run.testid(self._name)
        self._folder = run.case(self._name)
        self._around = Around(context, case, self._folder)
        self.host_busy = 0.0
        self._events: list[Event] = []
        self.broke = []
        self._warnings: list[str] = [*notes]
        self._overran = False
        self._loss: Loss | None = None
        self._control_problem: str | None = None

    def measure(self) -> CaseMeasurements:
        """Run the load and measure it; what breaks becomes a problem of the measurements.

        Raises:
            ToolError: The books can't be emptied, or k6 can't be started.
        """
        try:
            self._empty_books()
            self._look_around()
            with self._consumption() as consumption:
                process, schedule = self._load()
                measured = self._measured(process, schedule, consumption)
            self._run.write(MeasurementsFile(measurements=measured), self._name)
            return measured
        finally:
            self._run.write(EventsFile(events=tuple(self._events)), self._name)

    def _empty_books(self) -> None:
        if not self._case.settings.clean:
            return
        self._event("restart of the shards asked for")
        self._tell("restarting the shards")
        emptied = self._context.empty_books()
        self._event(f"books empty: {', '.join(f'{pod} on {node}' for pod, node in emptied.pods.items())}")
        self._context.say(f"{self._case.id}: {emptied}")

    def _look_around(self) -> None:
        """What the load rests on, right before it; a fault's time counts from the load's begin, not from here."""
        if self._case.limits.calibration:
            self._event("calibration of the path")
            self._tell("measuring the path")
        self._around.begin()

    def _load(self) -> tuple[Fleet, FaultSchedule | None]:
        with ExitStack() as stack:
            schedule = self._schedule()
            stack.enter_context(self._around.outage())
            if schedule:
                stack.enter_context(schedule)
            self._begin_control(stack)
            process = stack.enter_context(self._context.make_load(self._asked()))
            outlook = stack.enter_context(Outlook(self._context.look_for_loss, self._folder))
            watch = stack.enter_context(Watch(self._context.metrics, apis=process.apis, testid=self._testid))
            if schedule:
                # First of all when the load ends or breaks off: k6's own end may take a while.
                stack.callback(schedule.cancel)
            self._event("k6 started")
            self._tell("starting k6")
            self._follow(process, schedule, watch, outlook)
        self._event(f"k6 ended with {process.exit_code}")
        self.host_busy = process.host_busy
        return process, schedule

    def _schedule(self) -> FaultSchedule | None:
        fault = self._case.settings.fault
        return FaultSchedule(self._context.make_fault(), fault, on_event=self._event) if fault else None

    def _asked(self) -> k6.Load:
        return k6.Load(
            case=self._case, topology=self._topology, seed=self._seed, testid=self._testid, folder=self._folder
        )

    def _begin_control(self, stack: ExitStack) -> None:
        """Let the control's stream flow until the stack is left, where the case has one."""
        rate, url = self._case.limits.control, self._context.control
        if not rate or url is None:
            return
        lasts = k6.deadline(self._case, self._topology)
        control = ControlStream(
            self._context.make_steady,
            url,
            rate=rate,
            folder=self._folder,
            lasts=lasts,
            clock=self._case.limits.clock,
        )
        stack.callback(self._judge_control, control)
        self._tell("starting the control")
        stack.enter_context(control)
        self._event("the control's stream flows")

    def _judge_control(self, control: ControlStream) -> None:
        """Without it the load counts still; only what it would have excused is not."""
        self._control_problem = control.problem
        if control.problem:
            self._warnings.append(
                f"the control's stream beside the load failed, so it excuses nothing: {control.problem}"
            )

    def _follow(self, process: Fleet, schedule: FaultSchedule | None, watch: Watch, outlook: Outlook) -> None:
        has_begun = False
        while process.look():
            if process.load_began is not None and not has_begun:
                has_begun = True
                self._event("load began")
                if schedule:
                    schedule.begin(process.load_began)
            self._report(process, watch.seen)
            if self._is_overrun(process) or self._is_lost(process, outlook.loss):
                process.stop()
            time.sleep(LOOK)

    def _is_overrun(self, process: Fleet) -> bool:
        """A script of the user's own may last longer than the case: smoke shortens the case, not the script."""
        if process.load_began is None:
            return False
        lasted = time.time() - process.load_began / 1000
        self._overran = lasted > self._case.settings.duration + k6.OVERRUN
        return self._overran

    def _is_lost(self, process: Fleet, loss: Loss | None) -> bool:
        """Whether the load can't get over what was lost, and what that does to it has been seen."""
        if loss is None or not (loss.of_machine or self._shows(process)):
            return False
        self._loss = loss
        self._event(f"ended early: {loss.what}")
        return True

    def _shows(self, process: Fleet) -> bool:
        """Whether a loss of the design's own is in the judged figures; one that an asked fault made may heal."""
        settings = self._case.settings
        if settings.fault or process.load_began is None:
            return False
        return time.time() - process.load_began / 1000 > settings.warmup + EVIDENCE

    def _report(self, process: Fleet, seen: Seen) -> None:
        if process.load_began is None:
            if process.requests:
                self._tell("seeding the book", requests=process.requests)
            return
        elapsed = time.time() - process.load_began / 1000
        progress = Progress(case=self._case, doing="load", requests=process.requests, elapsed=elapsed, seen=seen)
        self._context.on_progress(progress)

    def _tell(self, doing: str, *, requests: int = 0) -> None:
        """Say what goes on when it isn't the load."""
        self._context.on_progress(Progress(case=self._case, doing=doing, requests=requests))

    def _consumption(self) -> AbstractContextManager[Consumption | None]:
        """What reads the engines' records: of what is judged, but of no try of a search, which asks for speed alone."""
        if not self._case.settings.judged or self._case.id == CAPACITY:
            return nullcontext()
        return Consumption(self._context.make_consumer())

    def _measured(
        self, process: Fleet, schedule: FaultSchedule | None, consumption: Consumption | None
    ) -> CaseMeasurements:
        self._tell("reading what was measured")
        self._judge_end(process)
        recorded = self._samples()
        load = load_of(self._case, recorded, process.started)
        # Before the metrics: what is scraped then is what the engines counted after their last record.
        reading = consumption.keep(self._folder / records.FILE) if consumption else None
        found = self._extract(load, recorded, reading)
        outage = schedule.outage if schedule else None
        if outage and self._context.grafana:
            self._mark(self._context.grafana, outage)
        around = self._around.end()
        recording = Recording(
            testid=self._testid,
            started=process.started,
            samples=recorded,
            extract=found,
            generator=self._generator(process, recorded, found),
            outage=outage,
            problems=tuple(error.summary for error in self.broke),
            fault_error=schedule.error if schedule else None,
            warnings=tuple(self._warnings),
            around=around,
            control=self._recorded_control(),
            control_problem=self._control_problem,
            reading=reading,
            ended_early=self._loss.what if self._loss and not self._loss.of_machine else None,
        )
        self._run.write(RecordingFile.of(recording), self._name)
        if recording.fault_error:
            self.broke.append(FaultError(recording.fault_error))
        measured = measure(self._case, self._topology, recording)
        asked = assess.Asked(case=self._case, topology=self._topology, folder=self._folder, seed=self._seed)
        return assess.assessed(asked, recording, measured)

    def _judge_end(self, process: Fleet) -> None:
        if self._loss:
            if self._loss.of_machine:
                self._break(f"the load was ended early: {self._loss.what}", DISK_FULL)
        elif process.overdue:
            deadline = seconds(k6.deadline(self._case, self._topology))
            self._break(f"k6 did not end within {deadline} and was stopped", LOAD_GENERATOR)
        elif self._overran:
            self._warnings.append(
                f"the script's load went on {k6.OVERRUN} s after the case's {self._case.settings.duration} s "
                "and was stopped"
            )
        elif problem := process.problem:
            self.broke.append(problem)

    def _samples(self) -> Samples:
        try:
            recorded = samples.read(k6.points(self._folder), self._case.settings)
        except ToolError as error:
            self.broke.append(error)
            return Samples(orders=(), dropped=0)
        if not recorded.orders and not self.broke:
            self._break(f"{self._case.script} sent no order; look at {self._folder / k6.LOG}", LOAD_GENERATOR)
        return recorded

    def _recorded_control(self) -> ControlRecording | None:
        path = self._folder / control.FOLDER / k6.SAMPLES
        try:
            return control.read(path) if path.exists() else None
        except ToolError as error:
            return ControlRecording(requests=(), problem=error.summary)

    def _break(self, what: str, cause: Cause) -> None:
        self.broke.append(ToolError(what, cause=cause))

    def _extract(self, load: Window, recorded: Samples, reading: Reading | None) -> Extract:
        answered = (recorded.answered or 0.0) + LAST_MATCHED * 1000
        ended = min(load.end, time.time() * 1000)
        fetched = load.end + (extract.AFTER - SCRAPE_SECONDS) * 1000
        ended = max((ended, *(one for one in (answered, reading.until if reading else 0.0) if one < fetched)))
        try:
            wait_for_answers(self._context.metrics, after=ended, deadline=SCRAPE_DEADLINE)
            found = extract.fetch(self._context.metrics, load, self._testid)
        except ToolError as error:
            self.broke.append(error)
            return {}
        wanted = extract.selectors(self._testid)
        parts = {name: Part(selector=str(wanted[name]), series=series) for name, series in found.items()}
        self._run.write(ExtractFile(parts=parts), self._name)
        return found

    def _generator(self, process: Fleet, recorded: Samples, found: Extract) -> Generator:
        return Generator(
            exit_code=process.exit_code,
            cores=process.cores,
            cpu_share=process.cpu_share,
            host_busy=process.host_busiest,
            host_cores=process.host_cores,
            dropped=recorded.dropped,
            late_writes=process.late_writes,
            series=len(found.get(K6_REQUESTS, ())) if self._context.remote_write else None,
            runners=process.figures(recorded),
        )

    def _mark(self, grafana: Grafana, outage: Outage) -> None:
        text = f"{self._case.id}: broker away"
        try:
            about = tags(FAULT, run=self._run.id, case=self._case.id, testid=self._testid)
            grafana.annotate(text, start=outage.began, end=outage.over, tags=about)
        except LabError as error:
            self._warnings.append(f"the outage is not marked on the dashboards: {error.summary}")

    def _event(self, what: str) -> None:
        self._events.append(Event(at=time.time() * 1000, what=what))
