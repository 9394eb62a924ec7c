"""Whatever wrong words a task is given, it says in a line what is wrong, and does nothing."""

import json
import re
import runpy
import subprocess
import sys
from typing import Any

import pytest
from invoke.collection import Collection
from invoke.tasks import Task

import tasks
from lab.commands.flags import written
from lab.settings import loading
from tests import checkout
from tests.lab.commands import wrong_words
from tests.lab.present.made_run import make

CONTROLS = (["synth"], ["schema"])
"""Two commands that are right: one begins to start a program, one to write a file."""
REFUSED = {2, 3}
"""By the lab; or because there is not even the runtime that the words are about."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What became of every wrong command, in a checkout of its own, on a machine that has no program at all."""
    root = checkout.copied(tmp_path_factory.mktemp("checkout"))
    make(root / "later")
    home, nothing = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("bin")
    environment = {"PATH": str(nothing), "HOME": str(home), "LAB_CACHE": str(home / "cache"), "PYTHONUTF8": "1"}
    argv = (sys.executable, "-P", wrong_words.__file__)
    done = subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert not (root / ".lab").exists()
    return [json.loads(line) for line in done.stdout.splitlines()]


def is_one_line(said: list[str]) -> bool:
    """The lab's own line, below which there may be evidence."""
    first, *rest = said or [""]
    return first.startswith("error: ") and all(line.startswith("  ") for line in rest)


def test_every_task_refuses_every_wrong_word_in_a_line(
    outcomes: list[dict[str, Any]], subtests: pytest.Subtests
) -> None:
    """An exit code of 2, or 3 where a runtime can't be had; no traceback, and nothing is begun.

    One test, since all of them are tried at a time: words of each task, and of none.
    """
    for name in (*sorted(Collection.from_module(tasks).task_names), "nosuch", "--nosuch"):
        with subtests.test(name):
            mine = [one for one in outcomes if one["words"][0] == name and one["words"] not in CONTROLS]
            assert mine
            assert [one for one in mine if one["code"] not in REFUSED or not is_one_line(one["said"])] == []

    with subtests.test("the measure itself can fail"):
        begun = [one["code"] for one in outcomes if one["words"] in CONTROLS]
        assert begun == [wrong_words.BEGAN] * len(CONTROLS)


def test_the_help_of_a_flag_names_all_that_a_wrong_value_is_told_to_choose_from(
    outcomes: list[dict[str, Any]], subtests: pytest.Subtests
) -> None:
    """What experiment.yaml or a command lists instead is said to be there."""
    made = runpy.run_path(tasks.__file__).values()  # anew: Invoke takes a flag's help away when it has read it
    helps = {
        written(one.name): {written(key): said for key, said in one.help.items()}
        for one in made
        if isinstance(one, Task)
    }
    shards = {shard for one in loading.committed().topologies.values() for shard in one.shards}
    told: dict[tuple[str, str], list[str]] = {}
    for one in outcomes:
        flag, _, value = next((word for word in one["words"] if "nosuch" in word), "").removeprefix("--").partition("=")
        if known := re.search(r"must be one of (.+); got 'nosuch'", "\n".join(one["said"][:1])):
            told[one["words"][0], flag if value else ""] = known[1].replace(" [RUN]", "").split(", ")
    assert {("up", "runtime"), ("asr1", "profile"), ("judge", "settings"), ("logs", "name")} <= told.keys()
    for (task, flag), choices in told.items():
        with subtests.test(f"{task} --{flag}"):
            said = helps[task][flag] if flag else " ".join(helps[task].values())
            named = [one for one in choices if one not in shards]
            is_listed = re.search(r"experiment\.yaml|\blists\b|topology", said)
            assert is_listed or [one for one in named if not re.search(rf"\b{re.escape(one)}\b", said)] == []


@pytest.mark.parametrize("task", sorted(wrong_words.OTHERS))
def test_the_words_that_a_task_needs_are_words_of_it(task: str) -> None:
    """Else it would be refused for these, whatever the other word is."""
    flags = {one.name: one for one in Collection.from_module(tasks)[task].get_arguments()}

    assert wrong_words.OTHERS[task].keys() <= flags.keys()


def test_every_task_with_a_required_word_has_a_right_one_to_go_with_a_wrong_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", [])  # whose words make optional words required
    found = Collection.from_module(tasks)
    required = {name for name in found.task_names if any(one.positional for one in found[name].get_arguments())}

    assert required <= wrong_words.OTHERS.keys()
