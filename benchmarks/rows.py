"""What many rows of k6's points cost: several runners' files are read, merged, measured and judged.

    .venv/bin/python benchmarks/rows.py [--rows 10000000] [--runners 8]

Prints the bytes of the files, rows a second of each part, and the most memory that was used. The rows are those that k6
writes of the lab's scripts, 15 an order; latencies are log-normal. There are no metrics, so the verdict is INVALID.
"""

import argparse
import gzip
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lab.core.figures import count, ms, seconds  # noqa: E402
from lab.judge.verdict import judge_case  # noqa: E402
from lab.measure import samples  # noqa: E402
from lab.measure.measurements import Generator, RunnerFigures  # noqa: E402
from lab.measure.measuring import Recording, measure  # noqa: E402
from lab.settings.loading import committed  # noqa: E402
from lab.settings.suites import Case, plan  # noqa: E402
from lab.tools import k6  # noqa: E402

RATE = 10_000
"""Orders a second, of all runners."""
BEGIN = 1_795_919_144_000
COLUMNS = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,"
    "service,status,subproto,tls_version,url,extra_tags,metadata\n"
)
REQUEST = ",,,,true,,POST,orders,HTTP/1.1,orders,,200,,,orders,shard=a&runner={runner}&judged=yes&testid=r1-a2,"
ITERATION = ",,,,,,,,,orders,,,,,,testid=r1-a2&runner={runner},"
OF_A_REQUEST = (
    ("http_req_blocked", 0.003), ("http_req_connecting", 0.0), ("http_req_tls_handshaking", 0.0),
    ("http_req_sending", 0.02), ("http_req_waiting", 1.2), ("http_req_receiving", 0.05), ("http_req_failed", 0.0),
)  # fmt: skip
ROWS = 15
"""Of an order."""


def write(folder: Path, orders: int, runners: int) -> int:
    """The files of a load; their bytes."""
    for runner in range(runners):
        (folder / f"runner-{runner + 1}").mkdir()
        path = folder / f"runner-{runner + 1}" / k6.SAMPLES
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.write(COLUMNS)
            file.writelines(_orders(range(runner, orders, runners), runner + 1))
    return sum(path.stat().st_size for path in k6.points(folder))


def _orders(numbers: range, runner: int) -> Iterator[str]:
    chance = random.Random(runner)
    request, iteration = REQUEST.format(runner=runner), ITERATION.format(runner=runner)
    for number in numbers:
        due, took = BEGIN + number * 1000 / RATE, chance.lognormvariate(0.5, 0.8)
        at, said = round((due + took + 0.1) * 1000), f"i={number}&due={due:.3f}\n"
        yield f"http_reqs,{at},1.000000{request}{said}"
        yield f"http_req_duration,{at},{took:.6f}{request}{said}"
        for metric, value in OF_A_REQUEST:
            yield f"{metric},{at},{value:.6f}{request}{said}"
        for check in ("status is 200", "order is accepted"):
            yield f"checks,{at},1.000000,{check}{iteration[1:]}{said}"
        for metric, value in (
            ("data_sent", 259), ("data_received", 188), ("iteration_duration", took + 0.1), ("iterations", 1),
        ):  # fmt: skip
            yield f"{metric},{at},{value:.6f}{iteration}{said}"


def judge(folder: Path, orders: int) -> None:
    """Read, measure and judge them, and say what it took."""
    settings = committed()
    suite = plan(settings, "asr1", "full", ("a2",))
    (a2,) = suite.cases
    lasts = max(1, orders // RATE)
    own = a2.settings.model_copy(update={"rate": 60 * RATE, "duration": lasts, "warmup": 0})
    case = Case(id=a2.id, script=a2.script, settings=own, limits=a2.limits)
    rows = orders * ROWS
    began = time.process_time()
    recorded = samples.read(k6.points(folder), own)
    read = time.process_time()
    runners = tuple(
        RunnerFigures(name=f"runner {n}", orders=one.orders, late=one.late, clock=0.0, cpu_share=0.5)
        for n, one in enumerate(recorded.runners, 1)
    )
    generator = Generator(
        exit_code=0, cores=1, cpu_share=0.5, host_busy=0.5, dropped=0, late_writes=0, series=None, runners=runners
    )
    recording = Recording(
        testid="r1-a2", started=BEGIN, samples=recorded, extract={}, generator=generator, outage=None, problems=(),
        fault_error=None,
    )  # fmt: skip
    measured = measure(case, suite.topology, recording)
    verdict = judge_case(case, replace(measured, unknown=None))
    judged = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"orders read: {count(len(recorded.orders))}, p99 {ms(measured.client['whole'].p99)}, {verdict.outcome}")
    print(f"reading and merging: {seconds(read - began)} of a core, {count(round(rows / (read - began)))} rows/s")
    print(f"measuring and judging: {seconds(judged - read)} of a core, {count(round(rows / (judged - read)))} rows/s")
    print(f"most memory: {count(round(peak))} MiB, {count(round(peak * 2**20 / orders))} bytes an order")


def main() -> None:
    """Write them in a folder that goes again, and judge them in a process of their own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runners", type=int, default=8)
    parser.add_argument("--judge", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    orders = asked.rows // ROWS
    if asked.judge:
        judge(asked.judge, orders)
        return
    with tempfile.TemporaryDirectory() as folder:
        size = write(Path(folder), orders, asked.runners)
        print(f"{count(orders * ROWS)} rows of {count(orders)} orders in {asked.runners} files: {count(size)} bytes, "
              f"{size / (orders * ROWS):.1f} a row")  # fmt: skip
        argv = (sys.executable, __file__, "--rows", str(asked.rows), "--judge", folder)
        subprocess.run(argv, check=True)


if __name__ == "__main__":
    main()
