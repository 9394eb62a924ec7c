"""Values of JSON that another version may have written: each is what it should be, or is as if it weren't there."""

import math
from collections.abc import Mapping
from typing import Any


def number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # JSON's whole numbers have no limit
        return None


def count(value: Any) -> int:
    """A whole number; 0 for anything else."""
    return round(number(value) or 0)


def text(value: Any, default: str = "") -> str:
    """A text as it is, a number as it is written; the default for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, (str, int, float)) else default


def table(value: Any) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def at(value: Any, *way: str) -> Any:
    """What is found in objects within objects by their keys; None if there is none of that name."""
    for key in way:
        value = table(value).get(key)
    return value
