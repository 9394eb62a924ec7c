"""The floors of lab/, as docs/architecture.md draws them: who imports whom."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lab.core.paths import ROOT

LAB = ROOT / "lab"
FLOORS = re.search(
    r"<!-- floors, the highest first -->\n\n((?:    .+\n)+)",
    (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"),
)
RANK = {name: -row for row, line in enumerate(FLOORS[1].splitlines()) for name in line.split()[:1]} if FLOORS else {}


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """The folders of lab/ that a module imports, also for types alone and inside functions, each with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            named = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name.split(".")[1]) for name in named if name.startswith("lab."))


def test_every_folder_has_its_floor() -> None:
    assert set(RANK) == {path.name for path in LAB.iterdir() if (path / "__init__.py").exists()}


def test_imports_only_go_down() -> None:
    up = [
        f"{path.relative_to(ROOT)}:{line}: {room} is above"
        for path in LAB.glob("*/**/*.py")
        for line, room in imported(path)
        if RANK[room] > RANK[path.relative_to(LAB).parts[0]]
    ]

    assert not up


def test_no_import_is_relative() -> None:
    """So that the test above sees all of them."""
    nodes = (node for path in LAB.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))

    assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]


def test_no_file_name_stands_for_two_things() -> None:
    """But the runtimes have the same things, each its own."""
    names = Counter(path.name for path in LAB.rglob("*.py") if path.parent.parent != LAB / "runtime")
    names.update({path.name for path in (LAB / "runtime").glob("*/*.py")} - {"runtime.py"})

    assert [name for name, count in names.items() if count > 1] == ["__init__.py"]
