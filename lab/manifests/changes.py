"""What applying a manifest would change: read from `kubectl diff`, told as lines."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from lab.process.shell import Result
from lab.tools.kubectl import ObjectName, names_in

DIFFERS = 1
"""The exit code of a diff that found something."""
OF_THE_SERVER = (("status",), *(("metadata", key) for key in ("generation", "resourceVersion", "uid")))
"""Fields that differ with any change."""
MARKS = {"+": "added", "~": "changed", "-": "pruned"}


@dataclass(frozen=True, kw_only=True)
class Change:
    """An object that is added (+), changed (~) or pruned (-), with the fields that differ and the difference itself."""

    mark: str
    name: ObjectName
    fields: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The change as a line."""
        if self.mark == "-":
            return f"- {self.name} (pruned)"
        return f"{self.mark} {self.name}" + (f": {', '.join(self.fields)}" if self.fields else "")


def summary(changes: Iterable[Change]) -> str:
    """How many of each kind; empty when there are none."""
    marks = [change.mark for change in changes]
    return ", ".join(f"{marks.count(mark)} {word}" for mark, word in MARKS.items() if mark in marks)


def parse(text: str) -> list[Change]:
    """What `kubectl diff` printed, with `kubectl.DIFF_PROGRAM`: an object each, added or changed."""
    return [_change_of(*sides) for sides in _sides(text)]


def told(result: Result) -> list[Change] | None:
    """What a diff that ended tells; None when it failed, which kubectl may say with the code of a difference too."""
    if result.ok:
        return []
    return (parse(result.stdout) or None) if result.code == DIFFERS else None


def _sides(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """The lines of each file before and after; each file's part begins with the words that compared it."""
    for part in re.split(r"^diff .*$", text, flags=re.MULTILINE)[1:]:
        _, _, body = part.partition("\n@@ ")
        lines = body.split("\n")[1:-1]
        yield [line[1:] for line in lines if line[:1] in " -"], [line[1:] for line in lines if line[:1] in " +"]


def _change_of(before: list[str], after: list[str]) -> Change:
    old, new = _loaded(before), _loaded(after)
    (name,) = names_in([new or old])
    if not old:
        return Change(mark="+", name=name)
    fields = tuple(dict.fromkeys(".".join(way) for way in _differing(old, new) if not _is_server_s(way)))
    return Change(mark="~", name=name, fields=fields, diff=tuple(_compact(before, after)))


def _loaded(lines: Sequence[str]) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return next(yaml.load_all("\n".join(lines), Loader=loader), None) or {}


def _compact(before: list[str], after: list[str]) -> Iterator[str]:
    """The lines that differ, with a few around them."""
    yield from list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]


def _is_server_s(way: tuple[str, ...]) -> bool:
    return any(way[: len(prefix)] == prefix for prefix in OF_THE_SERVER)


def _differing(old: Any, new: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The ways to what differs: into mappings and into lists of named things, and no deeper than a reader needs."""
    if old == new:
        return
    if isinstance(old, list) and isinstance(new, list) and (by_name := _by_name(old, new)):
        *before, last = way
        for name in dict.fromkeys([*by_name[0], *by_name[1]]):
            inner = (*before, f"{last}[{name}]")
            yield from _differing(by_name[0].get(name), by_name[1].get(name), inner)
        return
    if isinstance(old, dict) and isinstance(new, dict) and not _is_one_value(old, new):
        for key in dict.fromkeys([*old, *new]):
            yield from _differing(old.get(key), new.get(key), (*way, str(key)))
        return
    yield way


def _is_one_value(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether two mappings are told as one field: plain words under other keys, as a selector is."""
    plain = not any(isinstance(value, dict | list) for value in (*old.values(), *new.values()))
    return plain and old.keys() != new.keys()


def _by_name(old: list[Any], new: list[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Both lists by their items' names, when all have one."""
    if not all(isinstance(item, dict) and "name" in item for item in (*old, *new)):
        return None
    return {item["name"]: item for item in old}, {item["name"]: item for item in new}
