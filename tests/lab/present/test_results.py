import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lab.judge.bound import Status
from lab.judge.repeated import judge_repeated
from lab.judge.verdict import LEFT_OUT, Verdict, broken_case, judge, judge_case
from lab.measure.measurements import CaseMeasurements
from lab.present import case_tables, result_rows
from lab.present.case_document import live
from lab.present.results import Display
from lab.run.case_progress import Progress
from lab.settings import repetition
from tests.lab.made import case, engine, latency, measured, shard, shards, suite


def display() -> tuple[Display, io.StringIO]:
    shown, out = Display(suite()), io.StringIO()
    shown.console.file = out
    return shown, out


def rows(verdict: Verdict, numbers: Mapping[str, CaseMeasurements]) -> list[Sequence[str]]:
    return list(result_rows.rows(live(case, numbers) for case in verdict.cases))


def test_without_a_terminal_a_load_is_a_line_now_and_then() -> None:
    shown, out = display()

    with shown:
        for second in range(40):
            shown.progress(Progress(case=case(), doing="load", elapsed=float(second)))

    assert re.findall(r"(\d+)/300 s", out.getvalue()) == ["0", "15", "30"]


def test_without_a_terminal_what_goes_on_before_the_load_is_a_line_once() -> None:
    shown, out = display()

    with shown:
        shown.begin("a2", "normal load")
        for doing, requests in (("restarting the shards", 0), ("seeding the book", 3), ("seeding the book", 9)):
            shown.progress(Progress(case=case(), doing=doing, requests=requests))

    assert out.getvalue().splitlines() == [
        "a2 normal load",
        "a2 normal load: restarting the shards",
        "a2 normal load: seeding the book, 3 requests",
    ]


def test_what_a_reason_quotes_is_shown_as_it_is() -> None:
    shown, out = display()

    shown.end(broken_case(case("a2"), "k6 ended: [/tmp/x] [red]is[/] :warning:"))

    assert out.getvalue() == "a2: INVALID: k6 ended: [/tmp/x] [red]is[/] :warning:\n"


def test_the_table_has_a_row_a_case_and_four_below_one_with_an_outage() -> None:
    numbers = {name: measured(name) for name in ("a1", "a2", "a4")}
    verdict = judge(suite(), [judge_case(case(name), one) for name, one in numbers.items()])

    table = rows(verdict, numbers)

    assert [row[0] for row in table] == ["a1", "a2", "a4", "  before", "  during", "  outage", "  after"]
    assert table[1] == ("a2", "1,020 of 1,020", "1 ms", "1.5 ms", "3 ms", "2 ms", "0 %", "1,224", "PASS")
    assert table[4] == ("  during", "500", "1 ms", "1.5 ms", "3 ms", "2 ms", "0 %", "1,224", "rise 1 [0.697, 1.43]")


ASR2 = ("b1", "b1-peak", "b2", "b3", "b4")


def asr2(**changes: CaseMeasurements) -> tuple[Verdict, dict[str, CaseMeasurements]]:
    numbers = {name: changes.get(name, measured(name)) for name in ASR2}
    return judge(suite(*ASR2), [judge_case(case(name), numbers[name], numbers) for name in ASR2]), numbers


def test_shards_that_share_a_load_have_a_row_each_and_a_ramps_stages_too() -> None:
    table = rows(*asr2())

    assert [row[0].strip() for row in table] == [
        "b1",
        "b1-peak",
        *("b2", "shard a", "shard b", "shard c"),
        *("b3", "shard a", "shard b", "shard c", "stage 1", "stage 2", "stage 3", "stage 4"),
        *("b4", "shard a", "shard b", "shard c"),
    ]  # fmt: skip
    assert table[3] == ("  shard a", "1,680 (33.3 %)", "1 ms", "1.5 ms", "3 ms", "2 ms", "0 %", "2,016", "")


def test_the_page_has_the_same_figures_of_shards_and_windows_and_more() -> None:
    verdict, numbers = asr2()
    below = {row[0].strip(): row[1:-1] for row in rows(verdict, {"b3": numbers["b3"]})}
    b3 = live(verdict.cases[3], numbers)

    for table, prefix in ((case_tables.shards(b3), "shard "), (case_tables.windows(b3), "")):
        assert table
        figures = {prefix + row[0]: dict(zip(table.head, row, strict=True)) for row in table.rows if row[0] != "whole"}
        assert len(figures) > 2
        for name, page in figures.items():
            assert below[name] == tuple(page[column] for column in result_rows.COLUMNS[1:-1])


