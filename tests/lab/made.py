"""Plain values that tests of measurements start from: a case that is valid and meets its objectives."""

from dataclasses import replace
from functools import cache
from typing import Any

from lab.core.windows import DURING, Outage, Window, judged, load_window, slices
from lab.measure.lab_state import Built, Container, LabState
from lab.measure.latency import Latency
from lab.measure.measurements import (
    CaseMeasurements,
    EngineLatency,
    GatewayMeasurements,
    Generator,
    ShardClient,
    ShardMeasurements,
)
from lab.measure.null_path import NullPath
from lab.settings.case_settings import CaseSettings
from lab.settings.loading import committed
from lab.settings.suites import Case, Suite, plan, suite_of
from lab.settings.topology import Topology

START = 1_000_000_000_000.0
OUTAGE = Outage(began=START + 60_000, in_force=START + 62_000, ending=START + 182_000, over=START + 190_000)
SHORT_OUTAGE = Outage(began=START + 10_000, in_force=START + 11_000, ending=START + 34_000, over=START + 36_000)

SETTINGS = committed()

IMAGE = "registry:5000/matching-engine:v1-0123456789ab"
LAB_STATE = LabState(
    at=START,
    shards={"me-shard-a": SETTINGS.topologies["single"].shards["a"]},
    parts={"the pod template of Deployment matching-engine/me-shard-a": "1"},
    files={"file experiment.yaml": "2"},
    containers=(
        Container(
            namespace="matching-engine",
            pod="me-shard-a-596b44db5-xdrl4",
            workload="me-shard-a",
            image=IMAGE,
            digest="sha256:0123456789abcdef",
        ),
    ),
    applied={"me-shard-a": IMAGE},
    built={IMAGE: Built(configurations=("sha256:0123456789abcdef",))},
)
"""A single shard as it was asked for, and as it was built."""


@cache
def suite(*cases: str, profile: Any = "full") -> Suite:
    return plan(SETTINGS, suite_of(SETTINGS, cases[0]) if cases else "asr1", profile, cases or None)


@cache
def case(name: str = "a2", profile: Any = "full") -> Case:
    (only,) = suite(name, profile=profile).cases
    return only


def latency(p99: float = 3.0, *, orders: int = 1000, errors: int = 0) -> Latency:
    return Latency(orders=orders, errors=errors, p50=p99 / 3, p95=p99 / 2, p99=p99, p999=p99, max=p99)


def engine(p99: float = 2.0, p99_at_most: float = 1000.0) -> EngineLatency:
    return EngineLatency(orders=1000, p50=p99 / 3, p95=p99 / 2, p99=p99, p99_at_most=p99_at_most)


def client(p99: float = 3.0, windows: tuple[str, ...] = ("whole",), minutes: int = 5) -> ShardClient:
    return ShardClient(
        latency={name: latency(p99) for name in windows},
        p99_by_minute=(p99,) * minutes,
    )


def shard(windows: tuple[str, ...] = ("whole",), p99: float = 2.0, **changes: Any) -> ShardMeasurements:
    good = ShardMeasurements(
        shard="a",
        symbols=SETTINGS.topologies["single"].shards["a"],
        is_loaded=True,
        client=None,
        scrapers=1,
        longest_gap=5.0,
        silent=0.0,
        restarts=0,
        orders=5100,
        finished=changes.get("orders", 5100),
        latency={name: engine(p99) for name in windows},
        orders_per_minute=(1020.0,) * 5,
        matches_per_minute=(1224.0,) * 5,
        match_rate=dict.fromkeys(windows, 1224.0),
        cpu_per_order=dict.fromkeys(windows, (1.5, 1.6, 1.4)),
        first_asks=3000.0,
        least_asks=2000.0,
        overdue=0.0,
        throttled=0.0,
        cores=0.2,
        memory=5e7,
    )
    return replace(good, **changes)


def gateway(windows: tuple[str, ...] = ("whole",), **changes: Any) -> GatewayMeasurements:
    good = GatewayMeasurements(
        scrapers=1,
        longest_gap=5.0,
        silent=0.0,
        restarts=0,
        latency={name: engine() for name in windows},
        answers={"2xx": 25_200.0, "4xx": 0.0, "5xx": 0.0},
        errors={"timeout": 0.0},
        throttled=0.0,
        cores=0.1,
        memory=5e7,
    )
    return replace(good, **changes)


