"""Lies, each planted into what an honest run recorded: a tool that doesn't look passes them (docs/validity.md)."""

import gzip
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from lab.core.paths import ROOT
from lab.judge.verdict import CaseVerdict, Outcome, judge_case
from lab.measure import samples
from lab.measure.counters import Series
from lab.measure.lab_state import Container, LabState
from lab.measure.measuring import Recording, measure
from lab.measure.null_path import NullPath
from lab.measure.samples import Order
from lab.measure.surroundings import Surroundings
from tests.lab.judge.recordings import FOLDER, OUTAGE, POD, honest, lab_state, load_start, trial
from tests.lab.made import IMAGE, LAB_STATE, generator, suite

Plant = Callable[[Recording], Recording]
PASS, FAIL, INVALID = Outcome.PASS, Outcome.FAIL, Outcome.INVALID
HONEST = {"a2": Outcome.PASS, "a4": Outcome.UNDECIDED}
"""So short an outage has too few orders to show that p99 did not rise in it."""


@dataclass(frozen=True, kw_only=True)
class Lie:
    """Something that spoils a case without any figure of it looking bad.

    Args:
        name: What is wrong.
        plant: Puts it into what was recorded.
        reason: What the verdict must say, in part.
        case: Whose recording.
        outcome: What it makes of an honest run: PASS with a note where it can't have made the figures look better.
        of_a_miss: What it makes of a run that misses its objective.
    """

    name: str
    plant: Plant
    reason: str
    case: str = "a2"
    outcome: Outcome = INVALID
    of_a_miss: Outcome = INVALID


def judged(case: str, recording: Recording) -> CaseVerdict:
    return judge_case(trial(case), measure(trial(case), suite().topology, recording))


# Plants: in k6's points.


def orders(change: Callable[[tuple[Order, ...]], Iterable[Order]]) -> Plant:
    return lambda it: replace(it, samples=replace(it.samples, orders=tuple(change(it.samples.orders))))


def some_orders(share: float) -> Plant:
    """Only the first part of the orders was sent."""
    return orders(lambda sent: sent[: round(share * len(sent))])


def dropped(recording: Recording) -> Recording:
    return replace(recording, samples=replace(recording.samples, dropped=30), generator=generator(dropped=30))


def burst(recording: Recording) -> Recording:
    """As many orders as were asked, in half the time: a mean rate hides it."""
    start = load_start("a2")
    return orders(lambda sent: (replace(one, due=start + (one.due - start) / 2) for one in sent))(recording)


def slow_way(recording: Recording) -> Recording:
    """Each twentieth answer is held up on its way, while the engine's own figures stay as they are."""
    return orders(lambda sent: (replace(one, service=one.service + 140 * (n % 20 == 0)) for n, one in enumerate(sent)))(
        recording
    )


def refused(recording: Recording) -> Recording:
    """Each twentieth order."""
    return orders(lambda sent: (replace(one, accepted=n % 20 != 0) for n, one in enumerate(sent)))(recording)


# In what Prometheus recorded.


def series(name: str, change: Callable[[Series], Series | None]) -> Plant:
    """Change each series of a part of the extract, or leave it out."""

    def plant(recording: Recording) -> Recording:
        changed = tuple(one for one in map(change, recording.extract[name]) if one)
        return replace(recording, extract={**recording.extract, name: changed})

    return plant


def several(*plants: Plant) -> Plant:
    def plant(recording: Recording) -> Recording:
        for one in plants:
            recording = one(recording)
        return recording

    return plant


def points(change: Callable[[float, float], float], *, case: str = "a2") -> Callable[[Series], Series]:
    """Each value by the second of the load at which it was scraped, and what it was."""
    return lambda one: replace(
        one, points=tuple((at, change((at - load_start(case)) / 1000, value)) for at, value in one.points)
    )


def frozen(since: float, *names: str) -> Plant:
    """An endpoint that goes on answering with what it said then: every scrape succeeds."""

    def stopped(one: Series) -> Series:
        last = [value for at, value in one.points if (at - load_start("a2")) / 1000 <= since]
        return points(lambda second, value: value if second <= since else (last or [one.points[0][1]])[-1])(one)

    return several(*(series(name, stopped) for name in names or ("match_duration", "matches", "orders", "depth")))


