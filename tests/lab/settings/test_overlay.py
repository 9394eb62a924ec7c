"""How files are laid over each other."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab.core.errors import UsageError
from lab.settings.overlay import Layers

SCALARS = st.one_of(st.integers(), st.booleans(), st.none(), st.text("abcxyz-:# '", max_size=8))
KEYS = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
FILES = st.dictionaries(KEYS, VALUES, max_size=4)


def laid(*texts: str) -> Layers:
    """Layers of these files, called 0.yaml, 1.yaml and so on."""
    layers = Layers()
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            path = Path(folder) / f"{number}.yaml"
            path.write_text(text, encoding="utf-8")
            layers.lay(path, shown=Path(path.name))
    return layers


def merged(*values: dict[str, Any]) -> dict[str, Any]:
    return laid(*map(yaml.safe_dump, values)).value


def over(below: Any, above: Any) -> Any:
    """The rule in one line: mappings key by key, all else replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: over(below.get(key), value) for key, value in above.items()}}


@given(FILES, FILES)
def test_mappings_merge_key_by_key_and_all_else_is_replaced(below: dict[str, Any], above: dict[str, Any]) -> None:
    """One file is what YAML reads, and to lay it twice changes nothing."""
    assert merged(below) == below
    assert merged(below, above) == merged(below, above, above) == over(below, above)


@given(FILES, FILES)
def test_each_value_is_known_by_a_file_that_has_it_at_that_line(below: dict[str, Any], above: dict[str, Any]) -> None:
    texts = [yaml.safe_dump(below), yaml.safe_dump(above)]
    layers = laid(*texts)

    for way in layers.value:
        file, line = layers.where((way,)).split(":")
        assert texts[int(file[0])].splitlines()[int(line) - 1].lstrip("'").startswith(way)
        assert file == ("1.yaml" if way in above else "0.yaml")


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!<>|'\"%@`#,? \n\t0.1~"), max_size=40))
def test_any_text_is_either_read_or_refused_by_file(text: str) -> None:
    try:
        assert isinstance(laid(text).value, dict)
    except UsageError as error:
        assert error.summary.startswith("0.yaml")  # noqa: PT017 - that it is refused is allowed, not asked


