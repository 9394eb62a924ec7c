"""Grafana's HTTP API, as far as the lab writes to it: annotations."""

from collections.abc import Sequence

from lab.answers import why
from lab.errors import ToolError

DEADLINE = 5.0
"""Seconds that an answer may take."""


class Grafana:
    """A client of one Grafana, by basic authentication."""

    def __init__(self, url: str, *, password: str, user: str = "admin") -> None:
        self._url = url.rstrip("/")
        self._credentials = (user, password)

    def annotate(self, text: str, *, start: float, end: float, tags: Sequence[str]) -> None:
        """Mark a stretch of time (epoch ms) on every dashboard that shows one of the tags.

        Raises:
            ToolError: Grafana doesn't answer, or refuses.
        """
        import requests  # noqa: PLC0415 - 60 ms that `invoke --list` need not pay

        body = {"time": round(start), "timeEnd": round(end), "tags": list(tags), "text": text}
        try:
            answer = requests.post(f"{self._url}/api/annotations", json=body, auth=self._credentials, timeout=DEADLINE)
        except requests.RequestException as error:
            raise ToolError(f"grafana at {self._url} does not answer: {why(error)}; run './invokew status'") from error
        if not answer.ok:
            raise ToolError(f"grafana refuses an annotation: HTTP {answer.status_code} {answer.text[:120]}")
