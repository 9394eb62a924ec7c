"""What the measuring asks of whoever scrapes the workloads: a Prometheus, or the lab's own scraper."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

from lab.core.errors import ToolError
from lab.measure.counters import Series
from lab.process import shell

ENGINE_JOB = "matching-engine"
"""The scrape job of the workloads; the one job that may scrape them."""
SCRAPE_SECONDS = 5
"""Between two scrapes: the spec's 5.4."""
PAUSE = 0.5
"""Seconds between two questions for a scrape that is waited for."""


@dataclass(frozen=True, kw_only=True)
class Selector:
    """Series by their name and labels; a pattern has to match the whole of a name or value."""

    name: str | re.Pattern[str]
    labels: Mapping[str, str | re.Pattern[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        matchers = [_matcher(label, value) for label, value in self.labels.items()]
        if isinstance(self.name, re.Pattern):
            return "{" + ",".join((_matcher("__name__", self.name), *matchers)) + "}"
        return self.name + ("{" + ",".join(matchers) + "}" if matchers else "")

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels, its name as `__name__` among them, is one of them."""
        wanted = {"__name__": self.name, **self.labels}
        return all(_is(labels.get(label, ""), value) for label, value in wanted.items())


HANDLERS = Selector(name="up", labels={"pod": re.compile("(me-shard|edge-gateway)-.+")})
"""A series of each pod that handles orders, whether or not it has taken any yet: whether its scrapes were answered."""


class Metrics(Protocol):
    """Series that are scraped every few seconds; every method raises ToolError when they can't be told."""

    def within(self, deadline: float) -> Self:
        """The same, of which an answer may take this long (s) only."""

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        """The raw points of each series between two instants (epoch ms)."""

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        """The newest point of each series that its target still has."""

    def scraped(self, wanted: Selector) -> tuple[float, ...]:
        """When each series was scraped last (epoch ms)."""

    def now(self) -> float | None:
        """Its clock (epoch ms); None if it doesn't tell."""


def wait_for_scrape(metrics: Metrics, wanted: Selector, *, after: float, deadline: float) -> bool:
    """Wait until each series was scraped after an instant (epoch ms); False at the deadline (s).

    Raises:
        ToolError: They can't be told.
        InterruptedLabError: The lab is being stopped.
    """
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        try:
            instants = metrics.scraped(wanted)
        except ToolError:  # one answer that fails is no reason to lose what is waited for
            if time.monotonic() + PAUSE >= end:
                raise
            instants = ()
        if instants and min(instants) >= after:
            return True
        shell.require_going()
        time.sleep(PAUSE)
    return False


def wait_for_answers(metrics: Metrics, *, after: float, deadline: float) -> bool:
    """Wait until each pod that handles orders answered a scrape after an instant (epoch ms); False at the deadline (s).

    Raises:
        ToolError: They can't be told.
        InterruptedLabError: The lab is being stopped.
    """
    end = time.monotonic() + deadline
    while wait_for_scrape(metrics, HANDLERS, after=after, deadline=end - time.monotonic()):
        if all(one.points[-1][1] for one in metrics.latest(HANDLERS)):
            return True
        time.sleep(PAUSE)
    return False


def _matcher(label: str, value: str | re.Pattern[str]) -> str:
    text, sign = (value.pattern, "=~") if isinstance(value, re.Pattern) else (value, "=")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{label}{sign}"{escaped}"'


def _is(value: str, wanted: str | re.Pattern[str]) -> bool:
    return wanted.fullmatch(value) is not None if isinstance(wanted, re.Pattern) else value == wanted