def test_a_hot_symbol_shows_in_its_shards_part_of_the_orders() -> None:
    hot, *others = shards("b4")
    uneven = (replace(hot, orders=21_000.0), *(replace(shard, orders=2100.0) for shard in others))

    table = rows(*asr2(b4=measured("b4", shards=uneven)))

    assert [row[1] for row in table[-3:]] == ["4,200 (83.3 %)", "420 (8.33 %)", "420 (8.33 %)"]


def test_a_stage_shows_the_rate_that_it_had() -> None:
    b3 = measured("b3")
    faster = replace(b3, client={**b3.client, "stage 4": latency(orders=20_160)})

    (stage,) = (row for row in rows(*asr2(b3=faster)) if row[0] == "  stage 4")

    assert stage[1] == "5,040"


def test_what_a_script_does_not_tag_is_a_dash() -> None:
    untagged = tuple(replace(one, client=None) for one in shards("b2"))

    table = rows(*asr2(b2=measured("b2", shards=untagged)))

    assert table[3][2:7] == ("-", "-", "-", "2 ms", "-")


def test_the_table_fits_a_terminal_of_120_columns() -> None:
    slow = measured("b4", p99=12_345.6, shards=tuple(replace(one, orders=9e6) for one in shards("b4", a=12_345.6)))
    shown, out = display()

    shown.show(*asr2(b4=slow), "runs/r1")

    table = out.getvalue().split("matches/min by minute")[0].splitlines()[:-1]
    assert len(table) == 2 + len(rows(*asr2()))
    assert max(len(line.rstrip()) for line in table) <= 120


def test_minutes_keeping_up_and_isolation_are_lines_of_their_own_met_or_not() -> None:
    shown, out = display()
    verdict, numbers = asr2(b4=measured("b4", shards=shards("b4", b=30.0)))

    shown.show(verdict, numbers, "runs/r1")

    text = out.getvalue()
    assert "✓ b2: matches/min by minute: 6,048 6,048 6,048 6,048 6,048; 4 consecutive >= 4,750: yes (longest 5)" in text
    assert "✓ b3: kept up with the load: throughput(3) = 6,048 matches/min" in text
    assert "✗ b4: shard b: p99 / b2's 10 [" in text
    assert "✓ b4: shard c: p99 / b2's 1 [" in text


def test_a_case_that_broke_has_a_row_too() -> None:
    verdict = judge(suite("a2"), [broken_case(case("a2"), "k6 can't be started")])

    row, *_ = rows(verdict, {})

    assert row[0] == "a2"
    assert row[-1] == "INVALID"


def test_an_engine_beyond_its_buckets_has_no_figure_but_a_bound() -> None:
    """Prometheus would show 30 s as the last bound, 1 s."""
    slow = measured("a2", shards=(shard(latency={"whole": replace(engine(1000.0), is_beyond=True)}),))
    three = tuple(replace(one, latency={"whole": replace(engine(1000.0), is_beyond=True)}) for one in shards("b2"))
    verdict = judge(suite("a2"), [judge_case(case("a2"), slow)])

    assert rows(verdict, {"a2": slow})[0][5] == "> 1,000 ms"
    assert [row[5] for row in rows(*asr2(b2=measured("b2", shards=three)))[2:4]] == ["> 1,000 ms"] * 2


def repeated(*p99s: float) -> tuple[Verdict, dict[str, CaseMeasurements]]:
    names = [repetition.name("a2", number) for number in range(1, len(p99s) + 1)]
    numbers = {name: measured(p99=p99) for name, p99 in zip(names, p99s, strict=True)}
    verdicts = [replace(judge_case(case(), one), case=name) for name, one in numbers.items()]
    return judge(suite("a2"), [judge_repeated(case(), verdicts)]), numbers


def test_repetitions_have_a_row_each_below_their_case() -> None:
    table = [(row[0], row[1], row[4], row[-1]) for row in rows(*repeated(3.0, 250.0, 4.0))]

    assert table == [
        ("a2", "3 times", "", "UNDECIDED"),
        ("  a2", "1,020 of 1,020", "3 ms", "PASS"),
        ("  a2-2", "1,020 of 1,020", "250 ms", "FAIL"),
        ("  a2-3", "1,020 of 1,020", "4 ms", "PASS"),
    ]


