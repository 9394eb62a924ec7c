"""What `kubectl diff` prints is told as a line an object, with the fields that a reader would look for."""

import copy
import difflib
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab.manifests.changes import Change, parse, summary
from lab.tools.kubectl import ObjectName

Object = dict[str, Any]

ENTRY: Object = {
    "kind": "Service",
    "metadata": {"name": "entry", "namespace": "matching-engine", "labels": {"a": "1"}, "generation": 1},
    "spec": {"selector": {"app": "matching-engine", "shard": "a"}, "ports": [{"name": "http", "port": 8080}]},
}


def printed(before: Object | None, after: Object | None) -> str:
    """What kubectl prints of one object: diff's own words, with the whole of both files."""
    old, new = (yaml.safe_dump(side).splitlines() if side else [] for side in (before, after))
    lines = list(difflib.unified_diff(old, new, "LIVE/x", "MERGED/x", lineterm="", n=999999))
    return "\n".join(["diff -N -U999999 /tmp/LIVE-1/x /tmp/MERGED-2/x", *lines]) + "\n" if lines else ""


def changed(**paths: Any) -> Object:
    """The entry with other values; `__` stands between the keys of a path."""
    made = copy.deepcopy(ENTRY)
    for path, value in paths.items():
        *way, last = path.split("__")
        here = made
        for key in way:
            here = here[key]
        here[last] = value
    return made


FIELDS = {
    "another selector is told as one": (changed(spec__selector={"app": "edge-gateway"}), ("spec.selector",)),
    "one word of a selector": (changed(spec__selector={"app": "matching-engine", "shard": "b"}), ("spec.selector.shard",)),
    "an item of a list by its name": (changed(spec__ports=[{"name": "http", "port": 80}]), ("spec.ports[http].port",)),
    "an item more": (changed(spec__ports=[{"name": "http", "port": 8080}, {"name": "metrics", "port": 9091}]), ("spec.ports[metrics]",)),
    "a list without names": (changed(spec__ports=[1, 2]), ("spec.ports",)),
    "a part more": (changed(spec__type="NodePort"), ("spec.type",)),
    "what the server counts is left out": (changed(metadata__generation=2, spec__type="x"), ("spec.type",)),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_a_change_names_the_fields_that_differ(name: str) -> None:
    after, fields = FIELDS[name]

    (change,) = parse(printed(ENTRY, after))

    assert (change.mark, change.fields) == ("~", fields)
    assert str(change) == f"~ service/entry: {', '.join(fields)}"


def test_what_is_not_there_yet_is_added() -> None:
    (change,) = parse(printed(None, ENTRY))

    assert str(change) == "+ service/entry"
    assert change.name == ObjectName(kind="Service", namespace="matching-engine", name="entry")


def test_what_is_left_over_is_said_to_be_pruned() -> None:
    name = ObjectName(kind="Deployment", namespace="matching-engine", name="edge-gateway")

    assert str(Change(mark="-", name=name)) == "- deployment/edge-gateway (pruned)"


def test_a_change_keeps_what_differs_with_little_around_it() -> None:
    (change,) = parse(printed(ENTRY, changed(spec__ports=[{"name": "http", "port": 80}])))

    assert [line for line in change.diff if line[0] in "+-"] == ["-    port: 8080", "+    port: 80"]
    assert len(change.diff) < 10


def test_several_objects_are_told_one_by_one() -> None:
    text = printed(None, ENTRY) + printed(ENTRY, changed(spec__type="NodePort"))

    changes = parse(text)

    assert [change.mark for change in changes] == ["+", "~"]
    assert summary(changes) == "1 added, 1 changed"


def test_nothing_is_told_of_nothing() -> None:
    assert parse("") == []
    assert summary([]) == ""


TEXT = st.text(st.sampled_from("ad-+ @\\:\n"), max_size=30)


@given(before=TEXT, after=TEXT)
def test_no_text_in_an_object_is_taken_for_the_words_of_a_diff(before: str, after: str) -> None:
    """A ConfigMap may hold anything, a diff too."""
    old, new = ({**ENTRY, "data": {"file": text}} for text in (before, after))

    found = parse(printed(old, new))

    assert [change.fields for change in found] == ([("data.file",)] if before != after else [])


@given(st.lists(st.sampled_from("+~-"), max_size=8))
def test_a_summary_counts_each_kind(marks: list[str]) -> None:
    name = ObjectName(kind="Service", namespace="n", name="x")
    words = {"+": "added", "~": "changed", "-": "pruned"}

    text = summary([Change(mark=mark, name=name) for mark in marks])

    assert text == ", ".join(f"{marks.count(mark)} {word}" for mark, word in words.items() if mark in marks)
