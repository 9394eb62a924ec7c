"""The types of single settings: durations, ports, quantities; each says what is allowed."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema

from lab.core.figures import number
from lab.core.quantity import amount, suffix
from lab.settings.topology import DNS_LABEL

DURATION = re.compile(r"(?:(\d{1,7})h)?(?:(\d{1,7})m)?(?:(\d{1,7})s)?", re.ASCII)
MAX_NAME = 32
"""Characters of a cluster's name; k3d refuses a longer one, but only after the images are built."""
MAX_NAMESPACE = 63
"""Characters of a DNS label."""
MOST_SECONDS = 7 * 24 * 3600
"""A week: no load, wait or pause of the lab lasts longer."""
MOST_RATE = 10_000_000
"""Orders a minute: no k6 of this world sends more."""
LEAST_CPU, MOST_CPU = 0.001, 1024
"""Cores of a pod: Kubernetes has none finer, and no node has more."""
LEAST_MEMORY, MOST_MEMORY = 2**20, 2**50
"""Bytes of a pod, in memory or on its node's disk: what is below is a wrong suffix."""


def _seconds(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError("must be a duration such as 90s, 5m or 1m30s")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _written(value: Any) -> Any:
    """A quantity may be written as a number, as in a manifest."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _label(value: str) -> str:
    if not DNS_LABEL.fullmatch(value) or len(value) > MAX_NAME:
        raise ValueError(
            f"must be a DNS label of at most {MAX_NAME} characters: a-z, 0-9 and -, starting and ending with a letter "
            "or digit"
        )
    return value


def _namespace(value: str) -> str:
    if not DNS_LABEL.fullmatch(value) or len(value) > MAX_NAMESPACE:
        raise ValueError(f"must be a namespace: a DNS label of at most {MAX_NAMESPACE} characters")
    return value


def _cpu(value: str) -> str:
    if suffix(value) not in {"", "m"} or not LEAST_CPU <= amount(value) <= MOST_CPU:
        raise ValueError(f"must be cores such as 2, 0.5 or 500m, from 1m to {MOST_CPU}")
    return value


def _memory(value: str) -> str:
    if not LEAST_MEMORY <= amount(value) <= MOST_MEMORY:
        raise ValueError(
            f"must be an amount such as 512Mi or 2Gi, from 1Mi to 1Pi; {value} is {number(amount(value))} bytes"
        )
    return value


Int = Annotated[int, Strict()]
Seconds = Annotated[
    int,
    BeforeValidator(_seconds),
    Field(ge=0, le=MOST_SECONDS),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MOST_SECONDS},
                {"type": "string", "pattern": r"^(?=.)([0-9]{1,7}h)?([0-9]{1,7}m)?([0-9]{1,7}s)?$"},
            ],
            "description": "seconds, or a duration such as 90s, 5m or 1m30s",
        }
    ),
]
"""A duration in whole seconds; written `90s`, `5m`, `1m30s` or as a number of seconds."""
Label = Annotated[str, AfterValidator(_label)]
Namespace = Annotated[str, AfterValidator(_namespace)]
Cpu = Annotated[str, BeforeValidator(_written, json_schema_input_type=str | float), AfterValidator(_cpu)]
Memory = Annotated[str, BeforeValidator(_written, json_schema_input_type=str | float), AfterValidator(_memory)]
"""Both written as Kubernetes quantities."""
Port = Annotated[Int, Field(ge=1, le=65535)]
NodePort = Annotated[Int, Field(ge=30000, le=32767)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[Int, Field(gt=0)]
Rate = Annotated[Int, Field(gt=0, le=MOST_RATE)]
"""Orders a minute."""
