"""YAML files laid over each other, remembering where each value was written.

What no setting can be made of is refused here, where every value passes: dates, numbers that are not finite, control
characters, tags, nesting and repetition without end.
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lab.core.errors import UsageError
from lab.core.figures import shortened

Location = tuple[str | int, ...]
"""The way to a value: mapping keys and list indices from the top."""

YAML = "tag:yaml.org,2002:"
SCALARS = {f"{YAML}{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")}
KINDS = {yaml.ScalarNode: SCALARS, yaml.SequenceNode: {f"{YAML}seq"}, yaml.MappingNode: {f"{YAML}map"}}
"""The tags that are read."""
MARKS = {f"{YAML}merge": "<<", f"{YAML}value": "="}
PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)|[-+]?[0-9]*\.[0-9]*([eE][-+]?[0-9]+)?|[-+]?\.(inf|nan)", re.IGNORECASE)
"""Numbers that everybody reads alike. YAML also has octal ones (010 is 8), hexadecimal ones, and minutes (1:30)."""
FIRST_TWO = 4
"""Bytes of the first two letters where a letter takes two: one of each is 0, as in no text of UTF-8."""
DEEPEST = 50
"""Levels of a file."""
REPEATED = 10_000
"""Values that aliases may add to those which are written."""
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""The categories of Unicode whose characters no line shows: control characters, halves of one, ends of lines."""
LINES = {"\n", "\t"}
"""Those of them that a Helm chart's value may have."""
SOURCES: Location = ("sources",)
"""An entry of it that names a folder is whole: another folder has not the target and the command of the one below."""
CHART_VALUES: Location = ("charts", "values")
"""Of each chart."""


@dataclass
class Layers:
    """The merged value of several files, and the file and line of each part of it."""

    value: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, tuple[Path, int]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    written: dict[Location, str] = field(default_factory=dict)
    """What YAML read as something else than text, as it was written: `no`, which is false."""
    _left: int = 0
    """How many more values the file may come to."""

    def where(self, location: Iterable[str | int]) -> str:
        """`file:line` of the value at this location, or of the nearest one around it."""
        way = tuple(location)
        while way:
            if way in self.lines:
                path, line = self.lines[way]
                return f"{path}:{line}"
            way = way[:-1]
        return f"{self.files[0] if self.files else 'experiment.yaml'}:1"

    def later(self, *ways: Location) -> Location:
        """Of places that are at odds the one that was laid last: it is the one to be changed."""
        return max(ways, key=self._rank)

    def _rank(self, way: Location) -> int:
        return self.files.index(self.lines[way][0]) if way in self.lines else -1

    def lay(self, path: Path, *, shown: Path | None = None) -> None:
        """Merge a file over what is there: mappings key by key, all else replaced, a source with a folder too.

        Args:
            path: The file to read.
            shown: How messages name it; the path itself if not given.

        Raises:
            UsageError: The file is missing, no YAML, or no mapping.
        """
        name = shown or path
        self.files.append(name)
        text = _text(path, name)
        node = _composed(text, name)
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            got = "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
            raise UsageError(f"{name}:1: settings must be a mapping; got {got}")
        self._left = len(text) + REPEATED
        self.value = self._merge(self.value, node, (), name)

    def _merge(self, below: Any, node: yaml.Node, way: Location, file: Path) -> Any:
        if not isinstance(node, yaml.MappingNode):
            self._forget(way)
            return self._build(node, way, file)
        self._require_modest(node, way, file)
        if way[:-1] == SOURCES and any(key.value == "folder" for key, _ in node.value):
            below = None
            self._forget(way)
        result = dict(below) if isinstance(below, dict) else {}
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = self._key(key_node, file)
            here = (*way, key)
            line = key_node.start_mark.line + 1
            if key in seen:
                raise UsageError(f"{file}:{line}: key {key!r} is given twice; keep one")
            seen.add(key)
            result[key] = self._merge(result.get(key), value_node, here, file)
            self.lines[here] = (file, line)
        return result

    def _build(self, node: yaml.Node, way: Location, file: Path) -> Any:
        self._require_modest(node, way, file)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                here = (*way, index)
                self.lines[here] = (file, item.start_mark.line + 1)
                items.append(
                    self._merge({}, item, here, file)
                    if isinstance(item, yaml.MappingNode)
                    else self._build(item, here, file)
                )
            return items
        value = _scalar(node, file)
        if isinstance(value, str):
            _require_seen(value, node, file, but=LINES if way[:1] + way[2:3] == CHART_VALUES else set())
        else:
            self.written[way] = node.value
        return value

    @staticmethod
    def _key(node: yaml.Node, file: Path) -> str:
        """A key as it is written: `01` and `no` are names like others."""
        _require_known(node, file)
        if not isinstance(node, yaml.ScalarNode):
            raise _wrong(node, file, "a key must be a text; write a name")
        _require_seen(node.value, node, file)
        return str(node.value)

    def _require_modest(self, node: yaml.Node, way: Location, file: Path) -> None:
        _require_known(node, file)
        if len(way) > DEEPEST:
            raise _wrong(node, file, f"a value contains itself, or is nested more than {DEEPEST} deep; write it out")
        self._left -= 1
        if self._left < 0:
            raise _wrong(node, file, f"aliases add more than {REPEATED:,} values; write out what is meant")

    def _forget(self, way: Location) -> None:
        if way and way not in self.lines:
            return
        for kept in (self.lines, self.written):
            for known in [known for known in kept if known[: len(way)] == way]:
                del kept[known]


