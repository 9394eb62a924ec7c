"""Plain values that tests of measurements start from: a case that is valid and meets its objectives."""

from dataclasses import replace
from typing import Any

from lab.loading import committed
from lab.measurements import CaseMeasurements, EngineLatency, Generator, ShardMeasurements
from lab.rise import Rise
from lab.samples import Latency
from lab.suites import Case, Suite, plan
from lab.windows import Outage, judged, load_window

START = 1_000_000_000_000.0
OUTAGE = Outage(began=START + 60_000, in_force=START + 62_000, ending=START + 182_000, over=START + 190_000)


SETTINGS = committed()


def suite(*cases: str, profile: Any = "full") -> Suite:
    return plan(SETTINGS, "asr1", profile, cases or None)


def case(name: str = "a2", profile: Any = "full") -> Case:
    (only,) = suite(name, profile=profile).cases
    return only


def latency(p99: float = 3.0, *, orders: int = 1000, errors: int = 0) -> Latency:
    return Latency(orders=orders, errors=errors, p50=p99 / 3, p95=p99 / 2, p99=p99, p999=p99, max=p99)


def engine(p99: float = 2.0) -> EngineLatency:
    return EngineLatency(orders=1000, p50=p99 / 3, p95=p99 / 2, p99=p99)


def shard(windows: tuple[str, ...] = ("whole",), p99: float = 2.0, **changes: Any) -> ShardMeasurements:
    good = ShardMeasurements(
        shard="a",
        scrapers=1,
        longest_gap=5.0,
        restarts=0,
        orders=5100,
        latency={name: engine(p99) for name in windows},
        orders_per_minute=(1020.0,) * 5,
        matches_per_minute=(1224.0,) * 5,
        least_asks=2000.0,
        throttled=0.0,
        cores=0.2,
        memory=5e7,
    )
    return replace(good, **changes)


def generator(**changes: Any) -> Generator:
    good = Generator(exit_code=0, cores=0.02, cpu_share=0.05, dropped=0, late_writes=0, series=3)
    return replace(good, **changes)


def measured(
    name: str = "a2", *, p99: float = 3.0, errors: int = 0, ratio: float = 1.0, **changes: Any
) -> CaseMeasurements:
    settings = case(name).settings
    outage = OUTAGE if settings.fault else None
    window = load_window(START, settings.duration)
    windows = {one.name: one for one in judged(window, warmup=settings.warmup, outage=outage)}
    good = CaseMeasurements(
        case=name,
        testid=f"run-{name}",
        rate_asked=settings.rate,
        rate_reached=settings.rate,
        sent=5100,
        accepted=5100,
        load=window,
        ended=window.end,
        windows=windows,
        client={one: latency(p99, errors=errors) for one in windows},
        shards=(shard(tuple(windows)),),
        generator=generator(),
        outage=outage,
        rise=Rise(ratio=ratio, low=ratio * 0.8, high=ratio * 1.3) if outage else None,
    )
    return replace(good, **changes)
