"""Kubernetes quantities: the grammar of `k8s.io/apimachinery/pkg/api/resource`, and what one amounts to."""

import re
from decimal import Decimal

GRAMMAR = re.compile(
    r"\+?(?P<number>[0-9]+\.?[0-9]*|\.[0-9]+)"
    r"(?P<suffix>[KMGTPE]i|[numkMGTPE]?)(?P<exponent>[eE][+-]?[0-9]{1,2})?",
    re.ASCII,
)
"""A number with a binary suffix (Ki), a decimal one (m, k) or an exponent (e3)."""
BINARY = {f"{letter}i": Decimal(2) ** (10 * power) for power, letter in enumerate("KMGTPE", start=1)}
DECIMAL = {
    "": Decimal(1),
    **{letter: Decimal(10) ** (-3 * power) for power, letter in enumerate("mun", start=1)},
    **{letter: Decimal(10) ** (3 * power) for power, letter in enumerate("kMGTPE", start=1)},
}


def amount(quantity: str) -> float:
    """A quantity as a number: cores, or bytes.

    Raises:
        ValueError: It is none, or below 0.
    """
    return float(exactly(quantity))


def exactly(quantity: str) -> Decimal:
    """The same, exact.

    Raises:
        ValueError: It is none, or below 0.
    """
    match = GRAMMAR.fullmatch(quantity)
    if match is None or (match["suffix"] and match["exponent"]):
        raise ValueError("must be a Kubernetes quantity such as 500m, 2 or 512Mi")
    power = Decimal(f"1{match['exponent']}") if match["exponent"] else Decimal(1)
    return Decimal(match["number"]) * {**BINARY, **DECIMAL}[match["suffix"]] * power


def suffix(quantity: str) -> str:
    """The suffix of a quantity; empty where it has none, or an exponent.

    Raises:
        ValueError: It is no quantity.
    """
    exactly(quantity)
    match = GRAMMAR.fullmatch(quantity)
    return match["suffix"] if match else ""
