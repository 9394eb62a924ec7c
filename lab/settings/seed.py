"""The seed of a run: all that its loads draw at random follows from it, so a run can be made again."""

import secrets

from lab.core.errors import UsageError

MOST = 2**32 - 1


def chosen(asked: str) -> int:
    """The seed that was asked for; one of its own where none was.

    Raises:
        UsageError: It is no whole number of 32 bits.
    """
    if not asked:
        return secrets.randbelow(MOST + 1)
    if not (asked.isascii() and asked.isdigit() and int(asked) <= MOST):
        raise UsageError(f"seed must be a whole number from 0 to {MOST}; got {asked!r}")
    return int(asked)
