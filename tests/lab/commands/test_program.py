"""Invoke as the lab runs it."""

from pathlib import Path

import pytest
from invoke.collection import Collection
from invoke.context import Context

from lab.commands.flags import task
from lab.commands.program import LabProgram


@task
def shown(c: Context) -> None:
    """Print a setting of Invoke."""
    print(c.config.run.echo)  # noqa: T201 - what a task does


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
        (("--list-format=foo", "-l"), "--list-format must be one of flat, nested, json; got 'foo'"),
    ],
)  # fmt: skip
def test_a_wrong_flag_before_a_task_is_one_line(
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
