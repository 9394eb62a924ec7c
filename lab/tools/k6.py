"""k6: its command line for a case, and what its exit code means."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.core.causes import LOAD_GENERATOR, SCRIPT_ERROR, Cause
from lab.core.paths import ROOT
from lab.process.shell import Command
from lab.settings.case_settings import BookSettings
from lab.settings.suites import Case
from lab.settings.topology import Topology

SAMPLES = "samples.csv.gz"
SUMMARY = "k6-summary.json"
LOG = "k6.log"
"""What k6 leaves in a case's folder."""

CONFIG = Path(__file__).with_name("k6_config.json")
"""An empty one in the place of the user's, which may halve a load (`rps`) or change what is written to Prometheus."""
POINTS = {"K6_CSV_TIME_FORMAT": "unix_micro"}
"""The environment in which `--out csv` tells instants in µs: its own are seconds, and an order takes a few ms."""

TREND_STATS = "p(50),p(95),p(99),p(99.9),max,avg,count"
"""What of each trend goes to Prometheus; k6's default is p(99) alone."""
LATE_WRITE = "Some samples may be dropped"
"""k6's words when a remote write took longer than the period between two."""

MERGES = "2.2"
"""The version from which `lab.process.environment` has k6 keep a script's `options.tags` beside the lab's `testid`."""
INSPECTING = 60.0
"""Seconds in which k6 must have read a script; 0.1 to 0.3 on an idle core."""
SETUP_ALLOWANCE = 150
"""Seconds for setup: starting k6, and seeding an ordinary book."""
SEEDED_A_SECOND = 500
"""Orders that rest in the book after a second of seeding, at least; a book takes no more than the load has orders."""
OVERRUN = 30
"""Seconds for which k6 may go on after the case's duration: orders under way, and writing the results."""


AHEAD = 2.0
"""Seconds by which several runners are released ahead of the load's begin: what each takes to begin is no lateness."""


@dataclass(frozen=True)
class Segment:
    """The part of a load that one of several runners sends: every `of`-th order, from `number` (1 to `of`) on."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"runner {self.number} of {self.of}"

    @property
    def folder(self) -> str:
        """Where it leaves its results, within the case's folder."""
        return f"runner-{self.number}"

    @property
    def flags(self) -> tuple[str, ...]:
        """Waits to be handed the data of a `setup` that ran once, and to be released.

        The first alone runs `teardown`, of a script that has one.
        """
        sequence = ",".join(f"{part}/{self.of}" for part in range(self.of + 1))
        return (
            "--paused", "--no-setup", *(() if self.number == 1 else ("--no-teardown",)),
            "--execution-segment", f"{self.number - 1}/{self.of}:{self.number}/{self.of}",
            "--execution-segment-sequence", sequence,
            "--tag", f"runner={self.number}",
            "-e", f"LAB_AHEAD_S={AHEAD:g}",
        )  # fmt: skip


def segments(runners: int) -> list[Segment]:
    """The parts of a load that so many runners send together."""
    return [Segment(number, runners) for number in range(1, runners + 1)]


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Where k6 finds what it talks to.

    Args:
        entry: The orders' way in: the shard, or the gateway of several.
        remote_write: Address of the Prometheus that takes k6's own series; None where there is none.
        api: `host:port` on which k6 is to serve its own REST API.
    """

    entry: str
    remote_write: str | None
    api: str


@dataclass(frozen=True, kw_only=True)
class Load:
    """One execution of a case's script.

    Args:
        case: The case.
        topology: Whose shards get its orders.
        seed: Of all that is drawn at random.
        testid: The tag of its points, and the prefix of its orders' ids.
        folder: Where its results go.
        segment: The part of it that this k6 sends; None: all.
    """

    case: Case
    topology: Topology
    seed: int
    testid: str
    folder: Path
    segment: Segment | None = None


def flags(config: Path) -> tuple[str, ...]:
    """Of each run of the lab's own, with an empty configuration."""
    return (*_quiet(config), "--no-usage-report")


def _quiet(config: Path) -> tuple[str, ...]:
    return ("--config", str(config), "--quiet", "--no-color")


def run_command(k6: str, load: Load, endpoints: Endpoints, *, config: Path = CONFIG) -> Command:
    """Runs a case's script with its results in the folder and, where there is one, in Prometheus.

    The flags are those that k6 1.5 to 2.x share; `--address` is given since 2.x serves its REST API only then.
    """
    argv = (
        k6, "run", *flags(config),
        "--address", endpoints.api,
        "--tag", f"testid={load.testid}",
        *(("--out", "experimental-prometheus-rw") if endpoints.remote_write else ()),
        "--out", f"csv={load.folder / SAMPLES}",
        "--summary-export", str(load.folder / SUMMARY), "--new-machine-readable-summary",
        *(load.segment.flags if load.segment else ()),
        *(word for name, value in _variables(load, endpoints).items() for word in ("-e", f"{name}={value}")),
        load.case.script,
    )  # fmt: skip
    return Command(argv=argv, env=_environment(endpoints), cwd=ROOT, deadline=deadline(load.case, load.topology))


def inspect_command(k6: str, load: Load, endpoints: Endpoints) -> Command:
    """Has k6 read a case's script and its options, with all that it gets when it is run; nothing is sent."""
    argv = (
        k6, "inspect", "--execution-requirements", *_quiet(CONFIG),
        *(word for name, value in _variables(load, endpoints).items() for word in ("-e", f"{name}={value}")),
        load.case.script,
    )  # fmt: skip
    return Command(argv=argv, cwd=ROOT, deadline=INSPECTING)


