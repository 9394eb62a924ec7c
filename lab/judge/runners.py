"""Whether each of several runners sent its part of the load, in time, by the clock of all, and with enough CPU."""

from collections.abc import Iterator

from lab.core.figures import count, ms, seconds, share
from lab.judge.bound import Kind
from lab.judge.reason import EITHER_WAY, Reason, darkens, flatters
from lab.measure.measurements import CaseMeasurements, RunnerFigures
from lab.measure.plan import ON_TIME
from lab.settings.suites import Case


def bad_runners(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    """What was wrong with which runner; none where one k6 sent the load.

    One that comes late, or by another clock, sends its orders at other times than those between the others': the load
    is another one.
    """
    for runner in measured.generator.runners:
        yield from _missing(case, measured, runner)
        yield from (Reason(line=f"{runner.name} {line}", bends=EITHER_WAY) for line in _late(runner))
        yield from (Reason(line=f"{runner.name} {line}", bends=EITHER_WAY) for line in _clock(case, runner))
        yield from _starved(case, runner)


def part(measured: CaseMeasurements) -> float:
    """The orders of a runner: all have the same part."""
    asked = measured.rate_asked * measured.load.seconds / 60
    return asked / max(1, len(measured.generator.runners))


def _missing(case: Case, measured: CaseMeasurements, runner: RunnerFigures) -> Iterator[Reason]:
    limit, asked = case.limits.rate_reached, part(measured)
    if runner.orders + 1 < limit * asked:
        line = (
            f"{runner.name} sent {count(runner.orders)} of its {count(round(asked))} orders (limit {share(limit)}): "
            "look at its k6.log"
        )
        yield Reason(line=line, bends=flatters())


def _late(runner: RunnerFigures) -> Iterator[str]:
    if runner.late is not None and runner.late > ON_TIME:
        yield (
            f"was late all along: it sent its orders {ms(runner.late)} after they were due (limit {ms(ON_TIME)}): find "
            "what held it up, or load from fewer runners"
        )


def has_other_clock(case: Case, runner: RunnerFigures) -> bool:
    """Whether a runner's clock is not this machine's, so that nobody knows when it sent what; or not known."""
    return any(_clock(case, runner))


def _clock(case: Case, runner: RunnerFigures) -> Iterator[str]:
    limit = case.limits.clock
    if runner.clock is None:
        yield f"has a clock that could not be read (limit {seconds(limit)} apart from this machine's)"
    elif abs(runner.clock) > limit:
        way = "ahead of" if runner.clock > 0 else "behind"
        yield (
            f"has a clock {seconds(abs(runner.clock))} {way} this machine's (limit {seconds(limit)}): set the time "
            "of its node"
        )


def _starved(case: Case, runner: RunnerFigures) -> Iterator[Reason]:
    used, limit = runner.cpu_share, case.limits.generator_cpu
    if used > limit:
        line = (
            f"{runner.name} was short of CPU: it used {share(used)} of what it could have had (limit {share(limit)}): "
            "leave its node to it, or load from more runners"
        )
        yield Reason(line=line, bends=darkens(Kind.LATENCY, Kind.FILLS))
