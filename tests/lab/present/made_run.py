"""Makes a run's folder of plain values: what a run of some cases would have kept, in a second and without a cluster."""

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.core.windows import Window
from lab.judge.repeated import judge_repeated
from lab.judge.verdict import judge, judge_case
from lab.measure import samples
from lab.measure.samples import Samples, latency
from lab.present.breakdown import PARTS
from lab.run.suite_run import shown
from lab.settings import repetition
from lab.store.runs import plain
from tests.lab import made

START = 1_795_370_000_000.0
SCRAPE = 5_000
BUCKETS = ("0.001", "0.005", "0.01", "0.025", "+Inf")
SHARE_UNDER = (0.7, 0.97, 0.99, 0.999, 1.0)
HEADER = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,"
    "service,status,subproto,tls_version,url,extra_tags,metadata"
)
PART_MS = dict(zip(PARTS, (0.02, 0.05, 0.12, 0.5, 0.2), strict=True))


@dataclass(frozen=True, kw_only=True)
class MadeCase:
    """A case to be made: its load, shards, and what its verdict says."""

    name: str = "a2"
    seconds: int = 60
    rate: int = 1020
    warmup: int = 10
    shards: tuple[str, ...] = ("a",)
    has_outage: bool = False
    verdict: str = "PASS"
    reasons: tuple[str, ...] = ("p99 4.0 ms at the client, 4.8 ms in the engine (limit 200 ms)",)
    slow: float = 1.0
    stages: tuple[int, ...] = ()


def make(root: Path, *cases: MadeCase, verdict: str = "PASS", reason: str = "all met", profile: str = "full") -> Path:
    """A complete folder of a run with these cases."""
    folder = root / "20261122T180000Z-asr1-single"
    folder.mkdir(parents=True)
    some = cases or (MadeCase(),)
    for name, value in _of_run(some, verdict, reason, profile).items():
        write(folder / name, value)
    for case in some:
        (folder / case.name).mkdir()
        with gzip.open(folder / case.name / "samples.csv.gz", "wt", encoding="utf-8", compresslevel=1) as file:
            file.write("\n".join((HEADER, *_samples(case))) + "\n")
        for name, value in _of_case(case, samples.read(folder / case.name / "samples.csv.gz")).items():
            write(folder / case.name / name, value)
        (folder / case.name / "k6.log").write_text("done\n", encoding="utf-8")
    return folder


def write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")


def change(path: Path, **changes: Any) -> None:
    """Replace keys at the top of a JSON file."""
    write(path, {**json.loads(path.read_text(encoding="utf-8")), **changes})


def _of_run(cases: Sequence[MadeCase], verdict: str, reason: str, profile: str) -> Mapping[str, Any]:
    told: list[dict[str, Any]] = [{"case": one.name, "verdict": one.verdict, "reasons": one.reasons} for one in cases]
    slo = {"p99_ms": 200.0, "error_rate": 0.01, "rise": 1.1, "matches": {"per_minute": 1000, "minutes": 2}}
    described = {one.name: {"title": "normal load", "duration": one.seconds, "slo": slo, "smoke": {}} for one in cases}
    settings = {
        "suites": {"asr1": {"title": "ASR 1: p99 latency under 200 ms on one shard"}},
        "cases": described,
        "resources": {"engine": {"limits": {"cpu": "2", "memory": "1Gi"}}},
        "validity": {"min_samples": 500, "rate_reached": 0.99, "throttled": 0.05, "generator_cpu": 0.9},
    }
    pods = [{"namespace": "matching-engine", "pod": "me-shard-a-5d4b9c7f6-abcde", "node": "k3d-agent-0"}]
    image = {"container": "matching-engine", "image": "matching-engine:experiment-v1", "digest": "x@sha256:0123"}
    return {
        "verdict.json": {
            "suite": "asr1",
            "profile": profile,
            "runtime": "k3d",
            "verdict": verdict,
            "reason": reason,
            "exit_code": 0,
            "cases": told,
        },
        "settings.json": {"profile": profile, "cases": [one.name for one in cases], "settings": settings},
        "versions.json": {
            "project": {"commit": "f" * 40, "changed": False},
            "python": "3.11.7",
            "tools": {"k6": "1.8.1"},
        },
        "images.json": [{**pods[0], **image}],
        "host.json": {"system": "Linux 6", "processor": "AMD EPYC", "cores": 2, "memory": 2**34, "load": [1, 1, 1]},
        "warnings.json": ["12 cores are requested, this machine has 2"],
        "placement.json": {"pods": pods, "nodes": [{"node": "k3d-agent-0", "cores": 2}], "cores": 2, "shared": True},
    }


