"""The row of `status` that names the topology that is up."""

from lab.present.table import Row
from lab.settings.topology import Topology


def topology_row(found: Topology | None, name: str | None = None) -> Row:
    """A topology with its shards and their symbols, or how to bring one up.

    Args:
        found: The topology that is up; None where none is, or none that the settings know.
        name: What is said to be up, where the settings don't know it.
    """
    if found is None:
        return Row(thing="topology", state=name or "none", note="run './invokew up --topology=NAME'", ok=False)
    note = ", ".join(f"{shard.name} ({', '.join(shard.symbols)})" for shard in found.shards)
    return Row(thing="topology", state=found.name, note=note)
