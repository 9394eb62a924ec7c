"""Whether a version lies within a range such as `>=5.6,<6`."""

import operator
import re
from collections.abc import Callable
from itertools import zip_longest

from lab.core.errors import UsageError

VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9})*", re.ASCII)
BOUND = re.compile(rf"\s*(>=|<=|==|!=|>|<)\s*v?({VERSION.pattern})\s*", re.ASCII)
RELATIONS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def within(version: str, supported: str) -> bool:
    """Whether a version such as `5.8.3` lies in a range such as `>=5.6,<6`; what a range leaves out counts as 0.

    Raises:
        UsageError: The range can't be understood.
    """
    bounds = [BOUND.fullmatch(bound) for bound in supported.split(",")]
    if not all(bounds):
        raise UsageError(
            f"a range of versions must look like '>=5.6,<6'; got '{supported}'; correct it in the settings"
        )
    return all(RELATIONS[bound[1]](*_padded(version, bound[2])) for bound in bounds if bound)


def _padded(version: str, other: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    pairs = zip_longest(version.split("."), other.split("."), fillvalue="0")
    left, right = zip(*((int(ours), int(theirs)) for ours, theirs in pairs), strict=True)
    return left, right
