"""Service level objectives: the bounds that decide what a case comes to; what is left out is not judged."""

from typing import Annotated

from pydantic import Field

from lab.settings.fields import Int, Positive, Rate, Share
from lab.settings.model import SettingsModel


class MatchesSettings(SettingsModel):
    """A match rate that is kept: this many fills a minute, in so many consecutive minutes of the load."""

    per_minute: Rate
    minutes: Positive


class KeepsUpSettings(SettingsModel):
    """How several shards keep up with a load, against a case of fewer shards at the same load per shard.

    Args:
        baseline: That case.
        efficiency: throughput(N) >= efficiency * N / M * throughput(M of the baseline).
        cpu: An engine's CPU per order, at most so many times the baseline's.
        p99: p99 at the highest constant rate, at most so many times the baseline's.
    """

    baseline: str
    efficiency: Share
    cpu: Annotated[float, Field(ge=1)] = 1.5
    p99: Annotated[float, Field(ge=1)] = 2.0


class IsolationSettings(SettingsModel):
    """p99 of the shards that do not own the hot symbol is at most this share above theirs in the reference case."""

    reference: str
    within: Share


class SloSettings(SettingsModel):
    """The bounds of one case.

    Args:
        p99_ms: p99 of the client and of every engine, below it.
        error_rate: Share of orders that fail, below it.
        rise: p99 during the outage / before it, at most.
        at_least_ms: By how much p99 may rise (ms) before its ratio counts, in `rise` and `isolation`; 0: at any.
        step_ms: By how much p99 may rise from a stage of a ramp to the next (ms), at most.
        matches: The match rate that is kept.
        keeps_up: Against the case of fewer shards at the same load per shard.
        isolation: Against the case without a hot symbol.
        lost: Accepted orders of which the engine published no record, at most.
    """

    p99_ms: Annotated[float, Field(gt=0)] | None = None
    error_rate: Share | None = None
    rise: Annotated[float, Field(ge=1)] | None = None
    at_least_ms: Annotated[float, Field(ge=0)] = 10.0
    step_ms: Annotated[float, Field(gt=0)] | None = None
    matches: MatchesSettings | None = None
    keeps_up: KeepsUpSettings | None = None
    isolation: IsolationSettings | None = None
    lost: Annotated[Int, Field(ge=0)] | None = None