def down(one: Series) -> Series:
    """No scrape for 15 s of the load."""
    start = load_start("a2")
    return replace(one, points=tuple(point for point in one.points if not 8 < (point[0] - start) / 1000 < 23))


def fallen_back(one: Series) -> Series:
    """A counter that begins anew in the middle, as that of a new process does."""
    middle = [value for at, value in one.points if (at - load_start("a2")) / 1000 < 15][-1]
    return points(lambda second, value: value if second < 15 else value - middle)(one)


def again(recording: Recording) -> Recording:
    """A second job scrapes the same engine: each sum over its series doubles."""
    twice = {
        name: (*found, *(replace(one, labels={**one.labels, "job": "kubernetes-pods"}) for one in found))
        for name, found in recording.extract.items()
    }
    return replace(recording, extract=twice)


def throttled(recording: Recording) -> Recording:
    periods = recording.extract["cpu_periods"]
    slow = tuple(replace(one, points=tuple((at, 0.2 * value) for at, value in one.points)) for one in periods)
    return replace(recording, extract={**recording.extract, "cpu_throttled_periods": slow})


# Around the load.


def around(**changes: Any) -> Plant:
    return lambda recording: replace(recording, around=replace(recording.around, **changes))


def stood(**changes: Any) -> Plant:
    """The lab was like this all the time."""
    other = lab_state(**changes)
    return around(first=other, before=other, after=other)


def container(**changes: Any) -> tuple[Container, ...]:
    (engine,) = LAB_STATE.containers
    return (replace(engine, **changes),)


def ended(cause: str, **changes: Any) -> tuple[Container, ...]:
    return container(pod=POD, ended=cause, ended_at=load_start("a2") + 12_000, restarts=1, **changes)


def broker_seen(recording: Recording) -> Recording:
    """Someone scaled it up while it was to be away; it was proven to go before, and to be back after."""
    seen = tuple(
        replace(poll, pods=("redpanda-0",)) if poll.began > OUTAGE.in_force + 5000 else poll
        for poll in recording.around.polls
    )
    return around(polls=seen)(recording)