def test_each_bound_of_repetitions_has_its_figures_pooled_with_an_interval() -> None:
    three, twelve = repeated(3.0, 250.0, 4.0)[0].cases, repeated(*(float(n) for n in range(11, 23)))[0].cases
    (bound, row), _ = result_rows.repetitions(live(case, {}) for case in three)
    (_, many), _ = result_rows.repetitions(live(case, {}) for case in twelve)

    assert bound.status is Status.UNDECIDED
    assert row == ("a2", "p99", "3 ms · 250 ms · 4 ms", "14.4 ms", "3 to 250 ms", "200 ms")
    assert many == ("a2", "p99", "11 ms to 22 ms", "16.1 ms", "14 to 18.6 ms", "200 ms")


def test_the_table_of_repetitions_is_shown_once_and_a_single_run_has_none() -> None:
    shown, out = display()
    shown.show(*repeated(3.0, 250.0, 4.0), "runs/r1")
    alone, other = display()
    alone.show(*asr2(), "runs/r1")

    assert re.search(r"! +a2 +p99 +3 ms · 250 ms · 4 ms +14.4 ms +3 to 250 ms +200 ms", out.getvalue())
    assert "pooled" not in other.getvalue()


def test_what_is_undecided_is_neither_met_nor_missed() -> None:
    shown, out = display()
    shown.show(
        *asr2(b2=measured("b2", shards=shards("b2", b=100.0)), b4=measured("b4", shards=shards("b4", b=106.0))),
        "runs/r1",
    )

    assert "! b4: shard b: p99 / b2's 1.06 [" in out.getvalue()


def test_an_engine_that_finished_no_order_has_an_infinite_percentile() -> None:
    nothing = measured("a2", shards=(shard(p99=float("inf")),))
    verdict = judge(suite("a2"), [judge_case(case("a2"), nothing)])

    assert rows(verdict, {"a2": nothing})[0][5] == "infinite"


def test_the_verdict_its_reason_warnings_and_the_evidence_are_shown() -> None:
    shown, out = display()
    numbers = {"a2": measured("a2", warnings=("its series may have gaps",))}
    verdict = judge(suite("a2", profile="smoke"), [judge_case(case("a2"), numbers["a2"])])

    shown.show(verdict, numbers, "runs/r1")

    text = out.getvalue()
    assert "PASS (SMOKE)\n  a2: PASS: p99 3 ms at the client, 2 ms in the engine (limit 200 ms)" in text
    assert "note: a2: its series may have gaps" in text
    assert "evidence: runs/r1" in text


def test_a_verdict_without_a_cluster_is_marked_and_says_what_it_leaves_out_and_how_to_get_the_whole() -> None:
    shown, out = display()
    numbers = {"a2": measured("a2")}
    judged = [judge_case(case("a2"), numbers["a2"])]

    shown.show(judge(replace(suite("a2"), runtime="process"), judged), numbers, "runs/r1")

    text = out.getvalue()
    assert "PASS (PROCESS)\n  a2: PASS: p99 3 ms" in text
    assert f"PROCESS: {LEFT_OUT}; --runtime=k3d runs on a cluster, and needs Docker" in text


def test_a_verdict_on_a_cluster_leaves_nothing_out() -> None:
    shown, out = display()
    numbers = {"a2": measured("a2")}

    shown.show(judge(suite("a2"), [judge_case(case("a2"), numbers["a2"])]), numbers, "runs/r1")

    assert "PROCESS" not in out.getvalue()


def test_each_reason_is_said_once_below_the_verdict() -> None:
    """Of a case that missed in two ways, and of one that broke."""
    shown, out = display()
    slow = measured("a2", p99=900.0, errors=900)
    cases = [judge_case(case("a2"), slow), broken_case(case("a4"), "k6 ended with 108; run './invokew logs'")]

    shown.show(judge(suite("a2", "a4"), cases), {"a2": slow}, "runs/r1")

    lines = out.getvalue().splitlines()
    told = [reason for one in cases for reason in one.reasons]
    assert len(told) > 2
    for reason in told:
        assert [reason in line for line in lines].count(True) == 1, reason
