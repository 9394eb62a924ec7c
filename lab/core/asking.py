"""HTTP questions to the lab, as someone at this machine asks them."""

import json
from dataclasses import dataclass
from typing import Any

from lab.core import http
from lab.core.answers import why

DEADLINE = 5.0
"""Seconds that an answer may take."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an address said: its HTTP status and body; status 0 with the cause when it said nothing."""

    status: int
    text: str = ""

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def said(self, key: str) -> Any:
        """What the body says of a key; None when it isn't an object that has it."""
        return self.json.get(key) if isinstance(self.json, dict) else None

    def __str__(self) -> str:
        return f"HTTP {self.status} {self.text[:120]}".strip() if self.status else self.text


def ask(url: str, *, body: Any = None, login: tuple[str, str] | None = None, deadline: float = DEADLINE) -> Answer:
    """GET an address, or POST a body to it as JSON."""
    import requests  # noqa: PLC0415 - 60 ms that `invoke --list` need not pay

    try:
        answer = http.request("POST" if body else "GET", url, json=body, auth=login, timeout=deadline)
    except requests.RequestException as error:
        return Answer(status=0, text=f"no answer ({why(error)})")
    return Answer(status=answer.status_code, text=answer.text)
