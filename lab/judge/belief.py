"""What tries of rates say of a capacity: how probable each capacity is, whatever the noise of a try; pure.

Near the capacity, chance decides whether a rate holds: it does with the probability of a logistic curve over the
logarithm of the rate, one half at the capacity. How steep that curve is, the noise, is unknown too and is believed in
equally at each of `NOISES` before the first try.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

NOISES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
"""Scales of the logistic curve, as shares of the rate: from a quiet machine to one whose tries say little."""
STEP = 0.02
"""Of the grid of capacities, as a share; quantiles lie between its points by a straight line."""
BEYOND = 4.0
"""The capacity is sought in the search's range and so many times outside of it."""


@dataclass(frozen=True, kw_only=True)
class Belief:
    """How probable each capacity is after some tries.

    Args:
        capacities: Logarithms of them, evenly spaced.
        likelihoods: The logarithm of each one's likelihood, for each of `NOISES`.
    """

    capacities: tuple[float, ...]
    likelihoods: tuple[tuple[float, ...], ...]

    @staticmethod
    def between(least: float, most: float) -> "Belief":
        """The belief before any try: each capacity from a quarter of the least to four times the most is alike."""
        start, end = math.log(least / BEYOND), math.log(most * BEYOND)
        count = math.ceil((end - start) / STEP) + 1
        nothing = (0.0,) * count
        return Belief(
            capacities=tuple(start + STEP * number for number in range(count)), likelihoods=(nothing,) * len(NOISES)
        )

    def after(self, rate: float, *, holds: bool) -> "Belief":
        """The belief after a try of a rate."""
        at, sign = math.log(rate), 1.0 if holds else -1.0
        rows = zip(NOISES, self.likelihoods, strict=True)
        return replace(
            self,
            likelihoods=tuple(
                tuple(
                    so_far - _surprise(sign * (capacity - at) / noise)
                    for capacity, so_far in zip(self.capacities, row, strict=True)
                )
                for noise, row in rows
            ),
        )

    def quantile(self, share: float) -> float:
        """The capacity below which the truth lies with this probability."""
        return self.quantiles(share)[0]

    def quantiles(self, *shares: float) -> tuple[float, ...]:
        """The capacities below which the truth lies with these probabilities."""
        sums = [0.0]
        for one in self._probabilities():
            sums.append(sums[-1] + one)
        return tuple(math.exp(self._place(sums, share * sums[-1])) for share in shares)

    @property
    def noise(self) -> float:
        """The noise that the tries speak for: the mean of its logarithm."""
        weights = [sum(row) for row in self._weights()]
        return math.exp(
            sum(math.log(noise) * one for noise, one in zip(NOISES, weights, strict=True)) / math.fsum(weights)
        )

    def _place(self, sums: list[float], wanted: float) -> float:
        for place, (below, up_to) in enumerate(pairwise(sums)):
            if up_to >= wanted and up_to > below:
                return self.capacities[place] + STEP * ((wanted - below) / (up_to - below) - 0.5)
        return self.capacities[-1]

    def _probabilities(self) -> list[float]:
        """Of each capacity, whatever the noise; not normed."""
        return [sum(each) for each in zip(*self._weights(), strict=True)]

    def _weights(self) -> list[list[float]]:
        highest = max(map(max, self.likelihoods))
        return [[math.exp(one - highest) for one in row] for row in self.likelihoods]


def _surprise(margin: float) -> float:
    """The negative logarithm of a logistic curve's probability."""
    return math.log1p(math.exp(-margin)) if margin > 0 else -margin + math.log1p(math.exp(margin))