PATH = NullPath(p99=1.2, asked=85, answered=85)
LIES = (
    # the load
    Lie(name="iterations dropped", plant=dropped, reason="30 iterations dropped (limit 0", of_a_miss=FAIL),
    Lie(name="a fifth of the load never came", plant=some_orders(0.8), reason="orders/min reached of 1,020 asked (limit 99 %)"),
    Lie(name="orders in a burst", plant=burst, reason="one minute had 0 % of the orders asked for it (limit 90 %)"),
    Lie(name="no order at all", plant=some_orders(0), reason="no order was due in window 'whole'"),
    Lie(name="k6 broke", plant=lambda it: replace(it, problems=("k6 ended with 107",)), reason="k6 ended with 107"),
    Lie(name="k6 short of CPU", plant=lambda it: replace(it, generator=generator(cpu_share=0.95)), reason="k6 was short of CPU: it used 95 %", outcome=PASS, of_a_miss=FAIL),
    Lie(name="k6's remote write late", plant=lambda it: replace(it, generator=generator(late_writes=4)), reason="k6 wrote to Prometheus late 4 times", outcome=PASS, of_a_miss=FAIL),
    Lie(name="someone else trades", plant=several(*(series(name, points(lambda _, value: 1.1 * value)) for name in ("orders", "match_duration"))), reason="somebody else sends orders to this lab", outcome=PASS),
    # the engine
    Lie(name="fills that stop", plant=frozen(8, "matches"), reason="matches an order fell", outcome=PASS, of_a_miss=FAIL),
    Lie(name="empty book", plant=series("depth", points(lambda second, value: 0.0 if second > 20 else value)), reason="ran dry: no SELL order rested", of_a_miss=FAIL),
    Lie(name="an engine that matches nothing", plant=series("matches", points(lambda *_: 0.0)), reason="filled none (limit 1)", of_a_miss=FAIL),
    Lie(name="an engine that answers before it matches, and hangs", plant=frozen(15, "match_duration"), reason="and finished", outcome=FAIL, of_a_miss=FAIL),
    Lie(name="an engine that is restarted", plant=several(*(series(name, fallen_back) for name in ("matches", "orders", "match_duration"))), reason="me-shard-a restarted 1 time", of_a_miss=FAIL),
    Lie(name="an engine that runs out of memory", plant=around(after=lab_state(containers=ended("OOMKilled, exit code 137"))), reason="restarted 1 time during the load (OOMKilled, exit code 137) (limit 0); raise resources.engine.limits.memory", of_a_miss=FAIL),
    Lie(name="an engine at its CPU limit", plant=throttled, reason="me-shard-a was throttled in 20 % of its CPU periods (more than 5 %)", outcome=PASS, of_a_miss=FAIL),
    # its metrics
    Lie(name="scraped twice", plant=again, reason="scraped by 2 jobs (limit 1)", of_a_miss=FAIL),
    Lie(name="never scraped", plant=lambda it: replace(it, extract={}), reason="me-shard-a was not scraped", of_a_miss=FAIL),
    Lie(name="target down", plant=several(*(series(name, down) for name in ("matches", "orders", "match_duration", "depth"))), reason="gave no metrics for", of_a_miss=FAIL),
    Lie(name="a frozen endpoint", plant=frozen(-10), reason="the engines took 0 orders of the", of_a_miss=FAIL),
    Lie(name="an endpoint that freezes in mid-run", plant=frozen(15), reason="other engines are scraped than k6 loads", of_a_miss=FAIL),
    Lie(name="clocks apart", plant=around(clock=-3.2), reason="the clock of the metrics is 3.2 s behind this machine's (limit 1 s)", of_a_miss=FAIL),
    Lie(name="a clock that nobody read", plant=around(clock=None), reason="the clock of the metrics is unknown", of_a_miss=FAIL),
    # the machine and the way
    Lie(name="a saturated machine", plant=lambda it: replace(it, generator=generator(host_busy=0.97)), reason="this machine was saturated: 97 %", outcome=PASS),
    Lie(name="a machine that nobody watched", plant=lambda it: replace(it, generator=generator(host_busy=None)), reason="the CPU use of this machine and of k6 is unknown", outcome=PASS),
    Lie(name="a slow path", plant=around(path=replace(PATH, p99=111.0)), reason="the path is slow: p99 111 ms for /health alone (limit 100 ms", outcome=PASS),
    Lie(name="a path that answers in part", plant=around(path=replace(PATH, answered=70)), reason="70 of 85 requests for /health were answered", outcome=PASS),
    Lie(name="a calibration that broke", plant=around(path=replace(PATH, problem="k6 ended with 107")), reason="the path's calibration failed: k6 ended with 107", outcome=PASS),
    Lie(name="no calibration", plant=around(path=None), reason="the path's calibration failed: it was not measured", outcome=PASS),
    Lie(name="client and engine too far apart", plant=slow_way, reason="client and engine are too far apart", outcome=PASS),
    # the broker
    Lie(name="the broker was never away", case="a4", plant=lambda it: replace(it, outage=None), reason="the broker was not taken down", of_a_miss=FAIL),
    Lie(name="the broker back too early", case="a4", plant=broker_seen, reason="the broker was not down all the time", of_a_miss=FAIL),
    Lie(name="nobody looked for the broker", case="a4", plant=around(polls=()), reason="whether the broker stayed down is unknown", of_a_miss=FAIL),
    Lie(name="the broker not back", case="a4", plant=lambda it: replace(it, fault_error="redpanda is not ready"), reason="the broker's outage failed: redpanda is not ready"),
    Lie(name="the broker back after the load", case="a4", plant=lambda it: replace(it, outage=replace(OUTAGE, over=OUTAGE.over + 60_000)), reason="after the load's end"),
    Lie(name="the outage too late", case="a4", plant=lambda it: replace(it, outage=replace(OUTAGE, began=OUTAGE.began + 7000, in_force=OUTAGE.in_force + 7000)), reason="late (limit 5 s)"),
    Lie(name="a broker that dies in a case without an outage", plant=around(after=lab_state(containers=ended("OOMKilled, exit code 137", workload="redpanda"))), reason="redpanda ended during the load (OOMKilled"),
    # what stands
    Lie(name="a shard with other symbols", plant=stood(shards={"me-shard-a": ("TEST-ASSET-A",)}), reason="me-shard-a owns TEST-ASSET-A; topology single gives it"),
    Lie(name="a shard too many", plant=stood(shards={**LAB_STATE.shards, "me-shard-b": ("X",)}), reason="me-shard-b runs, but is not part of topology single"),
    Lie(name="a Service that leads elsewhere", plant=stood(problems=("service entry must lead to me-shard-a",)), reason="service entry must lead to me-shard-a"),
    Lie(name="another image than applied", plant=stood(containers=container(image="other:1")), reason="runs image other:1; applied was"),
    Lie(name="a stale image under the right reference", plant=stood(containers=container(digest="sha256:fedcba")), reason="runs the image sha256:fedcba, not the one that was built as"),
    Lie(name="other content in the registry", plant=stood(containers=container(digest="sha256:fedcba"), built={IMAGE: replace(LAB_STATE.built[IMAGE], configurations=("sha256:fedcba",))}), reason="not the one that was built as"),
    Lie(name="a template changed in mid-run", plant=around(after=lab_state(parts=dict.fromkeys(LAB_STATE.parts, "9"))), reason="the pod template of Deployment matching-engine/me-shard-a was changed"),
    Lie(name="settings changed between two cases", plant=around(first=lab_state(files={"file experiment.yaml": "0"})), reason="file experiment.yaml was changed"),
    Lie(name="a script changed in mid-run", plant=around(after=lab_state(files={**LAB_STATE.files, "file loadtests/x.js": "1"})), reason="file loadtests/x.js was added"),
    Lie(name="the lab state is unknown", plant=around(after=None, unknown="the cluster doesn't answer"), reason="the lab state around the load is unknown: the cluster doesn't answer"),
    Lie(name="nobody read the lab state", plant=around(first=None), reason="the lab state around the load is unknown: it was not read"),
)  # fmt: skip


