"""Makes a run's folder of plain values: what a run of some cases would have kept, in a second and without a cluster."""

import gzip
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.core.windows import WHOLE, Outage, Window
from lab.judge.suite_judge import judge_suite
from lab.judge.verdict import CaseVerdict, Outcome, Verdict
from lab.measure import samples
from lab.measure.counters import Series
from lab.measure.latency import judged as judged_latency
from lab.measure.measurements import CaseMeasurements, EngineLatency, GatewayMeasurements, ShardClient
from lab.measure.samples import Samples
from lab.measure.surroundings import NOTHING_SEEN
from lab.present.breakdown import PARTS
from lab.settings import repetition
from lab.settings.settings import Settings
from lab.settings.suites import Profile
from lab.store.files import (
    Event,
    EventsFile,
    ExtractFile,
    MeasurementsFile,
    Part,
    ProvenanceFile,
    RecordingFile,
    SettingsFile,
    Stored,
    VerdictFile,
)
from lab.store.folder import File, Folder
from lab.store.made_with import Host, Image, NodeCores, Placement, PodPlace, Project, Versions
from lab.store.runs import Run
from tests.lab import made
from tests.lab.made import SETTINGS

ID = "20261122T180000Z-asr1-single"
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


def make(
    root: Path, *cases: MadeCase, verdict: str = "PASS", reason: str = "all met", profile: Profile = "full"
) -> Path:
    """A complete folder of a run with these cases."""
    folder = root / ID
    folder.mkdir(parents=True)
    some = cases or (MadeCase(),)
    for file in _of_run(some, Outcome(verdict), reason, profile):
        keep(folder, file)
    for case in some:
        (folder / case.name).mkdir()
        with gzip.open(folder / case.name / "samples.csv.gz", "wt", encoding="utf-8", compresslevel=1) as points:
            points.write("\n".join((HEADER, *_samples(case))) + "\n")
        points_of = samples.read(folder / case.name / "samples.csv.gz", settings_of(case).cases[case.name])
        for file in _of_case(case, points_of):
            keep(folder, file, case.name)
        (folder / case.name / "k6-summary.json").write_text('{"metrics": {}}', encoding="utf-8")
        (folder / case.name / "k6.log").write_text("done\n", encoding="utf-8")
    return folder


def keep(folder: Path, file: Stored, case: str = "") -> None:
    """Put a file into a run's folder, as a run does."""
    Run(folder.parent, folder.name).write(file, case)


def kept(folder: Path, kind: type[File], case: str = "") -> File:
    """A file of a run's folder."""
    found = Folder(folder).read(kind, case)
    assert found is not None
    return found


def rewrite(folder: Path, kind: type[Stored], case: str = "", **changes: Any) -> None:
    """Keep a file with these fields of its model changed."""
    keep(folder, kept(folder, kind, case).model_copy(update=changes), case)


def judged(folder: Path, **changes: Any) -> None:
    """Keep the verdict with these fields of it changed."""
    file = kept(folder, VerdictFile)
    rewrite(folder, VerdictFile, verdict=replace(file.verdict, **changes))


def figures(folder: Path, case: str = "a2", **changes: Any) -> None:
    """Keep a case's measurements with these of its figures changed."""
    measured = kept(folder, MeasurementsFile, case).measurements
    rewrite(folder, MeasurementsFile, case, measurements=replace(measured, **changes))


def provenance(folder: Path, **changes: Any) -> None:
    """Keep the machine's facts with these changed."""
    host = kept(folder, ProvenanceFile).host
    rewrite(folder, ProvenanceFile, host=replace(host, **changes))


