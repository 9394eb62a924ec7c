"""A case's settings: its load, what rests in the book, what happens meanwhile, and what it is judged by."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from lab.core.windows import load_window, slices
from lab.settings.contradiction import ContradictionError
from lab.settings.fields import Int, Positive, Rate, Seconds, Share
from lab.settings.model import Listed, SettingsModel, TrialModel
from lab.settings.slo import SloSettings

Arrivals = Literal["even", "random"]
"""How orders follow each other: at even distances, or each at random within 2 s, nearly as a Poisson process has it."""


class FaultSettings(SettingsModel):
    """An outage of the broker inside a case: when it begins, and for how long Redpanda stays at 0 replicas."""

    after: Seconds
    for_: Seconds = Field(alias="for")


class StageSettings(SettingsModel):
    """A stretch of a ramp: a straight line from the rate before it to this one (orders a minute)."""

    rate: Rate
    for_: Seconds = Field(alias="for")


class HotSettings(SettingsModel):
    """A symbol that draws this share of all orders; the others share the rest evenly."""

    symbol: str
    share: Share


class BookSettings(SettingsModel):
    """What rests in the book of each symbol when the load begins: SELL orders, spread evenly over price levels.

    Args:
        orders: How many.
        levels: Over so many price levels.
        sized: Whether all have one size and the load puts back as many as it takes, which keeps the depth while the
            book turns over; if not, quantities are drawn as the contract says, and the book may run dry.
    """

    orders: Annotated[Int, Field(gt=0, le=1_000_000)]
    levels: Positive
    sized: bool = True

    @model_validator(mode="after")
    def _levels_are_filled(self) -> Self:
        if self.levels > self.orders:
            problem = f"{self.levels} levels can't be filled with {self.orders} orders; raise orders"
            raise ContradictionError(problem, "levels", "orders")
        return self


class CaseSettings(TrialModel):
    """One k6 script and the load it gets; `smoke` replaces what it names when a run is a trial.

    Args:
        title: For people.
        rate: Orders a minute, open model; of a ramp, the rate it begins with.
        duration: Of the load, warm-up included.
        stages: The ramp; empty for a constant rate.
        arrivals: How its orders follow each other.
        warmup: Not judged, at the start.
        judged: Whether it has a part in the verdict.
        shards: Ids of those that get orders; all when left out.
        hot: The symbol that draws most of the load.
        book: What rests at the start; as much as the load takes when left out.
        clean: Whether the shards are restarted before, so that nothing of an earlier case rests in their books.
        slo: The bounds that decide.
        fault: The broker's outage.
    """

    title: str
    rate: Rate
    duration: Seconds
    stages: Listed[StageSettings] = ()
    arrivals: Arrivals = "even"
    warmup: Seconds = 0
    judged: bool = True
    shards: Annotated[Listed[str], Field(min_length=1)] | None = None
    hot: HotSettings | None = None
    book: BookSettings | None = None
    clean: bool = False
    slo: SloSettings = SloSettings()
    fault: FaultSettings | None = None

    @property
    def load(self) -> Mapping[str, Any]:
        """What is sent, and to what: all that a run is made by and not judged by."""
        return self.model_dump(exclude={"title", "warmup", "judged", "slo", "smoke"})

    @property
    def orders(self) -> float:
        """How many orders the load has."""
        return self.orders_by(self.duration)

    def orders_by(self, second: float) -> float:
        """How many of them it has sent by a second of it: of a ramp, the area under its straight lines."""
        if not self.stages:
            return self.rate * second / 60
        total, begins, low = 0.0, 0, self.rate
        for stage in self.stages:
            lasted = min(max(second - begins, 0.0), stage.for_)
            high = low + (stage.rate - low) * (lasted / stage.for_ if stage.for_ else 1.0)
            total += (low + high) / 2 * lasted / 60
            begins, low = begins + stage.for_, stage.rate
        return total

    @property
    def mean_rate(self) -> float:
        """Orders a minute over the whole load: of a ramp, less than it reaches."""
        return self.orders * 60 / self.duration

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.duration == 0:
            raise ContradictionError("duration must be longer than 0 s", "duration")
        _require_shorter(self.warmup, self.duration)
        lasts = sum(stage.for_ for stage in self.stages)
        if self.stages and lasts != self.duration:
            problem = f"the stages last {lasts} s together, duration is {self.duration} s; make them equal"
            raise ContradictionError(problem, "stages", "duration")
        if self.stages and self.fault:
            problem = "a fault in a ramp can't be told apart from the ramp; give the case one of them"
            raise ContradictionError(problem, "fault", "stages")
        self._fault_fits()
        self._matches_fit()
        return self

    def _matches_fit(self) -> None:
        matches, minutes = self.slo.matches, len(slices(load_window(0, self.duration)))
        if matches and matches.minutes > minutes:
            raise ContradictionError(
                f"slo.matches.minutes is {matches.minutes}, the load has {minutes} (a load under 3 min: thirds); "
                "lower it, or raise duration",
                "slo.matches.minutes",
                "duration",
            )

    def _fault_fits(self) -> None:
        if self.fault and self.fault.after + self.fault.for_ >= self.duration:
            ends = self.fault.after + self.fault.for_
            raise ContradictionError(
                f"the fault ends at {ends} s, the load at {self.duration} s: the load must go on past the recovery",
                "fault.for",
                "fault.after",
                "duration",
            )
        if self.fault and self.fault.after <= self.warmup:
            problem = f"the fault begins at {self.fault.after} s, before the warm-up ends at {self.warmup} s"
            raise ContradictionError(problem, "fault.after", "warmup")


def _require_shorter(warmup: int, duration: int) -> None:
    if warmup >= duration:
        problem = f"warmup ({warmup} s) must be shorter than duration ({duration} s)"
        raise ContradictionError(problem, "warmup", "duration")


class ValiditySettings(TrialModel):
    """The limits outside which a case measured nothing that can be judged.

    Args:
        rate_reached: Of the rate asked, at least.
        throttled: Of an engine's or the gateway's CPU periods, at most.
        generator_cpu: What k6 used of the CPU that it could have had, at most.
        host_busy: Of the machine's CPU in the busiest minute, at most: beyond nine tenths what is left comes in pieces
            too short to be used, so orders wait for a core and not for the design. On two cores with all that the lab
            has, an honest peak takes a third.
        calibration: For so long the path is measured before each load; 0 measures none, and judges none.
        path: The path's p99, as a share of the case's slo.p99_ms, at most: a way that takes a quarter of it by itself
            leaves too little to say that the rest is the engine's.
        unexplained: What neither the path nor any histogram of an engine or the gateway accounts for of the client's
            p99, as a share of slo.p99_ms, at most: 50 ms of 200, ten times what the coarse buckets can hide at 5 ms.
        clock: Seconds by which Prometheus' clock may differ from this machine's: its points are cut by instants of this
            one, and are 5 s apart, so one second is a fifth of what lies between two.
        control: Requests a second of the control's stream, which goes beside each load; 0 sends none. 20 see every
            stall of 50 ms and more, and cost 3 % of a core.
        late_writes: Of k6's writes to Prometheus, at most, that came late. The verdict rests on k6's own file; but
            where one in ten takes longer than the 5 s between two, k6 or Prometheus was starved, and scrapes are too.
    """

    rate_reached: Share
    throttled: Share
    generator_cpu: Share
    host_busy: Share = 0.9
    calibration: Seconds = 10
    path: Share = 0.25
    unexplained: Share = 0.25
    control: Annotated[Int, Field(ge=0, le=1000)] = 20
    clock: Seconds = 1
    late_writes: Share = 0.1


class ScalingSettings(SettingsModel):
    """How a topology scales: capacity(N) >= efficiency * N / M * capacity(M), by searches for both.

    Args:
        against: The topology of M shards.
        efficiency: Of N / M times its capacity, at least.
    """

    against: str
    efficiency: Share


class SuiteSettings(SettingsModel):
    """An ASR.

    Args:
        title: For people.
        topology: What it needs.
        cases: In the order in which they run.
        conditional: Those whose miss alone makes the verdict CONDITIONAL.
        scaling: What searches for the capacity of its topology must show; nothing when left out.
    """

    title: str
    topology: str
    cases: Annotated[Listed[str], Field(min_length=1)]
    conditional: Listed[str] = ()
    scaling: ScalingSettings | None = None


class LoadTestsSettings(SettingsModel):
    """The k6 scripts: their folder, from the project's root, and each case's own in it.

    A script whose name begins with ./ is the one at that path from the project's root.
    """

    folder: str = "loadtests"
    scripts: dict[str, str]


class CapacitySettings(TrialModel):
    """How the highest rate is sought at which a topology still meets its SLO.

    Args:
        least: Orders a minute at which the search begins; a topology that fails there has no capacity to speak of.
        most: Orders a minute above which it is not sought.
        precision: The search ends when the interval that holds the capacity with 95 % is no wider than this share.
        tries: It ends after so many at the latest, with the interval that they give.
        arrivals: How orders follow each other: a queue is longer where they come at random, as users do.
        duration: Of the load of one try, warm-up included.
        warmup: Not judged.
        slo: The bounds.
    """

    least: Rate
    most: Rate
    precision: Annotated[float, Field(gt=0, lt=1)]
    duration: Seconds
    warmup: Seconds
    tries: Annotated[Int, Field(gt=0, le=1000)]
    arrivals: Arrivals = "random"
    slo: SloSettings

    @model_validator(mode="after")
    def _range_is_one(self) -> Self:
        if self.least >= self.most:
            raise ContradictionError(f"least ({self.least}) must be below most ({self.most})", "least", "most")
        _require_shorter(self.warmup, self.duration)
        return self
