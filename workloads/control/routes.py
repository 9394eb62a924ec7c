"""Which request does what: docs/engine.md#control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.messages import Answer, Response
from serving.protocol import MALFORMED
from serving.routes import NOT_FOUND, only, path_of

if TYPE_CHECKING:
    from serving.messages import Request

HEALTH = Response(200, b'{"status":"UP","component":"control"}')
TAKEN = Response(200, b'{"status":"TAKEN"}')
"""Never `ACCEPTED`: whoever sends it an order by mistake is to notice."""


class ControlRoutes:
    """The control's port: what has an order's form is answered as soon as it is there, and health."""

    def __call__(self, request: Request) -> Answer:
        """Answer one request at once."""
        path = path_of(request.target)
        if path == b"/orders":
            return only(b"POST", request, lambda _: TAKEN)
        if path == b"/health":
            return only(b"GET", request, lambda _: HEALTH)
        return MALFORMED if path is None else NOT_FOUND
