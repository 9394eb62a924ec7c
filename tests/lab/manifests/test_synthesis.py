import re
from dataclasses import replace
from pathlib import Path

from lab.core.paths import ROOT
from lab.manifests.synthesis import fingerprint, sources
from lab.settings.layout import of_own_cluster
from lab.settings.settings import Settings

FROM = re.compile(r"^from (lab[a-z_.]*) import (.+)$", re.MULTILINE)
NO_PART = {ROOT / "lab" / "tools" / "node.py"}
"""Finds the Node that runs the constructs; what they make doesn't depend on it."""


def imported(path: Path) -> set[Path]:
    """The files of lab/ that a module names."""
    found = set()
    for package, names in FROM.findall(path.read_text(encoding="utf-8")):
        folder = ROOT.joinpath(*package.split("."))
        within = {folder / f"{name.split(' as ')[0].strip()}.py" for name in names.split(",")}
        found |= {one for one in within if one.exists()} or {folder.with_suffix(".py")}
    return found


def test_what_the_constructs_read_of_the_lab_makes_another_manifest_when_it_changes() -> None:
    modules = [path for path in sources() if ROOT / "constructs" in path.parents]
    named = {one for path in modules for one in imported(path)}

    assert named
    assert named - NO_PART <= sources()


def test_a_manifest_has_a_fingerprint_of_its_own_settings_and_topology(settings: Settings) -> None:
    other = settings.model_copy(update={"name": "another"})
    own = of_own_cluster(settings)
    elsewhere = replace(own, exposure=None)
    asked = (
        (settings, own, "single"),
        (settings, own, "multi"),
        (other, own, "single"),
        (settings, elsewhere, "single"),
    )

    assert fingerprint(settings, own, "single") == fingerprint(settings, own, "single")
    assert len({fingerprint(*one) for one in asked}) == len(asked)