def _text(path: Path, name: Path) -> str:
    try:
        # A pipe would be waited for, and only its first reader gets what is in it.
        if path.exists() and not path.is_dir() and not path.is_file():
            raise UsageError(f"settings file {name} can't be read: it is no file; check the path")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"settings file {name} can't be read: {error.strerror}; check the path") from error
    if b"\0" in content[:FIRST_TWO]:
        raise UsageError(f"{name}:1: not UTF-8 but UTF-16 or UTF-32; save the file as UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: not UTF-8; save the file as UTF-8") from error


class _Loader(yaml.SafeLoader):
    """Refuses what is nested deeper than Python's stack is high."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.depth += 1
        if self.depth > DEEPEST:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, f"nested more than {DEEPEST} deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _composed(text: str, name: Path) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UsageError(
            f"{name}:{line}: not valid YAML: the character U+{ord(text[error.position]):04X}; leave it out"
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}" if mark else str(name)
        raise UsageError(f"{where}: not valid YAML: {shortened(error.problem or '')}; correct the line") from error


def _scalar(node: yaml.Node, file: Path) -> Any:
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
        raise _wrong(node, file, f"not valid YAML: {_why_not(node, error)}; correct the line") from error
    finally:
        loader.dispose()
    shown = shortened(node.value)
    if isinstance(value, date):
        raise _wrong(node, file, f"{shown} reads as a date in YAML; put it in quotes")
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(node, file, f"{shown} is no finite number; write one, or put it in quotes if it is text")
    if isinstance(value, int | float) and not isinstance(value, bool) and not PLAIN_NUMBER.fullmatch(node.value):
        read = shortened(str(value))
        raise _wrong(node, file, f"{shown} reads as {read} in YAML; write that, or put it in quotes if it is text")
    return value


def _why_not(node: yaml.Node, error: Exception) -> str:
    kind, shown = node.tag.removeprefix(YAML), shortened(node.value)
    return str(error) if kind == "timestamp" and isinstance(error, ValueError) else f"{shown!r} is no {kind}"


def _require_known(node: yaml.Node, file: Path) -> None:
    if node.tag in MARKS:
        raise _wrong(node, file, f"{MARKS[node.tag]} is not read here; write out what is meant, or put it in quotes")
    if node.tag not in KINDS[type(node)]:
        tag = node.tag.replace(YAML, "!!")
        raise _wrong(node, file, f"the tag {shortened(tag)} is not read here; leave it out")


def _require_seen(text: str, node: yaml.Node, file: Path, *, but: AbstractSet[str] = frozenset()) -> None:
    for character in text:
        if unicodedata.category(character) in UNSEEN and character not in but:
            remedy = "write it in one line" if character in LINES else "leave it out"
            problem = f"{shortened(ascii(text))} has the control character U+{ord(character):04X}; {remedy}"
            raise _wrong(node, file, problem)


def _wrong(node: yaml.Node, file: Path, problem: str) -> UsageError:
    return UsageError(f"{file}:{node.start_mark.line + 1}: {problem}")
