import os
import re
import shutil
from pathlib import Path

import pytest

from lab.core.errors import UsageError
from lab.store import baseline, inventory, run_choice
from lab.store.listing import listed
from tests.lab.compare.runs import run_in
from tests.lab.present.made_run import judged

FIRST, SECOND, THIRD = (f"20261122T{hour}0000Z-asr1-single" for hour in (18, 19, 20))
OTHER = "20261122T193000Z-asr2-multi"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("made") / "runs"
    runs.mkdir()
    for name in (FIRST, SECOND, OTHER, THIRD):
        run_in(runs, name)
    judged(runs / OTHER, suite="asr2")
    return runs


@pytest.fixture
def runs(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "runs")


def names(pair: run_choice.Pair) -> tuple[str, str]:
    return pair.before.name, pair.after.name


def test_by_default_the_newest_is_held_against_the_one_of_its_kind_before_it(runs: Path) -> None:
    found = run_choice.pair(runs, "", "")

    assert names(found) == (SECOND, THIRD)
    assert "no baseline" in found.why


def test_a_baseline_comes_first(runs: Path) -> None:
    baseline.choose(runs, runs / FIRST, force=False)

    assert names(run_choice.pair(runs, "", "")) == (FIRST, THIRD)
    assert names(run_choice.pair(runs, "baseline", SECOND)) == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((FIRST, SECOND), (FIRST, SECOND)),
        (("20261122T18", "20261122T19000"), (FIRST, SECOND)),
        (("previous", "latest"), (SECOND, THIRD)),
        (("previous", SECOND), (FIRST, SECOND)),
        ((FIRST, ""), (FIRST, THIRD)),
    ],
)
def test_runs_are_found_by_words_ids_and_their_beginnings(
    runs: Path, words: tuple[str, str], expected: tuple[str, str]
) -> None:
    assert names(run_choice.pair(runs, *words)) == expected


def test_any_folder_will_do(runs: Path, tmp_path: Path) -> None:
    away = shutil.copytree(runs / FIRST, tmp_path / "away")

    assert names(run_choice.pair(runs, str(away), "latest")) == ("away", THIRD)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("20261122T19", ""), "is the beginning of 2 runs"),
        (("nothing", ""), "run must be latest, previous, baseline, an id"),
        ((THIRD, THIRD), "can't be compared with itself"),
        (("baseline", ""), "there is no baseline of asr1 single full k3d"),
        (("previous", FIRST), "there is no run of asr1 single full k3d before"),
        (("", OTHER), "there is no run of asr2 multi full k3d before"),
        (("latest", ""), "give two runs"),
    ],
)
def test_what_can_not_be_meant_is_refused(runs: Path, words: tuple[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run_choice.pair(runs, *words)


def test_the_baseline_itself_is_not_held_against_itself(runs: Path) -> None:
    baseline.choose(runs, runs / THIRD, force=False)

    with pytest.raises(UsageError, match="is the baseline itself"):
        run_choice.pair(runs, "", "")


def test_a_baseline_whose_folder_is_gone_is_told(runs: Path) -> None:
    baseline.choose(runs, runs / FIRST, force=False)
    shutil.rmtree(runs / FIRST)

    assert "is gone" in baseline.lines(runs)[0]
    with pytest.raises(UsageError, match="the baseline of asr1 single full k3d is gone"):
        run_choice.pair(runs, "", "")


def test_each_suite_topology_and_profile_has_a_baseline(runs: Path) -> None:
    for name in (FIRST, SECOND, OTHER):
        baseline.choose(runs, runs / name, force=False)

    assert baseline.lines(runs) == (f"asr1 single full k3d: {SECOND}", f"asr2 multi full k3d: {OTHER}")


def test_a_baseline_may_lie_elsewhere(runs: Path, tmp_path: Path) -> None:
    away = shutil.copytree(runs / FIRST, tmp_path / FIRST)

    baseline.choose(runs, away, force=False)

    assert names(run_choice.pair(runs, "", "")) == (FIRST, THIRD)
    assert run_choice.pair(runs, "", "").before == away.resolve()


def test_an_invalid_run_is_no_baseline_unless_forced(runs: Path) -> None:
    (runs / FIRST / "verdict.json").unlink()

    with pytest.raises(UsageError, match=r"is INVALID: verdict\.json is missing; .* --force"):
        baseline.choose(runs, runs / FIRST, force=False)
    assert baseline.choose(runs, runs / FIRST, force=True).run == FIRST


def test_a_run_that_lost_what_it_kept_is_no_baseline_unless_forced(runs: Path) -> None:
    """Its report is INVALID: held against it, nothing would ever be worse."""
    inventory.write(runs / FIRST)
    (runs / FIRST / "a2" / "samples.csv.gz").unlink()

    with pytest.raises(UsageError, match=r"a2/samples\.csv\.gz is missing; .* --force"):
        baseline.choose(runs, runs / FIRST, force=False)
    assert baseline.choose(runs, runs / FIRST, force=True).run == FIRST


def test_baselines_can_be_forgotten(runs: Path) -> None:
    baseline.choose(runs, runs / FIRST, force=False)

    assert baseline.clear(runs) == ("asr1 single full k3d",)
    assert baseline.clear(runs) == ()
    assert baseline.lines(runs) == ("there is no baseline; './invokew baseline set' makes the newest run one",)


def test_a_run_is_found_by_its_id_its_path_or_as_the_newest(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    run = run_in(runs, FIRST)
    (runs / "20260101T000000Z-asr1-single").mkdir()

    assert run_choice.folder(runs, run.name) == run
    assert run_choice.folder(tmp_path / "elsewhere", str(run)) == run
    assert run_choice.folder(runs, "") == run
    (runs / "latest").write_text("20260101T000000Z-asr1-single\n")
    assert run_choice.folder(runs, "").name == "20260101T000000Z-asr1-single"


def test_a_run_that_is_none_is_told_with_those_there_are(tmp_path: Path) -> None:
    run = run_in(tmp_path / "runs", FIRST)

    with pytest.raises(UsageError, match=f"got 'nope'; the newest are {run.name}"):
        run_choice.folder(run.parent, "nope")
    with pytest.raises(UsageError, match="there is no run in none/ yet"):
        run_choice.folder(run.parent / "none", "")


@pytest.mark.parametrize("content", [None, ("settings.json", '{"editor.tabSize": 4}'), ("verdict.json", "")])
def test_a_folder_that_is_no_run_s_is_refused(
    content: tuple[str, str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports are written into it."""
    runs, other = tmp_path / "lab" / "runs", tmp_path / "other"
    other.mkdir()
    runs.mkdir(parents=True)
    if content:
        (other / content[0]).write_text(content[1])
    monkeypatch.chdir(other)

    for wanted in ("../..", "../../other", ".", "/", str(other)):
        with pytest.raises(UsageError, match=f"^'{re.escape(wanted)}' is not a run's folder; './invokew runs' lists"):
            run_choice.folder(runs, wanted)


def test_a_run_of_which_a_file_is_a_pipe_is_damaged(runs: Path) -> None:
    (runs / FIRST / "verdict.json").unlink()
    os.mkfifo(runs / FIRST / "verdict.json")

    assert "verdict.json is no file" in listed(runs / FIRST).damage
    assert run_choice.folder(runs, f"../runs/{FIRST}") == runs / f"../runs/{FIRST}"
