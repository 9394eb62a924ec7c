"""Scripts are read by the real k6 before anything is loaded: what is wrong with any of a suite's is told at once."""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.core.causes import SCRIPT_ERROR
from lab.core.errors import UsageError
from lab.run import inspection
from lab.settings.settings import Settings
from lab.settings.suites import Suite
from lab.tools.tools import Tool
from tests import k6
from tests.lab.caused import by
from tests.lab.doubles import Tools, lab_of, silent
from tests.lab.made import suite

ENDS = "export default function () {}"
ENTRY = "http://127.0.0.1:1"


class RealK6(Tools):
    """The tools, of which k6 is there."""

    says = "2.2.0"

    def tool(self, name: str) -> Tool:
        return replace(super().tool(name), path=Path(k6.path()), version=self.says)


def read(settings: Settings, chosen: Suite) -> str | None:
    lab = replace(lab_of(settings), tools=RealK6())
    return inspection.step(lab, chosen, entry=ENTRY).run(silent)


def with_last(script: str, path: Path) -> Suite:
    """The suite of which the last case's script is this one."""
    (path / "mine.js").write_text(script)
    whole = suite()
    *others, last = whole.cases
    return replace(whole, cases=(*others, replace(last, script=str(path / "mine.js"))))


def test_the_projects_own_scripts_pass(settings: Settings) -> None:
    assert read(settings, suite()) == "k6 reads 4 scripts"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("export default function () { http.gett( }", "Line 1:41 Unexpected token }"),
        ("const none = undefined; none.b(); " + ENDS, "TypeError: Cannot read property 'b' of undefined"),
        ('import x from "./gone.js"; ' + ENDS, "gone.js"),
        ('import faker from "k6/x/faker"; ' + ENDS, 'unknown modules ["k6/x/faker"]'),
        ("export const options = { vus: 0, iterations: 1 }; " + ENDS, "the number of VUs must be more than 0"),
    ],
)
def test_a_script_that_can_not_be_run_is_told_in_k6s_own_words(
    settings: Settings, tmp_path: Path, script: str, said: str
) -> None:
    """Also one for an extension: k6 fetches no other k6 for it."""
    told = r"^case 'a4': k6 can't run .*mine\.js, and nothing was loaded: "
    with pytest.raises(UsageError, match=told, check=by(SCRIPT_ERROR)) as caught:
        read(settings, with_last(script, tmp_path))

    assert said in "\n".join((caught.value.summary, *caught.value.details))


def test_a_script_is_read_with_what_it_gets_when_it_is_run(settings: Settings, tmp_path: Path) -> None:
    wants = f'if (__ENV.GATEWAY_URL !== "{ENTRY}" || !(Number(__ENV.LAB_RATE) > 0)) throw new Error("no load"); '

    assert read(settings, with_last(wants + ENDS, tmp_path)) == "k6 reads 4 scripts"


@pytest.mark.parametrize(("version", "is_told"), [("2.1.9", True), ("2.2.0", False), ("10.0", False)])
def test_tags_of_a_script_that_this_k6_drops_are_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_told: bool
) -> None:
    monkeypatch.setattr(RealK6, "says", version)

    said = read(settings, with_last('export const options = { tags: { team: "blue" } }; ' + ENDS, tmp_path)) or ""

    assert (f"mine.js: k6 {version} drops its options.tags" in said) is is_told
