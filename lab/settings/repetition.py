"""A suite's rounds: how often its cases are run, and what each repetition of a case is called."""

from collections.abc import Sequence

from lab.core.errors import UsageError

MOST = 99


def require_rounds(asked: int) -> int:
    """How many rounds are asked for.

    Raises:
        UsageError: It is none from 1 to 99.
    """
    if not 1 <= asked <= MOST:
        raise UsageError(f"repeat must be from 1 to {MOST}; got {asked}")
    return asked


def name(case: str, number: int) -> str:
    """What a repetition is called, in the run's folder and as a part of its testid: a2, a2-2, a2-3."""
    return case if number == 1 else f"{case}-{number}"


def names(case: str, rounds: int) -> tuple[str, ...]:
    """What all repetitions of a case are called."""
    return tuple(name(case, number) for number in range(1, rounds + 1))


def require_apart(cases: Sequence[str], rounds: int) -> None:
    """Refuse cases of which one is called as a repetition of another: they would share a folder.

    Raises:
        UsageError: There are such cases.
    """
    taken = set(cases)
    for case in cases:
        for number in range(2, rounds + 1):
            if (one := name(case, number)) in taken:
                raise UsageError(
                    f"case {one!r} has the name of repetition {number} of case {case!r}; rename one of them, "
                    "or leave --repeat out"
                )