def settings_of(*cases: MadeCase) -> Settings:
    """The committed settings, but for the load of these cases, which are all that their suite has."""
    plain = SETTINGS.model_dump(by_alias=True)
    slo = {"p99_ms": 200.0, "error_rate": 0.01, "rise": 1.1, "matches": {"per_minute": 1000, "minutes": 2}}
    for one in cases:
        plain["cases"][one.name] = {
            "title": "normal load",
            "rate": one.rate,
            "duration": one.seconds,
            "warmup": one.warmup,
            "slo": slo,
        }
    plain["loadtests"]["scripts"] |= {one.name: "any.js" for one in cases}
    plain["suites"]["asr1"] |= {"cases": tuple(one.name for one in cases), "conditional": ()}
    plain["resources"]["engine"]["limits"] = {"cpu": "2", "memory": "1Gi"}
    return Settings.model_validate(plain)


def _of_run(cases: Sequence[MadeCase], outcome: Outcome, reason: str, profile: Profile) -> Iterator[Stored]:
    told = tuple(CaseVerdict(case=one.name, outcome=Outcome(one.verdict), reasons=one.reasons) for one in cases)
    verdict = Verdict(suite="asr1", profile=profile, runtime="k3d", outcome=outcome, reason=reason, cases=told)
    yield VerdictFile(run=ID, rounds=1, exit_code=0, verdict=verdict)
    yield SettingsFile(profile=profile, cases=tuple(one.name for one in cases), settings=settings_of(*cases))
    namespace, pod, node = "matching-engine", "me-shard-a-5d4b9c7f6-abcde", "k3d-agent-0"
    yield ProvenanceFile(
        versions=Versions(
            settings_sha256="0" * 64,
            project=Project(commit="f" * 40, changed=False),
            python="3.11.7",
            tools={"k6": "1.8.1"},
        ),
        host=Host(
            system="Linux 6",
            architecture="x86_64",
            processor="AMD EPYC",
            cores=2,
            memory=2**34,
            load=(1, 1, 1),
            docker={},
        ),
        images=(
            Image(
                namespace=namespace,
                pod=pod,
                container="matching-engine",
                image="matching-engine:experiment-v1",
                digest="x@sha256:0123",
            ),
        ),
        placement=Placement(
            pods=(PodPlace(namespace=namespace, pod=pod, workload="me-shard-a", node=node),),
            nodes=(NodeCores(node=node, cores=2),),
            cores=2,
            shared=True,
        ),
        warnings=("12 cores are requested, this machine has 2",),
    )


def _of_case(case: MadeCase, seen: Samples) -> Iterator[Stored]:
    measured = _measurements(case, seen)
    yield MeasurementsFile(measurements=measured)
    yield ExtractFile(parts={"engines": Part(selector="all", series=tuple(_series(case)))})
    yield EventsFile(events=(Event(at=START - 900, what="k6 started"), Event(at=START, what="load began")))
    yield RecordingFile(
        testid="r",
        started=START - 900,
        generator=measured.generator,
        outage=measured.outage,
        problems=(),
        fault_error=None,
        warnings=(),
        around=NOTHING_SEEN,
    )


