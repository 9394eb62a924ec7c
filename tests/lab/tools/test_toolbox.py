"""The toolbox asks for the tools that are wanted and no others, each once, and passes on what is told meanwhile."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from lab.cluster.lab import of
from lab.core import causes
from lab.core.errors import PreflightError
from lab.process import shell
from lab.settings.loading import committed
from lab.settings.settings import ToolSettings
from lab.tools import tools
from lab.tools.toolbox import Toolbox
from lab.tools.tools import Missing, Tool
from tests.lab.caused import by


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def ensure(name: str, _: ToolSettings, *, progress: Callable[..., None], tell: Callable[[str], None]) -> Tool:
        names.append(name)
        progress(name, 1, 2)
        tell(f"building {name}")
        return Tool(name=name, path=Path(f"/{name}"), version="1", origin="source", reason="")

    monkeypatch.setattr(tools, "ensure", ensure)
    return names


def toolbox() -> Toolbox:
    return of(committed()).tools


@pytest.mark.parametrize(
    ("names", "expected"),
    [(None, {"k3d", "kubectl", "helm", "k6"}), (["k6"], {"k6"}), ((name for name in ("k6", "helm")), {"k6", "helm"}), ([], set())],
    ids=["all", "one", "an iterator", "none"],
)  # fmt: skip
def test_only_the_tools_that_are_wanted_are_got_and_each_once(
    asked: list[str], names: Iterable[str] | None, expected: set[str]
) -> None:
    box = toolbox()

    box.ensure_all(names)
    box.ensure_all(expected)

    assert set(asked) == expected
    assert len(asked) == len(expected)


def test_downloads_and_builds_are_told(asked: list[str]) -> None:
    box, told = toolbox(), list[Any]()
    box.on_progress = lambda *step: told.append(step)
    box.on_build = told.append

    box.tool("k6")

    assert told == [("k6", 1, 2), "building k6"]


def test_an_interrupt_ends_the_commands_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without that the pool would wait for a build to end."""
    ended: list[str] = []

    def interrupted(*_: Any, **__: Any) -> Tool:
        raise KeyboardInterrupt

    monkeypatch.setattr(shell, "stop_all", lambda: ended.append("all"))
    monkeypatch.setattr(tools, "ensure", interrupted)

    with pytest.raises(KeyboardInterrupt):
        toolbox().ensure_all(["k6"])

    assert ended == ["all"]


def test_a_plan_gets_nothing(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    missing = Missing(name="k6", pinned="2.2.0", reason="k6 is not on PATH")
    monkeypatch.setattr(tools, "find", lambda *_: missing)
    box = of(committed(), downloads=False).tools

    with pytest.raises(
        PreflightError,
        match=r"k6 is not on PATH; the next command that needs it downloads 2.2.0",
        check=by(causes.TOOL_MISSING),
    ):
        box.tool("k6")

    assert box.shown("k6") == "k6"
    assert asked == []
