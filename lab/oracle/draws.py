"""Random numbers that depend on a seed and on what they are drawn for: those of `loadtests/lib/random.js`."""

from dataclasses import dataclass
from functools import cached_property

WORD = 2**32
"""What a drawn word is below."""
ORDERS, GROUPS, BOOKS = 0, 1, 2
"""The streams of the orders' draws, of the groups of a book that turns over, and of the first symbol's resting orders;
the next symbol has the next."""

DRAWS = 16
"""Of one order, at most."""


@dataclass(frozen=True)
class Draws:
    """A stream of words.

    Args:
        seed: Of the run, below 2**32.
        stream: Which of its streams.
    """

    seed: int
    stream: int

    @cached_property
    def _key(self) -> int:
        return _mix(_mix(self.seed) ^ self.stream)

    def word(self, i: int, n: int) -> int:
        """The n-th word of the i-th thing."""
        return _mix(self._key ^ _mix(i * DRAWS + n))


def _mix(word: int) -> int:
    """A step of Weyl's sequence, then the finalizer of MurmurHash3."""
    word = (word + 0x9E3779B9) % WORD
    word = (word ^ word >> 16) * 0x85EBCA6B % WORD
    word = (word ^ word >> 13) * 0xC2B2AE35 % WORD
    return word ^ word >> 16