def _measurements(case: MadeCase, seen: Samples) -> CaseMeasurements:
    windows = _windows(case)
    client = {name: judged_latency(seen.within(window)) for name, window in windows.items()}
    engine = EngineLatency(orders=850.0, p50=0.6, p95=3.0, p99=4.8)
    minutes = (case.rate * 1.2 / len(case.shards),) * max(3, case.seconds // 60)
    several = len(case.shards) > 1
    of_client = ShardClient(latency={WHOLE: client[WHOLE]}, p99_by_minute=())
    return replace(
        made.measured("a2"),
        case=case.name,
        rate_asked=case.rate,
        rate_reached=case.rate,
        sent=len(seen.orders),
        load=Window(name="load", start=START, end=START + case.seconds * 1000),
        windows=windows,
        client=client,
        shards=tuple(
            made.shard(
                tuple(windows),
                shard=shard,
                orders=len(seen.orders) / len(case.shards),
                latency=dict.fromkeys(windows, engine),
                client=of_client if several else None,
                matches_per_minute=minutes,
                match_rate=dict.fromkeys(windows, minutes[0]),
                least_asks=2000.0,
                throttled=0.01,
            )
            for shard in case.shards
        ),
        gateway=_gateway() if several else None,
        generator=made.generator(host_busy=None),
        least_rate=None,
        path=None,
        clock=None,
        outage=_outage(case),
    )


def _gateway() -> GatewayMeasurements:
    seen = EngineLatency(orders=850, p50=1.2, p95=2.4, p99=4.9)
    return made.gateway(latency={WHOLE: seen}, answers={"2xx": 3000.0, "5xx": 2.0}, errors={"timeout": 2.0})


def _windows(case: MadeCase) -> dict[str, Window]:
    edges: dict[str, tuple[float, float]] = {WHOLE: (case.warmup, case.seconds)}
    if outage := _outage(case):
        began, in_force, ending, over = ((value - START) / 1000 for value in vars(outage).values())
        edges |= {"before": (case.warmup, began), "during": (in_force, ending), "after": (over, case.seconds)}
    at = 0
    for number, length in enumerate(case.stages, start=1):
        edges[f"stage {number}"] = (at, at + length)
        at += length
    return {
        name: Window(name=name, start=START + start * 1000, end=START + end * 1000)
        for name, (start, end) in edges.items()
    }


def _outage(case: MadeCase) -> Outage | None:
    if not case.has_outage:
        return None
    shares = {"began": 0.25, "in_force": 0.27, "ending": 0.6, "over": 0.65}
    return Outage(**{name: START + share * case.seconds * 1000 for name, share in shares.items()})


def _samples(case: MadeCase) -> Iterator[str]:
    source = random.Random(7)  # noqa: S311 - no secret
    for number in range(case.rate * case.seconds // 60):
        sent = START + number * 60_000 / case.rate
        took = case.slow * (0.7 + source.expovariate(2.0) + (source.random() < 0.01) * 8 * source.random())
        tags = f"testid=r&shard={case.shards[number % len(case.shards)]}"
        yield f"http_req_duration,{sent + took:.3f},{took:.6f},,,,true,,POST,orders,HTTP/1.1,orders,,200,,,orders,{tags},"


def _series(case: MadeCase) -> Iterator[Series]:
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


def _histogram(case: MadeCase, name: str, of: Mapping[str, str], rate: float, mean_ms: float) -> Iterator[Series]:
    for bound, share in zip(BUCKETS, SHARE_UNDER, strict=True):
        yield _counter(case, f"{name}_bucket", {**of, "le": bound}, rate * share)
    yield _counter(case, f"{name}_sum", of, rate * mean_ms / 1000)
    yield _counter(case, f"{name}_count", of, rate)


def _counter(case: MadeCase, name: str, of: Mapping[str, str], a_second: float) -> Series:
    """A counter that rises while there is load, not quite evenly."""
    source, points, value = random.Random(f"{name}{of}"), [], 0.0  # noqa: S311 - no secret
    for at in range(-30_000, case.seconds * 1000 + 15_000, SCRAPE):
        if 0 < at <= case.seconds * 1000:
            value += a_second * SCRAPE / 1000 * source.uniform(0.9, 1.1)
        points.append((START + at, value))
    return Series(labels={"__name__": name, **of}, points=tuple(points))


def _gauge(case: MadeCase, name: str, of: Mapping[str, str], value: float) -> Series:
    flat = _counter(case, name, of, 0)
    return replace(flat, points=tuple((at, value + n * 2**18) for n, (at, _) in enumerate(flat.points)))


def repeated(root: Path, *p99s: float, **changes: Any) -> Path:
    """A complete folder of a run in which A2 was repeated, each round with this p99."""
    rounds = [MadeCase(name=repetition.name("a2", n), slow=p99 / 3) for n, p99 in enumerate(p99s, start=1)]
    folder = make(root, *rounds)
    told = judge_suite(
        made.suite("a2"),
        {one.name: made.measured(p99=p99, **changes) for p99, one in zip(p99s, rounds, strict=True)},
        rounds=len(rounds),
    )
    rewrite(folder, VerdictFile, verdict=told, rounds=len(rounds))
    rewrite(folder, SettingsFile, cases=("a2",), settings=settings_of(MadeCase()))
    return folder
