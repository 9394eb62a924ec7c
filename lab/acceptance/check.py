"""One check: what is to hold, and how one looks."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.acceptance.finding import Finding
from lab.acceptance.site import Site


@dataclass(frozen=True, kw_only=True)
class Check:
    """A statement about a live lab, and the look that can show it false.

    Args:
        id: What `--only` names it by.
        criterion: The statement.
        look: Reads the lab and judges; a LabError of it counts against the statement.
        disturbs: Whether it puts load on the lab or takes something away, so that no other check may look meanwhile.
    """

    id: str
    criterion: str
    look: Callable[[Site], Finding]
    disturbs: bool = False