WRONG = [
    ("a: [\n", "0.yaml:2: not valid YAML: expected the node content, but found '<stream end>'; correct the line"),
    ("a: 1\nb: c: d", "0.yaml:2: not valid YAML: mapping values are not allowed here; correct the line"),
    ("a: *b", "0.yaml:1: not valid YAML: found undefined alias 'b'; correct the line"),
    ("a: 1\nb: 2\na: 3", "0.yaml:3: key 'a' is given twice; keep one"),
    ("a:\n  b:\n  - {c: 1,\n    c: 2}", "0.yaml:4: key 'c' is given twice; keep one"),
    ("- a", "0.yaml:1: settings must be a mapping; got a list"),
    ("a", "0.yaml:1: settings must be a mapping; got a single value"),
    ("a: &x {b: 1}\nc:\n  <<: *x", "0.yaml:3: << is not read here; write out what is meant, or put it in quotes"),
    ("a: =", "0.yaml:1: = is not read here; write out what is meant, or put it in quotes"),
    ("a:\n- !new x", "0.yaml:2: the tag !new is not read here; leave it out"),
    ("a: !!python/object:os.system [x]", "0.yaml:1: the tag !!python/object:os.system is not read here; leave it out"),
    ("a: !!binary aGk=", "0.yaml:1: the tag !!binary is not read here; leave it out"),
    ("a: !!set {b}", "0.yaml:1: the tag !!set is not read here; leave it out"),
    ("a: !!bool [b]", "0.yaml:1: the tag !!bool is not read here; leave it out"),
    ("!!str a: b\n!!binary a: b", "0.yaml:2: the tag !!binary is not read here; leave it out"),
    ("? [a]\n: b", "0.yaml:1: a key must be a text; write a name"),
    ("a: !!bool maybe", "0.yaml:1: not valid YAML: 'maybe' is no bool; correct the line"),
    ("a: !!timestamp abc", "0.yaml:1: not valid YAML: 'abc' is no timestamp; correct the line"),
    ("a: !!int ''", "0.yaml:1: not valid YAML: '' is no int; correct the line"),
    ("a: 2026-01-02", "0.yaml:1: 2026-01-02 reads as a date in YAML; put it in quotes"),
    ("a: -.inf", "0.yaml:1: -.inf is no finite number; write one, or put it in quotes if it is text"),
    ("b: 1\na: " + "[" * 2000, "0.yaml:2: not valid YAML: nested more than 50 deep; correct the line"),
    ("a: " + "{a: " * 900, "0.yaml:1: not valid YAML: nested more than 50 deep; correct the line"),
    ("b: 1\na: x\0", "0.yaml:2: not valid YAML: the character U+0000; leave it out"),
    ("b: 1\n\n# \x1b[31m", "0.yaml:3: not valid YAML: the character U+001B; leave it out"),
    ('a: "\\ud800"', "0.yaml:1: '\\ud800' has the control character U+D800; leave it out"),
    ('"\\e": 1', "0.yaml:1: '\\x1b' has the control character U+001B; leave it out"),
    ("a: 2026-13-45", "0.yaml:1: not valid YAML: month must be in 1..12; correct the line"),
    ("a: 010", "0.yaml:1: 010 reads as 8 in YAML; write that, or put it in quotes if it is text"),
    ("a:\n- 0x1f", "0.yaml:2: 0x1f reads as 31 in YAML; write that, or put it in quotes if it is text"),
    ("a: 1_000", "0.yaml:1: 1_000 reads as 1000 in YAML; write that, or put it in quotes if it is text"),
    ("a: 1:30", "0.yaml:1: 1:30 reads as 90 in YAML; write that, or put it in quotes if it is text"),
    ("a: 1:30.5", "0.yaml:1: 1:30.5 reads as 90.5 in YAML; write that, or put it in quotes if it is text"),
    ("a: &x [*x]", "0.yaml:1: a value contains itself, or is nested more than 50 deep; write it out"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[ascii(text[:40]) for text, _ in WRONG])
def test_what_is_wrong_in_a_file_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        laid(text)

    assert caught.value.summary == message


@pytest.mark.parametrize("levels", [7, 40])
@pytest.mark.parametrize("form", ["[{}]", "{{a: {0}, b: {0}, c: {0}, d: {0}}}"])
def test_aliases_that_multiply_are_refused_at_once(levels: int, form: str) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        alias = f"*a{level - 1}"
        lines.append(f"a{level}: &a{level} {form.format(', '.join([alias] * 9) if form == '[{}]' else alias)}")
    begin = time.monotonic()

    with pytest.raises(UsageError, match=r"aliases add more than 10,000 values; write out what is meant"):
        laid("\n".join(lines))

    assert time.monotonic() - begin < 10


def test_a_chart_s_value_may_have_lines() -> None:
    text = "a:\n  b\tc\n"

    assert laid(yaml.safe_dump({"charts": {"grafana": {"values": {"x": [text]}}}})).value["charts"]["grafana"][
        "values"
    ] == {"x": [text]}


def test_fails_for_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")

    for path in (*(tmp_path / name for name in ("missing", "pipe", "loop", "dangling", "x" * 300)), tmp_path):
        with pytest.raises(UsageError, match=f"settings file {path} can't be read: .*; check the path"):
            Layers().lay(path)


def test_a_file_of_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin"
    path.write_bytes("a: 1\nb: \xe9".encode("latin-1"))

    with pytest.raises(UsageError, match=f"{path}:2: not UTF-8; save the file as UTF-8"):
        Layers().lay(path)


def test_an_empty_file_changes_nothing() -> None:
    assert laid("a: 1", "", "# only a comment\n").value == {"a": 1}


@pytest.mark.parametrize("key", ["01", "010", "0x1f", "08", "1_0", "no", "On", "~", "1.50", "2026-01-02", "12e03"])
def test_a_key_is_what_is_written(key: str) -> None:
    assert laid(f"{key}: [x]").value == {key: ["x"]}


def test_null_replaces_a_value_rather_than_leaving_it() -> None:
    assert laid("a: {b: 1}", "a: {b: null}").value == {"a": {"b": None}}


@pytest.mark.parametrize(
    ("above", "engine"),
    [
        ("{folder: mine}", {"folder": "mine"}),
        ("{folder: mine, command: java}", {"folder": "mine", "command": "java"}),
        ("{command: java}", {"folder": "workloads", "target": "engine", "command": "java"}),
        ("mine", "mine"),
        ("null", None),
    ],
)
def test_a_source_that_names_its_folder_has_nothing_of_the_one_below(above: str, engine: object) -> None:
    """Another folder has no such target."""
    other = {"folder": "workloads", "target": "gateway"}
    layers = laid(
        yaml.safe_dump({"sources": {"engine": {**other, "target": "engine"}, "gateway": other}}),
        f"sources: {{engine: {above}}}",
    )

    assert layers.value == {"sources": {"engine": engine, "gateway": other}}
    kept = "0.yaml" if above == "{command: java}" else "1.yaml"
    assert layers.where(("sources", "engine", "target")).startswith(kept)


def test_a_shorter_list_leaves_no_lines_of_the_longer_one() -> None:
    layers = laid("a:\n- 1\n- 2", "\na: [3]")

    assert [layers.where(("a", 0)), layers.where(("a", 1))] == ["1.yaml:2", "1.yaml:2"]


def test_what_nobody_wrote_is_looked_for_around_it() -> None:
    layers = laid("\na:\n  b: 1", "c: 1")

    assert layers.where(("a", "x", "y")) == "0.yaml:2"
    assert layers.where(("x",)) == "0.yaml:1"
    assert Layers().where(("x",)) == "experiment.yaml:1"


def test_of_two_places_the_one_laid_last_is_to_be_changed() -> None:
    layers = laid("a: 1\nb: 1", "a: 2")

    assert layers.later(("b",), ("a",)) == ("a",)
    assert layers.later(("a",), ("b",)) == ("a",)
