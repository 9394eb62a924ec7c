"""YAML files laid over each other, remembering where each value was written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lab.core.errors import UsageError

Location = tuple[str | int, ...]
"""The way to a value: mapping keys and list indices from the top."""

SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")}
PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)|[-+]?[0-9]*\.[0-9]*([eE][-+]?[0-9]+)?|[-+]?\.(inf|nan)", re.IGNORECASE)
"""Numbers that everybody reads alike. YAML also has octal ones (010 is 8), hexadecimal ones, and minutes (1:30)."""
SOURCES: Location = ("sources",)
"""An entry of it that names a folder is whole: another folder has not the target and the command of the one below."""


@dataclass
class Layers:
    """The merged value of several files, and the file and line of each part of it."""

    value: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, tuple[Path, int]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    written: dict[Location, str] = field(default_factory=dict)
    """What YAML read as something else than text, as it was written: `no`, which is false."""

    def where(self, location: Iterable[str | int]) -> str:
        """`file:line` of the value at this location, or of the nearest one around it."""
        way = tuple(location)
        while way:
            if way in self.lines:
                path, line = self.lines[way]
                return f"{path}:{line}"
            way = way[:-1]
        return f"{self.files[0] if self.files else 'experiment.yaml'}:1"

    def later(self, one: Location, other: Location) -> Location:
        """Of two places that are at odds the one that was laid last: it is the one to be changed."""
        return other if self._rank(other) > self._rank(one) else one

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
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"settings file {name} can't be read: {error}; check the path") from error
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            problem = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise UsageError(f"{name}{line}: not valid YAML: {problem}; correct the line") from error
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            got = "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
            raise UsageError(f"{name}:1: settings must be a mapping; got {got}")
        try:
            self.value = self._merge(self.value, node, (), name)
        except RecursionError as error:
            raise UsageError(f"{name}:1: not valid YAML: a value contains itself; write it out") from error

    def _merge(self, below: Any, node: yaml.Node, way: Location, file: Path) -> Any:
        if not isinstance(node, yaml.MappingNode):
            self._forget(way)
            return self._build(node, way, file)
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
        value = self._scalar(node, file)
        if value is not None and not isinstance(value, str):
            self.written[way] = node.value
        return value

    def _key(self, node: yaml.Node, file: Path) -> str:
        """A key as it is written: `01` and `no` are names like others."""
        return str(node.value if node.tag in SCALARS else self._scalar(node, file))

    def _forget(self, way: Location) -> None:
        for kept in (self.lines, self.written):
            for known in [known for known in kept if known[: len(way)] == way]:
                del kept[known]

    @staticmethod
    def _scalar(node: yaml.Node, file: Path) -> Any:
        loader = yaml.SafeLoader("")
        try:
            value = loader.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            problem = f"not valid YAML: {error}" if isinstance(error, ValueError) else "tags and << are not read here"
            raise UsageError(f"{file}:{node.start_mark.line + 1}: {problem}; correct the line") from error
        finally:
            loader.dispose()
        if isinstance(value, int | float) and not isinstance(value, bool) and not PLAIN_NUMBER.fullmatch(node.value):
            line = node.start_mark.line + 1
            raise UsageError(
                f"{file}:{line}: {node.value} reads as {value} in YAML; write that, or put it in quotes if it is text"
            )
        return value
