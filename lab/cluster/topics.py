"""The broker's topics: creates the missing ones, proves their partitions, reads how far they have been written."""

from collections.abc import Mapping, Sequence

from lab.cluster.kube import Kube
from lab.core.causes import BROKER_FAILING
from lab.core.errors import ToolError
from lab.core.part_labels import BROKER

POD = f"{BROKER}-0"
LIST = ("rpk", "topic", "list")

Partitions = Mapping[str, int]
"""Topic to its number of partitions."""


def ensure(kube: Kube, names: Sequence[str], partitions: int) -> None:
    """Create the topics that are missing, then prove that each has its partitions.

    Raises:
        ToolError: The broker refuses, or a topic has another number of partitions.
    """
    found = read(kube)
    reject_others(found, names, partitions, kube.namespaces.workloads)
    for command in create_commands(found, names, partitions):
        _rpk(kube, command)
    prove(kube, names, partitions)


def prove(kube: Kube, names: Sequence[str], partitions: int) -> None:
    """Check that all topics are there with their partitions.

    Raises:
        ToolError: One is not, or has another number.
    """
    found = read(kube)
    reject_others(found, names, partitions, kube.namespaces.workloads)
    for name in names:
        if name not in found:
            raise ToolError(f"topic {name!r} is not there, {_listed(found)}; run './invokew up'", cause=BROKER_FAILING)


def read(kube: Kube) -> Partitions:
    """The topics that the broker has."""
    return parse_list(_rpk(kube, LIST))


def watermarks(kube: Kube, names: Sequence[str]) -> dict[str, int]:
    """Records ever written to each topic: the sum of its partitions' high watermarks."""
    return {name: sum(_ends(kube, name).values()) for name in names}


def ends(kube: Kube, names: Sequence[str]) -> dict[tuple[str, int], int]:
    """The high watermark of each partition of each topic."""
    return {(name, number): end for name in names for number, end in _ends(kube, name).items()}


def _ends(kube: Kube, name: str) -> dict[int, int]:
    return parse_watermarks(_rpk(kube, ("rpk", "topic", "describe", name, "-p")))


def create_commands(found: Partitions, names: Sequence[str], partitions: int) -> tuple[tuple[str, ...], ...]:
    """What creates the missing topics; `rpk topic create` fails on one that exists, so it is told only the others."""
    missing = [name for name in names if name not in found]
    return (("rpk", "topic", "create", *missing, "-p", str(partitions), "-r", "1"),) if missing else ()


def reject_others(found: Partitions, names: Sequence[str], partitions: int, namespace: str) -> None:
    """Refuse topics with another number of partitions: Kafka can't take any away, and adding moves keys."""
    for name in names:
        if name in found and found[name] != partitions:
            raise ToolError(
                f"topic {name!r} must have {partitions} partitions; it has {found[name]}; delete it by "
                f"'kubectl exec -n {namespace} {POD} -- rpk topic delete {name}' and run './invokew up'",
                cause=BROKER_FAILING,
            )


def parse_list(output: str) -> dict[str, int]:
    """Topic to partitions, from what `rpk topic list` prints: NAME PARTITIONS REPLICAS.

    Raises:
        ToolError: It printed something else.
    """
    rows = [line.split() for line in output.splitlines() if line.strip()]
    if not rows or rows[0][:2] != ["NAME", "PARTITIONS"]:
        raise ToolError(
            "'rpk topic list' printed no table; run './invokew logs --name=redpanda'",
            details=output.splitlines(),
            cause=BROKER_FAILING,
        )
    return {row[0]: int(row[1]) for row in rows[1:]}


def parse_watermarks(output: str) -> dict[int, int]:
    """Partition to high watermark, from the partitions' table that `rpk topic describe -p` prints.

    Columns are counted from the right: a list of replicas such as `[0 1]` has spaces in it.

    Raises:
        ToolError: There is no such table, or a partition has no watermark (its leader is away).
    """
    rows = iter(output.splitlines())
    heads: list[str] = next((row.split() for row in rows if "HIGH-WATERMARK" in row), [])
    if not heads:
        raise ToolError(
            "'rpk topic describe' printed no partitions; run './invokew logs --name=redpanda'",
            details=output.splitlines(),
            cause=BROKER_FAILING,
        )
    column = heads.index("HIGH-WATERMARK") - len(heads)
    values = {int(row.split()[0]): row.split()[column] for row in rows if row[:1].isdigit()}
    if not all(value.isdigit() for value in values.values()):
        raise ToolError(
            "a partition has no high watermark: it has no leader", details=output.splitlines(), cause=BROKER_FAILING
        )
    return {number: int(value) for number, value in values.items()}


def _rpk(kube: Kube, command: tuple[str, ...]) -> str:
    return kube.exec(POD, command, namespace=kube.namespaces.workloads, container=BROKER).stdout


def _listed(found: Partitions) -> str:
    return f"only {', '.join(found)}" if found else "nor is any other"
