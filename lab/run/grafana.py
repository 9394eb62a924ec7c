"""Grafana as far as the lab needs it: annotations by its HTTP API, and links to its dashboard."""

from collections.abc import Sequence
from urllib.parse import urlencode

from lab.core import http
from lab.core.answers import why
from lab.core.causes import MONITORING_SILENT
from lab.core.errors import ToolError

DEADLINE = 2.0
"""Seconds that an answer may take."""
DASHBOARD = "matching-engine"
"""The dashboard's uid, as the constructs name it."""
LOAD, FAULT = "load", "fault"
"""The tags by which the dashboard finds its annotations: of a case's load, and of an outage of the broker."""
EVERY = "$__all"
"""What chooses every value of a variable of the dashboard."""


def tags(kind: str, *, run: str, case: str, testid: str) -> tuple[str, ...]:
    """The tags of an annotation: what it marks, and of which run, case and k6 test."""
    return (kind, f"run:{run}", f"case:{case}", f"testid:{testid}")


class Grafana:
    """A client of one Grafana, by basic authentication; once it has not answered it is not asked again."""

    def __init__(self, url: str, *, password: str) -> None:
        self._url = url.rstrip("/")
        self._credentials = ("admin", password)
        self._silent: str | None = None

    def link(self, *, start: float, end: float, testid: str = EVERY) -> str:
        """The address of the dashboard at a stretch of time (epoch ms), of one k6 test or of all."""
        return f"{self._url}/d/{DASHBOARD}?" + urlencode(
            {"from": round(start), "to": round(end), "var-shard": EVERY, "var-testid": testid}
        )

    def annotate(self, text: str, *, start: float, end: float, tags: Sequence[str]) -> None:
        """Mark a stretch of time (epoch ms) on every dashboard that shows one of the tags.

        Raises:
            ToolError: Grafana doesn't answer, or refuses.
        """
        import requests  # noqa: PLC0415 - 60 ms that `invoke --list` need not pay

        if self._silent is not None:
            raise ToolError(self._silent, cause=MONITORING_SILENT)
        body = {"time": round(start), "timeEnd": round(end), "tags": list(tags), "text": text}
        try:
            answer = http.request(
                "POST", f"{self._url}/api/annotations", json=body, auth=self._credentials, timeout=DEADLINE
            )
        except requests.RequestException as error:
            self._silent = f"grafana at {self._url} does not answer: {why(error)}; run './invokew status'"
            raise ToolError(self._silent, cause=MONITORING_SILENT) from error
        if not answer.ok:
            raise ToolError(
                f"grafana refuses an annotation: HTTP {answer.status_code} {answer.text[:120]}", cause=MONITORING_SILENT
            )