HIDES = {"no order at all", "client and engine too far apart"}
"""What leaves no miss to spoil, or is one."""


@pytest.mark.parametrize("case", ["a2", "a4"])
def test_the_honest_recording_has_no_fault(case: str) -> None:
    """Otherwise a lie would be caught for another reason."""
    verdict = judged(case, honest(case))

    assert (verdict.outcome, verdict.is_valid) == (HONEST[case], True), verdict.reason


@pytest.mark.parametrize("lie", LIES, ids=[lie.name for lie in LIES])
def test_a_lie_spoils_what_it_can_have_made_and_is_named(lie: Lie) -> None:
    verdict = judged(lie.case, lie.plant(honest(lie.case)))

    assert verdict.outcome is lie.outcome, verdict.reason
    assert lie.reason in "; ".join((*verdict.reasons, *verdict.notes))


def missed(case: str) -> Recording:
    """So many orders are refused that the objective is missed."""
    return refused(honest(case))


@pytest.mark.parametrize("lie", [lie for lie in LIES if lie.name not in HIDES], ids=lambda lie: lie.name)
def test_a_lie_beside_a_miss_spoils_what_it_can_have_made(lie: Lie) -> None:
    verdict = judged(lie.case, lie.plant(missed(lie.case)))

    assert verdict.outcome is lie.of_a_miss, verdict.reason
    assert lie.reason in "; ".join((*verdict.reasons, *verdict.notes))


