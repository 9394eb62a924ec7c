"""The hash by which two values are known to be the same without keeping them."""

import hashlib
import json
from typing import Any


def content_hash(value: Any) -> str:
    """SHA-256 of a JSON value, in hexadecimal; the order of an object's keys does not count.

    Raises:
        TypeError: JSON has no such value.
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
