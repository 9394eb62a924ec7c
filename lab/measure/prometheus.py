"""Asks Prometheus over its HTTP API: the only place in which the run time speaks PromQL."""

import copy
from collections.abc import Mapping
from typing import Any, Self

from lab.core import http
from lab.core.answers import why
from lab.core.causes import MONITORING_SILENT
from lab.core.errors import ToolError
from lab.measure.counters import Series
from lab.measure.metrics import Selector

DEADLINE = 10.0
"""Seconds that an answer may take, unless told otherwise."""


class Prometheus:
    """A client of one Prometheus, as `Metrics`; every method raises ToolError when it doesn't answer as it should.

    Attributes:
        deadline: Seconds that an answer may take.
    """

    deadline: float

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self.deadline = DEADLINE

    def within(self, deadline: float) -> Self:
        """The same Prometheus, of which an answer may take this long (s) only."""
        hasty = copy.copy(self)
        hasty.deadline = deadline
        return hasty

    def query(self, promql: str, *, instant: float | None = None) -> tuple[Series, ...]:
        """What an expression gives at an instant (epoch ms; now if not given): a vector, or a selector's raw points."""
        moment = {} if instant is None else {"time": f"{instant / 1000:.3f}"}
        return tuple(_series(one) for one in self._get("query", {"query": promql, **moment})["result"])

    def targets(self) -> tuple[Mapping[str, Any], ...]:
        """The active targets as Prometheus describes them: labels, scrapePool, health, lastError."""
        return tuple(self._get("targets", {"state": "active"})["activeTargets"])

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        """The raw points of each series between two instants (epoch ms)."""
        return self.query(f"{wanted}[{round((until - since) / 1000)}s]", instant=until)

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        """The newest point of each series that its target still has."""
        return self.query(str(wanted))

    def scraped(self, wanted: Selector) -> tuple[float, ...]:
        """When each series was scraped last (epoch ms)."""
        return tuple(one.points[-1][1] * 1000 for one in self.query(f"timestamp({wanted})"))

    def now(self) -> float | None:
        """Its clock (epoch ms); None if it doesn't tell."""
        found = self.query("vector(time())")
        return found[0].points[-1][1] * 1000 if found else None

    def _get(self, path: str, parameters: dict[str, str]) -> Any:
        import requests  # noqa: PLC0415 - 60 ms that `invoke --list` need not pay

        try:
            answer = http.get(f"{self._url}/api/v1/{path}", params=parameters, timeout=self.deadline)
            body = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise ToolError(
                f"prometheus at {self._url} does not answer: {why(error)}; run './invokew status'",
                cause=MONITORING_SILENT,
            ) from error
        if body.get("status") != "success":
            said = body.get("error", f"HTTP {answer.status_code}")
            raise ToolError(f"prometheus refuses '{parameters.get('query', path)}': {said}")
        return body["data"]


def _series(one: Mapping[str, Any]) -> Series:
    points = one["values"] if "values" in one else [one["value"]]
    return Series(labels=one["metric"], points=tuple((float(time_) * 1000, float(value)) for time_, value in points))
