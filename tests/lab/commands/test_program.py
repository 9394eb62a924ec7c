"""Invoke as the lab runs it."""

from pathlib import Path

import pytest
from invoke.collection import Collection
from invoke.context import Context

from lab.commands.flags import task
from lab.commands.program import LabProgram


@task(positional=["word"])
def shown(_c: Context, word: str, count: int = 1, full: bool = False) -> None:
    """Take a word, a value and a switch."""


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as caught:
        LabProgram(namespace=Collection(shown)).run(["invoke", *words])
    return int(str(caught.value.code))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-f", "/nope", "shown"), "--config has no part in the lab; got '/nope'; put settings into experiment.local.yaml, or into a file that LAB_SETTINGS names"),
        (("-T", "x", "shown"), "--command-timeout must be a whole number; got 'x'"),
        (("--list-depth=x", "-l"), "--list-depth must be a whole number; got 'x'"),
        (("show",), "no task is called 'show'; did you mean shown?; run './invokew --list'"),
        (("--help", "nosuch"), "no task is called 'nosuch'; run './invokew --list'"),
        (("--full", "shown"), "a task's flags come behind its name, and no other flag is '--full'; run './invokew --list'"),
        (("shown", "a", "b"), "shown takes no further word, and no task is called 'b'; run './invokew --help shown'"),
        (("shown",), "shown needs WORD; got none; write './invokew shown WORD', or run './invokew --help shown'"),
        (("shown", "a", "--cuont=2"), "shown has no flag '--cuont'; did you mean --count?; it has --word, --count, --full; run './invokew --help shown'"),
        (("shown", "a", "--count"), "--count needs a value; got none; write --count=VALUE, or run './invokew --help shown'"),
        (("shown", "a", "--count=2", "--count=3"), "'--count=3' can't be taken: --count is given twice, or takes no value; run './invokew --help shown'"),
        (("shown", "a", "--full=x"), "'--full=x' can't be taken: --full is given twice, or takes no value; run './invokew --help shown'"),
        (("--list", "nosuch"), "--list takes no value; got 'nosuch'; run './invokew --list'"),
        (("--list-format=foo", "-l"), "--list-format must be one of flat, nested, json; got 'foo'"),
    ],
)  # fmt: skip
def test_words_that_can_not_be_read_are_one_line_with_what_is_nearest(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (ended(*words), capsys.readouterr().err) == (2, f"error: {said}\n")


@pytest.mark.parametrize(
    ("file", "content"), [("home/.invoke.yaml", "run: ["), ("home/.invoke.py", "1/0"), ("invoke.yaml", "run: {echo: true}")]
)  # fmt: skip
def test_settings_of_other_software_s_invoke_have_no_part(
    file: str, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / file).write_text(content)
    (tmp_path / "tasks.py").write_text(
        "from lab.commands.flags import task\n\n@task\ndef shown(c):\n    print(c.config.run.echo)\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INVOKE_RUN_ECHO", "1")

    LabProgram().run(["invoke", "--search-root", str(tmp_path), "shown"])

    assert capsys.readouterr().out == "False\n"
