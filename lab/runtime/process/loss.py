"""What a load on a lab of processes can't get over: nobody starts again an engine or a gateway that has ended."""

from collections.abc import Iterable

from lab.core.part_labels import GATEWAY
from lab.run.outlook import Loss
from lab.runtime.process.programs import Child
from lab.runtime.process.state import container


def of(children: Iterable[Child]) -> Loss | None:
    """The first of these programs that handles orders and has ended."""
    handlers = (child for child in children if child.part.shard is not None or child.part.name == GATEWAY)
    gone = next((child for child in handlers if not child.alive), None)
    return Loss(what=f"{gone.part.name} is gone for good ({container(gone).ended})") if gone else None