def _of_case(case: MadeCase, seen: Samples) -> Mapping[str, Any]:
    return {
        "measurements.json": _measurements(case, seen),
        "prometheus.json": {"engines": {"selector": "all", "series": list(_series(case))}},
        "events.json": [{"at": START - 900, "what": "k6 started"}, {"at": START, "what": "load began"}],
        "k6-summary.json": {"metrics": {}},
    }


def _measurements(case: MadeCase, seen: Samples) -> Mapping[str, Any]:
    windows = _windows(case)
    client = {name: plain(latency(seen.within(Window(**one)))) for name, one in windows.items()}
    engine = {name: {"orders": 850.0, "p50": 0.6, "p95": 3.0, "p99": 4.8} for name in windows}
    minutes = [case.rate * 1.2 / len(case.shards)] * max(3, case.seconds // 60)
    shards = [
        {
            "shard": shard,
            "scrapers": 1,
            "longest_gap": 5.0,
            "restarts": 0,
            "orders": len(seen.orders) / len(case.shards),
            "latency": engine,
            "client": {"latency": {"whole": client["whole"]}} if len(case.shards) > 1 else None,
            "matches_per_minute": minutes,
            "least_asks": 2000.0,
            "throttled": 0.01,
        }
        for shard in case.shards
    ]
    return {
        "case": case.name,
        "rate_asked": case.rate,
        "rate_reached": case.rate,
        "sent": len(seen.orders),
        "load": {"name": "load", "start": START, "end": START + case.seconds * 1000},
        "windows": windows,
        "client": client,
        "shards": shards,
        "gateway": _gateway() if len(case.shards) > 1 else None,
        "generator": {"dropped": 0, "cpu_share": 0.05, "late_writes": 0},
        "outage": _outage(case),
        "rise": {"ratio": 1.07, "low": 0.9, "high": 1.3} if case.has_outage else None,
        "warnings": [],
    }


def _gateway() -> Mapping[str, Any]:
    latency = {"whole": {"orders": 850, "p50": 1.2, "p95": 2.4, "p99": 4.9}}
    return {"scrapers": 1, "latency": latency, "answers": {"2xx": 3000.0, "5xx": 2.0}, "errors": {"timeout": 2.0}}


def _windows(case: MadeCase) -> dict[str, dict[str, Any]]:
    edges: dict[str, tuple[float, float]] = {"whole": (case.warmup, case.seconds)}
    if outage := _outage(case):
        began, in_force, ending, over = ((value - START) / 1000 for value in outage.values())
        edges |= {"before": (case.warmup, began), "during": (in_force, ending), "after": (over, case.seconds)}
    at = 0
    for number, length in enumerate(case.stages, start=1):
        edges[f"stage {number}"] = (at, at + length)
        at += length
    return {name: {"name": name, "start": START + a * 1000, "end": START + b * 1000} for name, (a, b) in edges.items()}


def _outage(case: MadeCase) -> dict[str, float] | None:
    if not case.has_outage:
        return None
    shares = {"began": 0.25, "in_force": 0.27, "ending": 0.6, "over": 0.65}
    return {name: START + share * case.seconds * 1000 for name, share in shares.items()}


def _samples(case: MadeCase) -> Iterator[str]:
    source = random.Random(7)  # noqa: S311 - no secret
    for number in range(case.rate * case.seconds // 60):
        sent = START + number * 60_000 / case.rate
        took = case.slow * (0.7 + source.expovariate(2.0) + (source.random() < 0.01) * 8 * source.random())
        tags = f"testid=r&shard={case.shards[number % len(case.shards)]}"
        yield f"http_req_duration,{sent + took:.3f},{took:.6f},,,,true,,POST,orders,HTTP/1.1,orders,,200,,,orders,{tags},"


def _series(case: MadeCase) -> Iterator[Mapping[str, Any]]:
    a_second = case.rate / 60 / len(case.shards)
    for shard in case.shards:
        of = {"shard": shard, "pod": f"me-shard-{shard}-5d4b9c7f6-abcde", "job": "matching-engine"}
        yield _counter(case, "me_matches_total", of, a_second * 1.2)
        yield from _histogram(case, "me_match_duration_seconds", of, a_second, 1.1)
        for part, metric in PARTS.items():
            yield from _histogram(case, metric, of, a_second, PART_MS[part])
        pod = {"pod": of["pod"], "container": "matching-engine", "id": f"/{shard}"}
        yield _counter(case, "container_cpu_usage_seconds_total", pod, 0.4)
        yield _counter(case, "container_cpu_cfs_periods_total", pod, 10)
        yield _counter(case, "container_cpu_cfs_throttled_periods_total", pod, 0.1)
        yield _gauge(case, "container_memory_working_set_bytes", pod, 60 * 2**20)


def _histogram(
    case: MadeCase, name: str, of: Mapping[str, str], rate: float, mean_ms: float
) -> Iterator[Mapping[str, Any]]:
    for bound, share in zip(BUCKETS, SHARE_UNDER, strict=True):
        yield _counter(case, f"{name}_bucket", {**of, "le": bound}, rate * share)
    yield _counter(case, f"{name}_sum", of, rate * mean_ms / 1000)
    yield _counter(case, f"{name}_count", of, rate)


def _counter(case: MadeCase, name: str, of: Mapping[str, str], a_second: float) -> Mapping[str, Any]:
    """A counter that rises while there is load, not quite evenly."""
    source, points, value = random.Random(f"{name}{of}"), [], 0.0  # noqa: S311 - no secret
    for at in range(-30_000, case.seconds * 1000 + 15_000, SCRAPE):
        if 0 < at <= case.seconds * 1000:
            value += a_second * SCRAPE / 1000 * source.uniform(0.9, 1.1)
        points.append([START + at, value])
    return {"labels": {"__name__": name, **of}, "points": points}


def _gauge(case: MadeCase, name: str, of: Mapping[str, str], value: float) -> Mapping[str, Any]:
    made = _counter(case, name, of, 0)
    return {**made, "points": [[at, value + n * 2**18] for n, (at, _) in enumerate(made["points"])]}


def repeated(root: Path, *p99s: float, **changes: Any) -> Path:
    """A complete folder of a run in which A2 was repeated, each round with this p99."""
    rounds = [MadeCase(name=repetition.name("a2", n), slow=p99 / 3) for n, p99 in enumerate(p99s, start=1)]
    folder = make(root, *rounds)
    judged = [
        replace(judge_case(made.case(), made.measured(p99=p99, **changes)), case=one.name)
        for p99, one in zip(p99s, rounds, strict=True)
    ]
    came_to = judge(made.suite("a2"), [judge_repeated(made.case(), judged)])
    change(folder / "verdict.json", **plain(shown(came_to, len(rounds))))
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    settings["settings"]["cases"] = {"a2": settings["settings"]["cases"]["a2"]}
    change(folder / "settings.json", cases=["a2"], settings=settings["settings"])
    return folder
