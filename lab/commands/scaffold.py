"""`scaffold`: writes a topology of any number of shards into the local settings."""

import os
import string
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from lab.cluster.lab import of
from lab.core.errors import UsageError
from lab.manifests import synthesis
from lab.manifests.manifest import Manifest
from lab.settings.loading import EXPERIMENT, LOCAL, files, load, read
from lab.settings.settings import Settings
from lab.settings.topology import Shard, Topology

MOST = 9999
"""Shards of a topology; their ids have four digits."""
MOST_SYMBOLS = 100_000
"""Of a topology, all its shards together."""
SYMBOL = "TEST-ASSET-"
HEADER = "# Laid over experiment.yaml on this machine; not in git.\n"
LETTERS = string.ascii_lowercase


def topology(name: str, *, shards: int, symbols: int) -> Topology:
    """A topology whose symbols are spread evenly.

    The first shards are called as the committed ones are (a, b, …, z, then s-0027), and their symbols too
    (TEST-ASSET-A, …, TEST-ASSET-Z, then TEST-ASSET-0027): with four symbols each, a, b and c are those of `multi`.

    Args:
        name: The topology's.
        shards: How many.
        symbols: How many each of them owns.

    Raises:
        UsageError: A number is out of its range, or the name is no DNS label.
    """
    if not 1 <= shards <= MOST:
        raise UsageError(f"shards must be from 1 to {MOST}; got {shards}")
    most = MOST_SYMBOLS // shards
    if not 1 <= symbols <= most:
        raise UsageError(f"symbols must be from 1 to {most} a shard; got {symbols}")
    owned = (
        tuple(_symbol(number) for number in range(shard * symbols, (shard + 1) * symbols)) for shard in range(shards)
    )
    try:
        return Topology(name=name, shards=tuple(Shard(id=_id(n), symbols=own) for n, own in enumerate(owned)))
    except ValueError as error:
        raise UsageError(f"{error}; choose another --name") from None


def _id(number: int) -> str:
    return LETTERS[number] if number < len(LETTERS) else f"s-{number + 1:04}"


def _symbol(number: int) -> str:
    return SYMBOL + (LETTERS[number].upper() if number < len(LETTERS) else f"{number + 1:04}")


def lines(made: Topology, *, indent: str) -> Iterator[str]:
    """The topology as an entry of the settings' `topologies`."""
    yield f"{indent}{made.name}: # shards: {len(made.shards)}, symbols: {len(made.symbols)}"
    yield f"{indent}  shards:"
    yield from (f"{indent}    {shard.id}: [{', '.join(shard.symbols)}]" for shard in made.shards)


def added(text: str, made: Topology) -> str:
    """The local settings' text with a topology more; nothing else of it changes, comments included.

    Raises:
        UsageError: The text's form leaves no place for it.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = root.value if root is not None and _is_block(root) else []
    found = next((pair for pair in pairs if pair[0].value == "topologies"), None)
    if root is None or (pairs and found is None):
        return _ended(text or HEADER) + _entry(("topologies:", *lines(made, indent="  ")))
    key, value = found or (root, root)
    if found is None or not (_is_block(value) or value.value == ""):
        raise UsageError(
            f"{LOCAL.name} has `topologies` in braces; write them as lines below each other, or use --stdout and add it"
        )
    before, place = text.splitlines(keepends=True), key.start_mark.line + 1
    indent = " " * (value.start_mark.column if _is_block(value) else 2)
    return _ended("".join(before[:place])) + _entry(lines(made, indent=indent)) + "".join(before[place:])


def _entry(written: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in written)


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and not node.flow_style


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def write(made: Topology) -> int:
    """Put a topology into the local settings, when the settings with it can be read and synthesized.

    Returns:
        The number of objects that it is synthesized to.

    Raises:
        UsageError: It is there already, or what would be written is refused.
        ToolError: The synthesis failed.
    """
    if made.name in load().topologies:
        raise UsageError(f"topology {made.name!r} is there already; choose another --name, or take that one out")
    target = LOCAL.resolve()
    text = added(target.read_text(encoding="utf-8") if target.exists() else "", made)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".scaffold-") as folder:
        part = Path(folder) / LOCAL.name
        part.write_text(text, encoding="utf-8")
        objects = _checked(_read_with(part), made, Path(folder))
        if target.exists():
            part.chmod(target.stat().st_mode)
        os.replace(part, target)  # noqa: PTH105 - the pair of `part.write_text`
    return objects


def _read_with(part: Path) -> Settings:
    """The settings in force, with another file in the place of the local ones."""
    others = [path for path in files() if path not in {EXPERIMENT, LOCAL}]
    return read([EXPERIMENT, part, *others])


def _checked(settings: Settings, made: Topology, folder: Path) -> int:
    if settings.topologies.keys() != {*load().topologies, made.name} or settings.topology(made.name) != made:
        raise UsageError(f"{LOCAL.name} has no place for another topology; use --stdout and add it by hand")
    lab = of(settings, downloads=False)
    manifest = Manifest(lab, synthesis.render_to(folder, settings, lab.layout, made.name))
    manifest.require_consistent()
    return len(manifest.documents)
