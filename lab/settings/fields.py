"""The types of single settings: durations, ports, quantities; each says what is allowed."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from lab.settings.topology import DNS_LABEL

DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
MAX_NAME = 32
"""Characters of a cluster's name; k3d refuses a longer one, but only after the images are built."""
QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi)?")


def _seconds(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError("must be a duration such as 90s, 5m or 1m30s")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _label(value: str) -> str:
    if not DNS_LABEL.fullmatch(value) or len(value) > MAX_NAME:
        raise ValueError(
            f"must be a DNS label of at most {MAX_NAME} characters: a-z, 0-9 and -, starting and ending with a letter "
            "or digit"
        )
    return value


def _quantity(value: str) -> str:
    if not QUANTITY.fullmatch(value):
        raise ValueError("must be a Kubernetes quantity such as 500m, 2 or 512Mi")
    return value


def _strict_int(value: Any) -> Any:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("must be a whole number")  # noqa: TRY004 - pydantic reports ValueError with the key's place
    return value


Int = Annotated[int, BeforeValidator(_strict_int)]
Seconds = Annotated[
    int,
    BeforeValidator(_seconds),
    Field(ge=0),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^(?=.)(\d+h)?(\d+m)?(\d+s)?$"},
            ],
            "description": "seconds, or a duration such as 90s, 5m or 1m30s",
        }
    ),
]
"""A duration in whole seconds; written `90s`, `5m`, `1m30s` or as a number of seconds."""
Label = Annotated[str, AfterValidator(_label)]
Quantity = Annotated[str, AfterValidator(_quantity)]
Port = Annotated[Int, Field(ge=1, le=65535)]
NodePort = Annotated[Int, Field(ge=30000, le=32767)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[Int, Field(gt=0)]
