"""Whole runs, from their folders to what is said of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.compare import comparison, wording
from lab.compare.comparison import Comparison
from lab.compare.differences import sentence
from lab.compare.resampling import CLIENT_P50, CLIENT_P99, ENGINE_P99, MATCHES, RISE
from lab.compare.rule import Assessment
from lab.judge.bound import Bound, Kind, Status
from lab.judge.rate_search import Interval
from lab.judge.verdict import CaseVerdict, Outcome
from lab.store import listing
from lab.store.files import CapacityFile, ProvenanceFile, SettingsFile, VerdictFile
from tests.lab.compare.runs import run_in
from tests.lab.present.made_run import MadeCase, judged, keep, kept, rewrite, settings_of
from tests.lab.searches import capacity

pytestmark = pytest.mark.usefixtures("few_resamples")
OUTAGE = MadeCase(name="a4", has_outage=True, seconds=120)


def compared(tmp_path: Path, before: tuple[MadeCase, ...], after: tuple[MadeCase, ...]) -> Comparison:
    return comparison.compare(
        run_in(tmp_path, "20261122T180000Z-asr1-single", *before),
        run_in(tmp_path, "20261122T190000Z-asr1-single", *after),
    )


def test_each_case_that_both_have_is_compared_figure_by_figure(tmp_path: Path) -> None:
    found = compared(tmp_path, (MadeCase(), OUTAGE), (MadeCase(), OUTAGE))

    assert [case.case for case in found.cases] == ["a2", "a4"]
    assert [row.name for row in found.cases[0].rows][:3] == [CLIENT_P50, "client p95", CLIENT_P99]
    assert {ENGINE_P99, MATCHES, "errors"} <= {row.name for row in found.cases[0].rows}
    assert RISE in {row.name for row in found.cases[1].rows}
    assert found.named(Assessment.WORSE) == ()
    assert wording.conclusion(found).startswith("no regression")


def test_the_figures_are_those_of_the_report(tmp_path: Path) -> None:
    found = compared(tmp_path, (MadeCase(),), (MadeCase(slow=2),))
    figures = found.after.cases[0].figures
    assert figures is not None

    rows = {row.name: row for row in found.cases[0].rows}

    assert (rows[CLIENT_P50].after, rows[CLIENT_P99].after) == (figures.p50, figures.p99)


def test_a_slower_run_is_named_with_case_and_figure(tmp_path: Path) -> None:
    found = compared(tmp_path, (MadeCase(),), (MadeCase(slow=40),))

    assert found.is_worse
    assert f"a2 {CLIENT_P50}" in found.named(Assessment.WORSE)
    assert wording.conclusion(found).startswith(f"worse: a2 {CLIENT_P50}")


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ("PASS", "INVALID", "INVALID after"), ("INVALID", "PASS", "INVALID before"), ("INVALID", "INVALID", "INVALID in both"),
        ("NOT JUDGED", "NOT JUDGED", "no objective"),  # as a warm-up
    ],
)  # fmt: skip
def test_a_case_that_says_nothing_is_shown_and_never_named(tmp_path: Path, before: str, after: str, note: str) -> None:
    found = compared(tmp_path, (MadeCase(verdict=before),), (MadeCase(slow=40, verdict=after),))

    assert {(row.assessment, row.note) for row in found.cases[0].rows} == {(Assessment.UNJUDGED, note)}
    assert not found.is_judged
    assert not found.named(Assessment.WORSE)


def bound(name: str, status: Status) -> Bound:
    return Bound(name=name, kind=Kind.LATENCY, status=status, line=name)


def with_bounds(folder: Path, *bounds: Bound) -> Path:
    """The same run, whose one case was judged by these bounds."""
    judged(folder, cases=tuple(replace(case, bounds=bounds) for case in kept(folder, VerdictFile).verdict.cases))
    return folder


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("PASS", "CONDITIONAL", True), ("PASS", "UNDECIDED", True), ("UNDECIDED", "FAIL", True), ("UNDECIDED", "PASS", False), ("PASS", "FAIL", True), ("PASS", "INVALID", True), ("PASS", "NOT JUDGED", True),
        ("CONDITIONAL", "FAIL", True), ("CONDITIONAL", "INVALID", True), ("NOT JUDGED", "INVALID", True),
        ("FAIL", "INVALID", False), ("INVALID", "FAIL", False), ("INVALID", "INVALID", False), ("FAIL", "PASS", False),
        ("NOT JUDGED", "NOT JUDGED", False), ("NOT JUDGED", "PASS", False),
    ],
)  # fmt: skip
def test_an_outcome_that_got_worse_is_worse_whatever_the_figures(
    tmp_path: Path, before: str, after: str, worse: bool
) -> None:
    found = compared(tmp_path, (MadeCase(verdict=before),), (MadeCase(verdict=after),))

    assert found.setbacks == ((f"a2 {before} -> {after}",) if worse else ())
    assert found.is_worse is worse


def test_a_case_that_is_missing_is_worse_and_a_new_one_is_not(tmp_path: Path) -> None:
    found = compared(tmp_path, (MadeCase(), OUTAGE), (MadeCase(), MadeCase(name="a3")))

    assert found.setbacks == ("a4 is missing",)


def test_a_bound_that_was_met_and_is_no_more_is_worse_though_the_outcome_is_the_same(tmp_path: Path) -> None:
    before = run_in(tmp_path, "20261122T180000Z-asr1-single", MadeCase(verdict="CONDITIONAL"))
    after = run_in(tmp_path, "20261122T190000Z-asr1-single", MadeCase(verdict="CONDITIONAL"))
    names = ("rise", "p99_ms", "matches", "error_rate", "step_ms")
    with_bounds(before, *(bound(name, Status.of(is_met=name != "step_ms")) for name in names))
    with_bounds(
        after,
        bound("rise", Status.UNDECIDED),
        bound("p99_ms", Status.MISSED),
        bound("matches", Status.UNMEASURED),
        bound("error_rate", Status.MET),
        bound("step_ms", Status.MISSED),
    )

    assert comparison.compare(before, after).setbacks == (
        "a2 rise is undecided",
        "a2 p99_ms is missed",
        "a2 matches is not measured",
    )


def test_a_bound_that_was_met_and_is_judged_no_more_is_worse(tmp_path: Path) -> None:
    """An engine that publishes nothing any more has neither a correct nor a lost order."""
    before = run_in(tmp_path, "20261122T180000Z-asr1-single", MadeCase())
    after = run_in(tmp_path, "20261122T190000Z-asr1-single", MadeCase())
    with_bounds(before, *(bound(name, Status.MET) for name in ("p99_ms", "correct", "lost")))
    with_bounds(after, bound("p99_ms", Status.MET))

    found = comparison.compare(before, after)

    assert found.setbacks == ("a2 correct is not judged any more", "a2 lost is not judged any more")
    assert found.is_worse


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (Status.MET, Status.MISSED, True), (Status.MET, Status.UNDECIDED, True), (Status.UNDECIDED, Status.MISSED, True),
        (Status.MET, Status.MET, False), (Status.MET, Status.UNMEASURED, False), (Status.UNDECIDED, Status.MET, False),
        (Status.MISSED, Status.UNDECIDED, False), (Status.UNMEASURED, Status.MISSED, False),
    ],
)  # fmt: skip
def test_a_scaling_is_worse_where_searches_before_and_after_say_so(
    tmp_path: Path, before: Status, after: Status, worse: bool
) -> None:
    runs = [run_in(tmp_path, f"20261122T{hour}0000Z-asr1-single", MadeCase()) for hour in (18, 19)]
    for run, status in zip(runs, (before, after), strict=True):
        judged(run, scaling=bound("scaling", status))

    assert comparison.compare(*runs).setbacks == ((f"scaling is {after}",) if worse else ())


@pytest.mark.parametrize("lost", ["settings.json", "provenance.json"])
def test_a_run_whose_own_evidence_is_lost_is_worse_though_no_case_is(tmp_path: Path, lost: str) -> None:
    """Its report is INVALID, and a gate is not to say otherwise."""
    runs = [run_in(tmp_path, f"20261122T{hour}0000Z-asr1-single", MadeCase()) for hour in (18, 19)]
    (runs[1] / lost).unlink()

    found = comparison.compare(*runs)

    assert found.after.verdict is Outcome.INVALID
    assert found.setbacks == ("asr1 PASS -> INVALID",)


def test_a_case_that_missed_its_objective_is_compared_like_any(tmp_path: Path) -> None:
    assert compared(tmp_path, (MadeCase(),), (MadeCase(slow=40, verdict="FAIL"),)).is_worse


def test_what_only_one_run_has_is_said(tmp_path: Path) -> None:
    found = compared(tmp_path, (MadeCase(), OUTAGE), (MadeCase(), MadeCase(name="a3")))

    assert [case.case for case in found.cases] == ["a2"]
    assert found.apart == (
        "only in 20261122T180000Z-asr1-single, so not compared: a4",
        "only in 20261122T190000Z-asr1-single, so not compared: a3",
    )


def test_runs_of_other_suites_have_nothing_in_common(tmp_path: Path) -> None:
    first = run_in(tmp_path, "20261122T180000Z-asr1-single")
    second = run_in(tmp_path, "20261122T190000Z-asr2-multi", MadeCase(name="b2"))
    judged(second, suite="asr2")

    found = comparison.compare(first, second)

    assert found.apart[0] == "20261122T180000Z-asr1-single is of asr1, 20261122T190000Z-asr2-multi of asr2"
    assert found.apart[-1] == "they have no case in common"
    assert not found.is_judged


def test_what_differs_is_told_by_key(tmp_path: Path) -> None:
    first = run_in(tmp_path, "20261122T180000Z-asr1-single")
    second = run_in(tmp_path, "20261122T190000Z-asr1-single", MadeCase(seconds=90), cores=8, load=(9, 9, 9))
    made = kept(second, ProvenanceFile)
    image = replace(made.images[0], pod="me-shard-a-76985575fb-pbnl8", digest="sha256:4567")
    rewrite(second, ProvenanceFile, versions=replace(made.versions, tools={"k6": "1.9.0"}), images=(image,))

    found = comparison.compare(first, second)

    assert {str(one) for one in found.differences} == {
        "cases.a2.duration: 60 -> 90",
        "Tools: k6: 1.8.1 -> 1.9.0",
        "me-shard-a/matching-engine: sha256:0123 -> sha256:4567",
        "Machine: cores: 2 -> 8",
    }
    assert sentence(found.differences) == "the runs differ in settings (1), versions (1), images (1), machine (1)"
    assert found.is_judged


ROUNDS = (MadeCase(), MadeCase(name="a2-2", slow=1.1), MadeCase(name="a2-3", slow=1.2), MadeCase(name="a2-4", slow=90))


def repeated(runs: Path, id_: str) -> Path:
    """Four rounds of A2, the last one INVALID."""
    folder = run_in(runs, id_, *ROUNDS)
    rewrite(folder, SettingsFile, cases=("a2",), settings=settings_of(MadeCase()))
    *valid, last = (CaseVerdict(case=one.name, outcome=Outcome.PASS, reasons=("x",)) for one in ROUNDS)
    told = (*valid, replace(last, outcome=Outcome.INVALID))
    judged(folder, cases=(CaseVerdict(case="a2", outcome=Outcome.PASS, reasons=("x",), repetitions=told),))
    rewrite(folder, VerdictFile, rounds=len(ROUNDS))
    return folder


def test_repetitions_are_compared_by_their_medians_without_the_invalid_ones(tmp_path: Path) -> None:
    first, second = (repeated(tmp_path, f"20261122T{hour}0000Z-asr1-single") for hour in (18, 19))

    found = comparison.compare(first, second)

    assert [(case.case, case.executions) for case in found.cases] == [("a2", (3, 3))]
    middle = next(one for one in found.after.cases[0].repetitions if one.case == "a2-2")
    assert middle.figures
    assert found.cases[0].rows[0].after == middle.figures.p50
    assert listing.listed(first).p99 == pytest.approx(3.91, abs=0.5)


def test_runs_on_different_runtimes_are_kept_apart(tmp_path: Path) -> None:
    first, second = (run_in(tmp_path, f"20261122T{hour}0000Z-asr1-single") for hour in (18, 19))
    judged(second, runtime="process")

    found = comparison.compare(first, second)

    assert found.cases == ()
    assert not found.is_judged
    (why,) = found.apart
    assert why.startswith("20261122T180000Z-asr1-single was made on k3d, 20261122T190000Z-asr1-single on process: ")


def test_a_damaged_run_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    first, second = (run_in(tmp_path, f"20261122T{hour}0000Z-asr1-single") for hour in (18, 19))
    (second / "a2" / "samples.csv.gz").unlink()
    (second / "verdict.json").write_text("{")

    found = comparison.compare(first, second)

    assert found.after.verdict == "INVALID"
    assert {row.assessment for row in found.cases[0].rows} == {Assessment.UNKNOWN}
    assert not found.is_judged


def searched(runs: Path, id_: str, held: int | None, failed: int | None, **more: Any) -> Path:
    folder = run_in(runs, id_, MadeCase(name="try-01-5040"))
    (folder / "verdict.json").unlink()
    found = capacity(topology="single", interval=Interval(rate=held or failed or 0, low=held, high=failed), **more)
    keep(folder, CapacityFile(conclusion=("x",), matches=None, speed_up=None, capacity=found))
    return folder


@pytest.mark.parametrize(
    ("held", "failed", "assessment"),
    [
        (100_000, 105_000, Assessment.SAME), (77_221, 80_640, Assessment.NOISE), (60_000, 63_000, Assessment.WORSE),
        (150_000, None, Assessment.BETTER), (None, 5040, Assessment.WORSE),
    ],
)  # fmt: skip
def test_two_searches_are_compared_by_their_capacity(
    tmp_path: Path, held: int | None, failed: int | None, assessment: Assessment
) -> None:
    """The second pair is of two equal searches on the stand, between which other work began."""
    first = searched(tmp_path, "20261122T180000Z-capacity-single", 104_577, 109_207)
    second = searched(tmp_path, "20261122T190000Z-capacity-single", held, failed)

    found = comparison.compare(first, second)

    assert [(case.case, [row.assessment for row in case.rows]) for case in found.cases] == [("capacity", [assessment])]


def test_a_search_that_broke_off_is_worse_than_one_that_ended(tmp_path: Path) -> None:
    first = searched(tmp_path, "20261122T180000Z-capacity-single", 104_577, 109_207)
    second = searched(tmp_path, "20261122T190000Z-capacity-single", 104_577, 109_207, broke_off="k6 was away")

    assert comparison.compare(first, second).setbacks == ("capacity NOT JUDGED -> INVALID",)
