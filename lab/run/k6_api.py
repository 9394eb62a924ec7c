"""What k6 says of its load while it runs, by its REST API."""

from collections.abc import Mapping
from typing import Any

import requests

from lab.core import http


def samples(api: str, *, timeout: float) -> Mapping[str, Mapping[str, Any]]:
    """The sample of each metric, by its name; none while k6 does not listen yet, or has just ended.

    Args:
        api: `host:port` of the API.
        timeout: Seconds that the answer may take.
    """
    try:
        metrics = http.get(f"http://{api}/v1/metrics", timeout=timeout).json()["data"]
    except (requests.RequestException, ValueError, KeyError):
        return {}
    return {one["id"]: one["attributes"]["sample"] for one in metrics}
