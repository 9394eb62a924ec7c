"""What `runs`, `compare` and `baseline` say, their exit codes, and that their words may be left out."""

import sys
from pathlib import Path

import pytest
from invoke.program import Program

import tasks
from lab.commands import optional_words, run_commands
from lab.core.errors import InvalidRunError, SloMissedError, UsageError
from tests.lab.compare.runs import run_in
from tests.lab.present.made_run import MadeCase

pytestmark = pytest.mark.usefixtures("few_resamples")
FIRST, SECOND = (f"20261122T{hour}0000Z-asr1-single" for hour in (18, 19))


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_commands, "RUNS", tmp_path / "runs")
    return tmp_path / "runs"


def two(runs: Path, second: MadeCase | None = None) -> None:
    runs.mkdir()
    run_in(runs, FIRST)
    run_in(runs, SECOND, second or MadeCase())


def test_without_a_run_the_next_command_is_told(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_commands.runs(20)

    assert capsys.readouterr().out == "there is no run in runs/ yet; './invokew asr1' makes one\n"


def test_runs_are_as_many_as_asked_for(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two(runs)

    run_commands.runs(1)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(SECOND)
    assert lines[2] == "1 more; './invokew runs --limit=0' lists all"
    with pytest.raises(UsageError, match="limit must be 0"):
        run_commands.runs(-1)


def test_a_comparison_names_what_is_worse_and_ends_well(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two(runs, MadeCase(slow=40))

    run_commands.compare("", "", fail_on_regression=False, dry=False)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"before: {FIRST}: PASS (the run before it, since no baseline is set)"
    assert lines[2] == "same settings, versions, images and machine"
    assert lines[-1].startswith("worse: a2 client p50")
    assert lines[-2] == f"page: {runs / SECOND / f'compare-{FIRST}.html'}"
    assert (runs / SECOND / f"compare-{FIRST}.html").is_file()


def test_a_regression_ends_with_6_when_asked_for(runs: Path) -> None:
    two(runs, MadeCase(slow=40))

    with pytest.raises(SloMissedError, match="worse: a2 client p50") as raised:
        run_commands.compare("", "", fail_on_regression=True, dry=False)
    assert raised.value.exit_code == 6


def test_equal_runs_end_well_even_so(runs: Path) -> None:
    two(runs)

    run_commands.compare("", "", fail_on_regression=True, dry=False)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (MadeCase(verdict="INVALID"), "worse: a2 PASS -> INVALID"),
        (MadeCase(verdict="FAIL"), "worse: a2 PASS -> FAIL"),
        (MadeCase(verdict="FAIL", slow=40), "worse: a2 PASS -> FAIL, a2 client p50"),
        (MadeCase(name="a3"), "worse: a2 is missing"),
    ],
)
def test_a_verdict_that_got_worse_ends_with_6_though_no_figure_is(runs: Path, second: MadeCase, why: str) -> None:
    two(runs, second)

    with pytest.raises(SloMissedError, match=why) as raised:
        run_commands.compare("", "", fail_on_regression=True, dry=False)
    assert raised.value.exit_code == 6


def test_a_gate_that_judged_nothing_does_not_pass(runs: Path) -> None:
    runs.mkdir()
    for id_ in (FIRST, SECOND):
        run_in(runs, id_, MadeCase(verdict="INVALID"))

    with pytest.raises(InvalidRunError, match="nothing could be compared") as raised:
        run_commands.compare("", "", fail_on_regression=True, dry=False)
    assert raised.value.exit_code == 5


def test_a_dry_comparison_writes_nothing(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two(runs)

    run_commands.compare("", "", fail_on_regression=True, dry=True)
    run_commands.baseline("set", "", force=False, dry=True)

    assert capsys.readouterr().out.splitlines() == [
        f"write {runs / SECOND / f'compare-{FIRST}.html'}",
        f"write {runs / 'baseline.json'}",
    ]
    assert not (runs / SECOND / f"compare-{FIRST}.html").exists()
    assert not (runs / "baseline.json").exists()


def test_a_baseline_is_set_shown_and_forgotten(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two(runs)

    for words in (("set", "20261122T18"), ("show", ""), ("clear", ""), ("show", "")):
        run_commands.baseline(*words, force=False, dry=False)

    assert capsys.readouterr().out.splitlines() == [
        f"baseline of asr1 single full k3d: {FIRST}",
        "next: './invokew compare' compares the newest run with it",
        f"asr1 single full k3d: {FIRST}",
        "cleared: the baseline of asr1 single full k3d",
        "there is no baseline; './invokew baseline set' makes the newest run one",
    ]


@pytest.mark.parametrize(("action", "run"), [("get", ""), ("show", FIRST), ("clear", FIRST)])
def test_another_action_is_refused(runs: Path, action: str, run: str) -> None:
    with pytest.raises(UsageError, match=r"baseline must be one of show, set \[RUN\], clear"):
        run_commands.baseline(action, run, force=False, dry=False)


@pytest.mark.parametrize(
    ("line", "called"),
    [
        ("compare", ("", "", False)),
        ("compare a", ("a", "", False)),
        ("compare a b --fail-on-regression", ("a", "b", True)),
        ("compare --after=b", ("", "b", False)),
        ("baseline", ("show", "", False)),
        ("baseline set", ("set", "", False)),
        ("baseline set a --force", ("set", "a", True)),
    ],
)
def test_words_may_be_left_out(line: str, called: tuple[str, str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Through invoke's own parser."""
    seen: list[tuple[object, ...]] = []
    argv = ["invoke", *line.split()]
    monkeypatch.setattr(sys, "argv", argv)

    def take(*words: str, dry: bool, **flag: bool) -> None:
        seen.append((*words, *flag.values()))

    for name in ("compare", "baseline"):
        monkeypatch.setattr(run_commands, name, take)

    Program(binary="invoke").run(
        ["invoke", "--search-root", str(Path(tasks.__file__).parent), *line.split()], exit=False
    )

    assert seen == [called]


def test_the_words_of_a_task_end_at_its_flags() -> None:
    assert list(optional_words.words(["--echo", "compare", "a", "--force", "b"], "compare")) == ["a"]
    assert list(optional_words.words(["status"], "compare")) == []