def generator(**changes: Any) -> Generator:
    good = Generator(exit_code=0, cores=0.02, cpu_share=0.05, host_busy=0.3, dropped=0, late_writes=0, series=3)
    return replace(good, **changes)


@cache
def shards(name: str, profile: Any = "full", **figures: float) -> tuple[ShardMeasurements, ...]:
    """Those of the case's topology that share its load as it asks; `b=9.0` gives shard b a p99 of 9 ms at the client."""
    one = case(name, profile)
    settings, topology = one.settings, suite(name).topology
    load = load_window(START, settings.duration)
    windows = tuple(window.name for window in _windows(name, profile))
    loaded = settings.shards or tuple(shard.id for shard in topology.shards)
    minutes, parts = len(slices(load)), _parts(settings, topology, loaded)
    rates = {shard: settings.mean_rate * part for shard, part in parts.items()}
    peak = settings.stages[-1].rate if settings.stages else settings.rate
    asked = settings.book.orders * len(topology.shards[0].symbols) if settings.book else 3000
    return tuple(
        shard(
            windows,
            shard=owner.id,
            symbols=owner.symbols,
            is_loaded=owner.id in loaded,
            client=client(figures.get(owner.id, 3.0), windows, minutes) if owner.id in loaded else None,
            orders=settings.orders * parts[owner.id],
            orders_per_minute=(rates[owner.id],) * minutes,
            matches_per_minute=(1.2 * rates[owner.id],) * minutes,
            match_rate=dict.fromkeys(windows, 1.2 * peak * parts[owner.id]),
            latency={
                one.name: replace(engine(), orders=peak * parts[owner.id] * one.seconds / 60)
                for one in _windows(name, profile)
            },
            cpu_per_order=dict.fromkeys(windows, (1.5, 1.6, 1.4) if owner.id in loaded else ()),
            first_asks=float(asked if owner.id in loaded else 0),
            least_asks=float(asked if owner.id in loaded else 0),
        )
        for owner in topology.shards
    )


def _parts(settings: CaseSettings, topology: Topology, loaded: tuple[str, ...]) -> dict[str, float]:
    """Each shard's part of the load: a hot symbol's own, and what is left of it evenly by symbols."""
    hot, owned = settings.hot, {shard.id: shard.symbols if shard.id in loaded else () for shard in topology.shards}
    rest = (1 - hot.share if hot else 1.0) / (sum(map(len, owned.values())) - (hot is not None))
    return {
        shard: sum(hot.share if hot and symbol == hot.symbol else rest for symbol in symbols)
        for shard, symbols in owned.items()
    }


@cache
def _windows(name: str, profile: Any) -> tuple[Window, ...]:
    settings = case(name, profile).settings
    stages = [stage.for_ for stage in settings.stages]
    load = load_window(START, settings.duration)
    return judged(load, warmup=settings.warmup, outage=_outage(settings, profile), stages=stages)


def _outage(settings: CaseSettings, profile: Any) -> Outage | None:
    if settings.fault is None:
        return None
    return SHORT_OUTAGE if profile == "smoke" else OUTAGE


def measured(
    name: str = "a2",
    *,
    p99: float = 3.0,
    errors: int = 0,
    ratio: float = 1.0,
    profile: Any = "full",
    **changes: Any,
) -> CaseMeasurements:
    settings = case(name, profile).settings
    outage = _outage(settings, profile)
    window = load_window(START, settings.duration)
    windows = {one.name: one for one in _windows(name, profile)}
    has_gateway = suite(name).topology.has_gateway
    good = CaseMeasurements(
        case=name,
        testid=f"run-{name}",
        rate_asked=settings.mean_rate,
        rate_reached=settings.mean_rate,
        sent=round(settings.orders),
        accepted=round(settings.orders),
        load=window,
        ended=window.end,
        windows=windows,
        client={one: latency(p99 * (ratio if one == DURING else 1), errors=errors) for one in windows},
        shards=shards(name, profile),
        peak=f"stage {len(settings.stages)}" if settings.stages else "whole",
        peak_rate=settings.stages[-1].rate if settings.stages else settings.rate,
        gateway=gateway(tuple(windows)) if has_gateway else None,
        generator=generator(),
        least_rate=1.0,
        path=NullPath(p99=1.0, asked=170, answered=170),
        clock=0.01,
        broker_polls=10 if outage else 0,
        outage=outage,
    )
    return replace(good, **changes)
