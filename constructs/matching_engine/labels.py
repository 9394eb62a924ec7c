"""The labels by which the lab knows its own."""

PART_OF = "app.kubernetes.io/part-of"
"""On every object, always with the value `LAB`."""
LAB = "matching-engine-lab"
NAME = "matching-engine-lab/name"
"""On every object, with the name of the lab that it belongs to: the settings' `name`."""


def lab_labels(name: str) -> dict[str, str]:
    """What every object of the lab of this name carries: apply, prune and down select by it."""
    return {PART_OF: LAB, NAME: name}
