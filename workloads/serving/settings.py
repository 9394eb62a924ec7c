"""What every workload is told by its environment: where it listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from serving.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class Listening:
    """The host and the ports to listen on; port 0 takes a free one."""

    host: str
    http_port: int
    metrics_port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `LISTEN_HOST`, `HTTP_PORT` and `METRICS_PORT`; one that is empty counts as not set.

        Raises:
            SettingsError: a port is no number or out of range, or both ports are the same.

        """
        listening = cls(
            host=environment.get("LISTEN_HOST") or "0.0.0.0",  # noqa: S104 - a pod is reached from outside it
            http_port=integer(environment, "HTTP_PORT", default=8080, least=0, most=MAX_PORT),
            metrics_port=integer(environment, "METRICS_PORT", default=9091, least=0, most=MAX_PORT),
        )
        if listening.http_port == listening.metrics_port != 0:
            raise SettingsError(
                f"HTTP_PORT and METRICS_PORT must differ; got {listening.http_port} for both; change one"
            )
        return listening


def integer(environment: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    """Read a whole number from `least` (0 or more) to `most`; raises SettingsError when it is none."""
    text = environment.get(name) or str(default)
    # Not int() alone, which takes ' 80', '8_0' and other scripts' digits.
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise SettingsError(
            f"{name} must be an integer from {least} to {most}; got {text!r}; set it or leave it out for {default}"
        )
    return int(text)
