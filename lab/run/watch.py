"""Watches a case while its load runs, in a thread of its own: no answer that is late holds the load's loop up."""

import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lab.core.errors import ToolError
from lab.core.windows import Window
from lab.measure import counters
from lab.measure.counters import Series
from lab.measure.metrics import Metrics, Selector
from lab.measure.samples import NO_ORDER, OUTSIDE_THE_LOAD
from lab.process.background import Background
from lab.run import k6_api
from lab.run.fill import MATCHES

LOOK = 1.0
"""Seconds between two looks at k6."""
RECENT = 10.0
"""Seconds over which the rate of orders is taken."""
ROUND = 5.0
"""Seconds between two rounds of questions for metrics: k6 writes, and the engines are scraped, no more often."""
ANSWER = 1.5
"""Seconds that an answer may take."""
LINGER = 0.5
"""Seconds for which the end of a case waits for an answer that nobody needs any more."""
FOUR_SCRAPES = 20_000.0
"""ms over which the rate of fills is taken."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is seen of a load that runs; None for what is not known.

    Args:
        rate: Orders a minute, over the last seconds.
        errors: Requests that failed since the load began.
        error_share: Their share of all since then.
        p99: ms, at the client, since the load began.
        matches: Fills a minute, over the last seconds, by the engines' counters.
        age: Seconds since the metrics told the last two.
    """

    rate: float | None = None
    errors: int | None = None
    error_share: float | None = None
    p99: float | None = None
    matches: float | None = None
    age: float = 0.0


@dataclass(frozen=True, kw_only=True)
class _Count:
    """k6's own count at an instant (monotonic s): requests since it started, how many of them failed."""

    at: float
    requests: int
    failed: int | None


class Watch(Background):
    """A context in which a load is watched; whoever doesn't answer leaves what was seen last.

    The counts are k6's own since the first iteration has ended, so a script need tag nothing and may seed as it likes.

    Args:
        metrics: Those of the engines and, where k6 writes its own there, of k6.
        apis: `host:port` of the REST API of each k6 that sends a part of it.
        testid: The case's.
    """

    def __init__(self, metrics: Metrics, *, apis: Sequence[str], testid: str) -> None:
        super().__init__(linger=LINGER)
        self._metrics = metrics.within(ANSWER)
        self._apis = apis
        self._p99 = Selector(name="k6_http_req_duration_p99", labels={"testid": testid})
        self._first: _Count | None = None
        self._recent: deque[_Count] = deque()
        self._told: tuple[float, float | None, float | None] | None = None
        self._seen = Seen()

    @property
    def seen(self) -> Seen:
        """What was seen last."""
        return self._seen

    def _run(self) -> None:
        asked = -math.inf
        while not self._over.wait(LOOK):
            self._count()
            if self._first is not None and time.monotonic() - asked >= ROUND:
                asked = time.monotonic()
                self._ask()
            self._seen = self._now()

    def _count(self) -> None:
        counts = [_count_of(k6_api.samples(api, timeout=ANSWER)) for api in self._apis]
        if None in counts:
            return
        sent = sum(requests for requests, _ in filter(None, counts))
        failed = [one for _, one in filter(None, counts)]
        count = _Count(at=time.monotonic(), requests=sent, failed=None if None in failed else sum(filter(None, failed)))
        self._first = self._first or count
        self._recent.append(count)
        while count.at - self._recent[0].at > RECENT:
            self._recent.popleft()

    def _ask(self) -> None:
        with suppress(ToolError):
            now = time.time() * 1000
            matches = self._metrics.points(MATCHES, since=now - FOUR_SCRAPES, until=now)
            self._told = (time.monotonic(), _p99(self._metrics.latest(self._p99)), _per_minute(matches))

    def _now(self) -> Seen:
        if self._first is None:
            return Seen()
        oldest, last, first = self._recent[0], self._recent[-1], self._first
        span, sent = last.at - oldest.at, last.requests - first.requests
        failed = None if last.failed is None or first.failed is None else max(0, last.failed - first.failed)
        at, p99, matches = self._told or (time.monotonic(), None, None)
        return Seen(
            rate=60 * (last.requests - oldest.requests) / span if span > 0 else None,
            errors=failed,
            error_share=None if failed is None else failed / max(sent, 1),
            p99=p99,
            matches=matches,
            age=time.monotonic() - at,
        )


def _count_of(samples: Mapping[str, Mapping[str, Any]]) -> tuple[int, int | None] | None:
    """A k6's requests, and how many of them failed; None while its load has not begun."""
    if not samples.get("iterations", {}).get("count"):
        return None
    sent = int(samples.get("http_reqs", {}).get("count", 0))
    share = samples.get("http_req_failed", {}).get("rate")
    return sent, None if share is None else round(share * sent)


def _p99(series: Sequence[Series]) -> float | None:
    """The highest of the load's own, in ms; k6 writes seconds."""
    own = [
        one.points[-1][1] * 1000
        for one in series
        if not OUTSIDE_THE_LOAD.fullmatch(one.labels.get("group", ""))
        and not NO_ORDER.fullmatch(one.labels.get("name", ""))
    ]
    return _known(max((value for value in own if not math.isnan(value)), default=math.nan))


def _per_minute(series: Sequence[Series]) -> float | None:
    """By how much counters rise together in a minute, by what was scraped of them last."""
    rates = [counters.per_second(one, Window(name="", start=0, end=math.inf)) for one in series if one.points]
    known = [rate for rate in rates if rate is not None and rate >= 0]  # one that fell was restarted meanwhile
    return _known(60 * sum(known)) if known else None


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
