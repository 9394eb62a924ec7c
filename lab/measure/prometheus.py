"""Asks Prometheus over its HTTP API: the only place in which the run time speaks PromQL."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from lab.core import http
from lab.core.answers import why
from lab.core.causes import MONITORING_SILENT
from lab.core.errors import ToolError
from lab.measure.counters import Series
from lab.measure.metrics import Selector

CONTAINER = "container_"
"""Begins the names of what kubelets tell of containers."""
DEADLINE = 10.0
"""Seconds that an answer may take, unless told otherwise."""
REFUSED = (401, 403)
"""What HTTP says to who may not ask."""
SHOWN = 100
"""Characters of an answer that a message shows."""


class Prometheus:
    """A client of one Prometheus, as `Metrics`; every method raises ToolError when it doesn't answer as it should.

    Args:
        url: Where it is.
        token: The bearer token that it wants; empty where it wants none.

    Attributes:
        deadline: Seconds that an answer may take.
    """

    deadline: float

    def __init__(self, url: str, *, token: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
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
            answer = http.get(
                f"{self._url}/api/v1/{path}", params=parameters, headers=self._headers, timeout=self.deadline
            )
            if answer.status_code in REFUSED:
                token = "the token that it is given" if self._headers else "who gives no token"
                raise ToolError(f"prometheus at {self._url} refuses {token}: HTTP {answer.status_code}")
            body = answer.json()
            if not isinstance(body, dict):
                raise ValueError(f"not its API: {answer.text[:SHOWN]}")  # noqa: TRY004, TRY301 - told as what is no JSON is
        except (requests.RequestException, ValueError) as error:
            raise ToolError(
                f"prometheus at {self._url} does not answer: {why(error)}; run './invokew status'",
                cause=MONITORING_SILENT,
            ) from error
        if body.get("status") != "success":
            said = body.get("error", f"HTTP {answer.status_code}")
            raise ToolError(f"prometheus refuses '{parameters.get('query', path)}': {said}")
        return body["data"]


@dataclass(frozen=True, kw_only=True)
class OfNamespace:
    """The `Metrics` of one namespace, in a Prometheus that scrapes others too.

    What it may have of containers is left out: the lab reads that in them, and no figure is to count twice.

    Args:
        prometheus: The Prometheus.
        namespace: The value of the label `namespace` of all series.
    """

    prometheus: Prometheus
    namespace: str

    def within(self, deadline: float) -> Self:
        """The same, of which an answer may take this long (s) only."""
        return replace(self, prometheus=self.prometheus.within(deadline))

    def points(self, wanted: Selector, *, since: float, until: float) -> tuple[Series, ...]:
        """The raw points of each series between two instants (epoch ms)."""
        if _is_of_containers(wanted):
            return ()
        return self.prometheus.points(self._own(wanted), since=since, until=until)

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        """The newest point of each series that its target still has."""
        return self.prometheus.latest(self._own(wanted))

    def scraped(self, wanted: Selector) -> tuple[float, ...]:
        """When each series was scraped last (epoch ms)."""
        return self.prometheus.scraped(self._own(wanted))

    def now(self) -> float | None:
        """Its clock (epoch ms); None if it doesn't tell."""
        return self.prometheus.now()

    def _own(self, wanted: Selector) -> Selector:
        return replace(wanted, labels={**wanted.labels, "namespace": self.namespace})


def _is_of_containers(wanted: Selector) -> bool:
    name = wanted.name.pattern if isinstance(wanted.name, re.Pattern) else wanted.name
    return name.startswith(CONTAINER)


def _series(one: Mapping[str, Any]) -> Series:
    points = one["values"] if "values" in one else [one["value"]]
    return Series(labels=one["metric"], points=tuple((float(time_) * 1000, float(value)) for time_, value in points))
