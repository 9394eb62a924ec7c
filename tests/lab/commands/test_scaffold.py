"""A topology is written into the local settings beside whatever is there, or not at all."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab.commands import project_commands, scaffold
from lab.core.errors import UsageError
from lab.core.paths import DIST
from lab.manifests import synthesis
from lab.settings import loading
from lab.settings.settings import Settings

THREE = scaffold.topology("three", shards=3, symbols=4)


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the local settings are to be written; a synthesis yields what multi's does."""
    path = tmp_path / "experiment.local.yaml"
    monkeypatch.setattr(scaffold, "LOCAL", path)
    monkeypatch.setattr(loading, "LOCAL", path)
    monkeypatch.delenv("LAB_SETTINGS", raising=False)
    monkeypatch.setattr(synthesis, "render_to", lambda *_: DIST / "multi.k8s.yaml")
    return path


@given(st.integers(1, 300), st.integers(1, 9))
def test_any_number_of_shards_owns_as_many_symbols_each(shards: int, symbols: int) -> None:
    made = scaffold.topology("t", shards=shards, symbols=symbols)

    assert len(made.shards) == shards
    assert {len(shard.symbols) for shard in made.shards} == {symbols}
    assert len(set(made.symbols)) == shards * symbols


def test_its_first_three_shards_are_those_of_the_committed_topology(settings: Settings) -> None:
    """So a switch from one to the other restarts none of them."""
    assert scaffold.topology("t", shards=50, symbols=4).shards[:3] == settings.topology("multi").shards


def test_after_the_letters_come_numbers() -> None:
    made = scaffold.topology("t", shards=27, symbols=1)

    assert [shard.id for shard in made.shards][-2:] == ["z", "s-0027"]
    assert made.symbols[-2:] == ("TEST-ASSET-Z", "TEST-ASSET-0027")


REFUSED = [
    ({"shards": 0, "symbols": 4}, "shards must be from 1 to 9999; got 0"),
    ({"shards": 10000, "symbols": 4}, "shards must be from 1 to 9999; got 10000"),
    ({"shards": 3, "symbols": 0}, "symbols must be from 1 to 33333 a shard; got 0"),
    ({"shards": 3, "symbols": 33_334}, "symbols must be from 1 to 33333 a shard; got 33334"),
]


@pytest.mark.parametrize(("numbers", "message"), REFUSED)
def test_numbers_out_of_range_are_refused(numbers: dict[str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        scaffold.topology("t", **numbers)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"topology name must be a DNS label .*; got 'Big One'; choose another --name"):
        scaffold.topology("Big One", shards=1, symbols=1)


MINE = "  mine: # of my own\n    shards: {a: [X]} # one\n"
TEXTS = {
    "no file": "",
    "comments alone": "# mine\n",
    "other keys": "ports: {entry: 8088} # taken here\n",
    "no line's end": "ports: {entry: 8088}",
    "topologies": f"# mine\ntopologies: # two\n{MINE}  # the end\nports: {{entry: 8088}}\n",
    "topologies further in": "topologies:\n      mine:\n        shards: {a: [X]}\n",
    "topologies last, no line's end": f"ports: {{entry: 8088}}\ntopologies:\n{MINE}".rstrip(),
    "topologies empty": "topologies:\nports: {entry: 8088}\n",
    "topologies empty, alone": "topologies:",
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_was_there_stays_line_by_line(name: str) -> None:
    text = TEXTS[name]
    before = yaml.safe_load(text) or {}

    after = scaffold.added(text, THREE)

    entry = {"three": {"shards": {shard.id: list(shard.symbols) for shard in THREE.shards}}}
    assert yaml.safe_load(after) == {**before, "topologies": {**(before.get("topologies") or {}), **entry}}
    lines = iter(after.splitlines())
    assert all(line in lines for line in text.splitlines()), "each line that was there, in its order"


@pytest.mark.parametrize(
    "text", ["topologies: {mine: {shards: {a: [X]}}}\n", "{ports: {entry: 8088}}\n", "topologies: ~\n", "[]\n"]
)
def test_a_form_that_has_no_place_for_it_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"has `topologies` in braces; .* use --stdout and add it"):
        scaffold.added(text, THREE)


def test_it_is_in_force_when_it_is_written(local: Path) -> None:
    local.write_text(f"# mine\ntopologies:\n{MINE}")
    local.chmod(0o600)

    objects = scaffold.write(THREE)

    found = loading.load()
    assert found.topology("three") == THREE
    assert "mine" in found.topologies
    assert objects == 26
    assert local.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in local.parent.iterdir()] == [local.name]


@pytest.mark.parametrize("name", ["multi", "mine"])
def test_a_topology_that_is_there_is_not_overwritten(local: Path, name: str) -> None:
    text = f"topologies:\n{MINE}"
    local.write_text(text)

    with pytest.raises(UsageError, match=f"topology '{name}' is there already; choose another --name"):
        scaffold.write(scaffold.topology(name, shards=2, symbols=1))

    assert local.read_text() == text


def test_what_can_not_be_synthesized_is_not_written(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Path:
        raise UsageError("topology three can't be synthesized: SHARD_SYMBOLS_MAP takes 200000 bytes")

    monkeypatch.setattr(synthesis, "render_to", refuse)

    with pytest.raises(UsageError, match="200000 bytes"):
        scaffold.write(THREE)

    assert not list(local.parent.iterdir())


def test_settings_that_are_wrong_elsewhere_are_told_and_left_alone(local: Path) -> None:
    local.write_text("ports: {entry: 0}\n")

    with pytest.raises(UsageError, match=r"experiment.local.yaml:1: ports.entry"):
        scaffold.write(THREE)

    assert local.read_text() == "ports: {entry: 0}\n"


def test_it_may_be_printed_instead(local: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project_commands.scaffold("three", shards=3, symbols=4, stdout=True)

    printed = yaml.safe_load(capsys.readouterr().out)
    shards = printed["topologies"]["three"]["shards"]
    assert shards == {shard.id: list(shard.symbols) for shard in THREE.shards}
    assert not local.exists()


def test_what_comes_next_is_said(local: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project_commands.scaffold("three", shards=3, symbols=4, stdout=False)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "topology three is in experiment.local.yaml: 3 shards, 12 symbols, 26 objects"
    assert lines[1].startswith("next: './invokew plan --topology=three'")
    assert local.exists()