def test_every_lie_is_in_the_docs_and_every_test_of_the_docs_is_there() -> None:
    page = (ROOT / "docs" / "validity.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert [lie.name for lie in LIES if f'"{lie.name}"' not in page] == []
    assert [name for name in re.findall(r"`(test_\w+)`", page) if f"def {name}(" not in tests] == []


def rewritten(folder: Path, change: Callable[[str], str]) -> samples.Samples:
    """k6's points as if the script had recorded them otherwise."""
    text = gzip.decompress((FOLDER / "a2" / "samples.csv.gz").read_bytes()).decode()
    (folder / "samples.csv.gz").write_bytes(gzip.compress(change(text).encode()))
    return samples.read(folder / "samples.csv.gz")


def test_orders_that_a_script_calls_seeds_are_no_load(tmp_path: Path) -> None:
    """k6 counts a threshold without a sample as kept."""
    seeds = rewritten(tmp_path, lambda text: text.replace(",orders,", ",seed,"))

    verdict = judged("a2", replace(honest("a2"), samples=seeds))

    assert seeds.orders == ()
    assert verdict.outcome is Outcome.INVALID
    assert "k6 sent 0 (limit 1 % more)" in verdict.reason


def test_a_recording_that_breaks_off_is_no_quick_load(tmp_path: Path) -> None:
    half = rewritten(tmp_path, lambda text: text[: len(text) // 2])

    verdict = judged("a2", replace(honest("a2"), samples=half))

    assert verdict.outcome is Outcome.INVALID
    assert "reached of 1,020 asked" in verdict.reason


def test_a_slow_engine_is_a_miss_and_no_lie() -> None:
    """Where the engine's own figures say so too, the objective is missed: INVALID would hide it."""
    slow = tuple(replace(order, service=order.service + 300) for order in honest("a2").samples.orders)

    def shifted(one: Series) -> Series:
        bound = {"0.001": "0.5", "0.005": "1"}.get(one.labels["le"])
        return replace(one, labels={**one.labels, "le": bound}) if bound else points(lambda *_: 0.0)(one)

    engine = series("match_duration", lambda one: one if one.labels["le"] == "+Inf" else shifted(one))
    recording = replace(honest("a2"), samples=replace(honest("a2").samples, orders=slow))

    assert judged("a2", engine(recording)).outcome is Outcome.FAIL


def test_an_engine_slower_than_its_answers_is_no_lie() -> None:
    """It answers before it matches (workload contract, 1): its p99 far above the client's is a figure like others."""
    later = {"0.001": "0.1", "0.005": "0.2"}

    def shifted(one: Series) -> Series | None:
        bound = later.get(one.labels["le"], one.labels["le"])
        return replace(one, labels={**one.labels, "le": bound}) if one.labels["le"] in {*later, "+Inf"} else None

    assert judged("a2", series("match_duration", shifted)(honest("a2"))).outcome is Outcome.PASS


def test_one_late_write_of_a_short_load_is_told_and_not_judged() -> None:
    told = replace(honest("a2"), generator=generator(late_writes=1))

    assert judged("a2", told).outcome is Outcome.PASS
    assert "late 1 time" in " ".join(measure(trial("a2"), suite().topology, told).warnings)


def test_an_image_whose_digest_cannot_be_told_is_told_and_not_judged() -> None:
    unknown = stood(containers=container(digest="sha256:fedcba"), built={})(honest("a2"))

    assert judged("a2", unknown).outcome is Outcome.PASS
    assert "is what was built is unknown" in " ".join(measure(trial("a2"), suite().topology, unknown).warnings)


def test_what_the_lab_itself_does_is_no_change() -> None:
    """A clean case's new pods, and the broker's after its outage, are other containers of the same templates."""
    renewed: Mapping[str, LabState] = {"after": lab_state(containers=container(pod="me-shard-a-596b44db5-00000"))}

    assert judged("a4", around(**renewed)(honest("a4"))).outcome is HONEST["a4"]


def test_a_broker_that_starts_twice_on_its_way_back_is_no_lie() -> None:
    twice = container(workload="redpanda", ended="Error, exit code 1", ended_at=OUTAGE.over - 2000, restarts=1)
    later = container(workload="redpanda", ended="Error, exit code 1", ended_at=OUTAGE.over + 2000, restarts=1)

    assert judged("a4", around(after=lab_state(containers=twice))(honest("a4"))).outcome is HONEST["a4"]
    assert judged("a4", around(after=lab_state(containers=later))(honest("a4"))).outcome is Outcome.INVALID


def test_a_control_that_ends_leaves_the_figures_what_they_are() -> None:
    died = ended("OOMKilled, exit code 137", workload="control")

    assert judged("a2", around(after=lab_state(containers=died))(honest("a2"))).outcome is Outcome.PASS


def test_surroundings_say_nothing_by_themselves() -> None:
    """What nobody looked at is not taken for good."""
    assert judged("a2", replace(honest("a2"), around=Surroundings())).outcome is Outcome.INVALID