def folders(folder: Path) -> list[Path]:
    """The folders with a load's results: the case's own, or one for each of several runners within it."""
    runners = [path for path in folder.glob("runner-*") if path.name.partition("-")[2].isdigit()]
    return sorted(runners, key=lambda path: int(path.name.partition("-")[2])) or [folder]


def points(folder: Path) -> list[Path]:
    """The files of a load's points."""
    return [path / SAMPLES for path in folders(folder)]


def deadline(case: Case, topology: Topology) -> float:
    """Seconds after which k6 is stopped, whatever its script still wants."""
    settings = case.settings
    seeded = settings.book.orders * len(topology.symbols) if settings.book else settings.orders
    return SETUP_ALLOWANCE + seeded / SEEDED_A_SECOND + settings.duration + OVERRUN


def _variables(load: Load, endpoints: Endpoints) -> dict[str, str]:
    """What the script is told: the addresses under the contract's names, all else under names that begin with LAB_.

    A script of the user's may have variables named RATE or DURATION of its own, in other units.
    """
    settings = load.case.settings
    return {
        "ME_SHARD_A_URL": endpoints.entry,
        "GATEWAY_URL": endpoints.entry,
        "LAB_TESTID": load.testid,
        "LAB_SEED": str(load.seed),
        "LAB_VIA": "gateway" if load.topology.has_gateway else "shard",
        "LAB_SHARDS": _shards(load),
        "LAB_RATE": str(settings.rate),
        "LAB_DURATION_S": str(settings.duration),
        "LAB_WARMUP_S": str(settings.warmup),
        "LAB_STAGES": ",".join(f"{stage.rate}:{stage.for_}" for stage in settings.stages),
        "LAB_ARRIVALS": settings.arrivals,
        "LAB_HOT": f"{settings.hot.symbol}:{settings.hot.share}" if settings.hot else "",
        "LAB_BOOK": _book(settings.book) if settings.book else "",
        "LAB_SLO_P99_MS": _text(settings.slo.p99_ms),
        "LAB_SLO_ERROR_RATE": _text(settings.slo.error_rate),
    }


def _shards(load: Load) -> str:
    """The shards that get orders, with their symbols, in the form of the gateway's map."""
    chosen = load.case.settings.shards
    loaded = [shard for shard in load.topology.shards if chosen is None or shard.id in chosen]
    return ",".join(f"{shard.id}={':'.join(shard.symbols)}" for shard in loaded)


def _book(book: BookSettings) -> str:
    return f"{book.orders}:{book.levels}:{'sized' if book.sized else 'drawn'}"


def _text(bound: float | None) -> str:
    return "" if bound is None else f"{bound:g}"


def _environment(endpoints: Endpoints) -> Mapping[str, str]:
    if endpoints.remote_write is None:
        return POINTS
    return {
        **POINTS,
        "K6_PROMETHEUS_RW_SERVER_URL": f"{endpoints.remote_write}/api/v1/write",
        "K6_PROMETHEUS_RW_TREND_STATS": TREND_STATS,
        "K6_PROMETHEUS_RW_STALE_MARKERS": "true",
    }


ERROR = re.compile(r'level=error msg="((?:[^"\\]|\\.)*)"')
THRESHOLDS_CROSSED = 99
STOPPED = 105
MEANINGS: Mapping[int, str] = {
    97: "k6 cloud refused the test",
    100: "setup took too long: the book couldn't be seeded in time",
    101: "teardown took too long",
    102: "a timeout of k6's own",
    103: "it was stopped over its REST API",
    104: "its options are wrong",
    STOPPED: "it was stopped",
    106: "its REST API couldn't start",
    107: "the script threw an exception",
    108: "the script aborted the test",
    109: "k6 itself crashed",
    110: "the script marked the test as failed",
}
"""k6's exit codes that mean a broken run (errext/exitcodes in its sources)."""
SCRIPT_ERRORS = {104, 107, 108, 110}
"""Those of them that are the script's own doing."""


def problem(code: int) -> str | None:
    """What an exit code says went wrong; None for 0 and for thresholds crossed, which is a result."""
    if code in {0, THRESHOLDS_CROSSED}:
        return None
    if code < 0:
        return f"k6 was killed by signal {-code}"
    return f"k6 ended with {code}: {MEANINGS.get(code, 'unknown to the lab')}"


def cause(code: int) -> Cause:
    """The class of what an exit code says went wrong."""
    return SCRIPT_ERROR if code in SCRIPT_ERRORS else LOAD_GENERATOR


def last_error(log: str) -> str:
    """The first line of the last error in k6's log; its last line of any kind when there is none."""
    return error_lines(log)[0]


def error_lines(log: str) -> tuple[str, ...]:
    """The last error in k6's log; its last line of any kind when there is none."""
    if errors := ERROR.findall(log):
        return tuple(str(json.loads(f'"{errors[-1]}"')).splitlines())
    return tuple(log.strip().splitlines()[-1:]) or ("it said nothing",)


def late_writes(log: str) -> int:
    """How often k6 says in its log that a remote write came late."""
    return log.count(LATE_WRITE)
