"""k6's REST API: what it says of its load, and how one that waits is given its data and released."""

import json
from collections.abc import Mapping
from typing import Any

import requests

from lab.core import http
from lab.core.causes import LOAD_GENERATOR, SCRIPT_ERROR
from lab.core.errors import ToolError

WAITS = 4
"""k6's status of a run that has all its virtual users and waits for its release (`ExecutionStatusPausedBeforeRun`)."""
ANSWER = 10.0
"""Seconds that an order of the lab's to k6 may take."""
RELEASE = {"data": {"type": "status", "id": "default", "attributes": {"paused": False}}}


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


def waits(api: str, *, timeout: float) -> bool:
    """Whether a k6 that was started with `--paused` is ready; not while it does not listen yet."""
    try:
        told = http.get(f"http://{api}/v1/status", timeout=timeout).json()["data"]["attributes"]
    except (requests.RequestException, ValueError, KeyError):
        return False
    return bool(told["paused"] and told["status"] == WAITS)


def set_up(api: str) -> object:
    """Let it run the script's `setup`, for as long as that takes or k6 runs; what it returned.

    Raises:
        ToolError: It threw, or k6 doesn't answer.
    """
    return _call("POST", api, "setup", timeout=None).get("data")


def hand_over(api: str, data: object) -> None:
    """Give it what `setup` returned elsewhere.

    Raises:
        ToolError: It doesn't take it.
    """
    _call("PUT", api, "setup", data, timeout=ANSWER)


def release(api: str) -> None:
    """Let it begin.

    Raises:
        ToolError: It doesn't answer.
    """
    _call("PATCH", api, "status", RELEASE, timeout=ANSWER)


def _call(method: str, api: str, what: str, body: object = None, *, timeout: float | None) -> Mapping[str, Any]:
    sent = None if body is None else json.dumps(body)
    try:
        answer = http.request(method, f"http://{api}/v1/{what}", data=sent, timeout=timeout)
        told: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ToolError(f"k6 doesn't answer at {api}: {error}", cause=LOAD_GENERATOR) from error
    if "errors" in told:
        said = told["errors"][0]
        detail = str(said.get("detail", "")).splitlines()
        raise ToolError(f"{said.get('title', what)}: {detail[0] if detail else answer.status_code}", cause=SCRIPT_ERROR)
    attributes: Mapping[str, Any] = told["data"]["attributes"]
    return attributes
