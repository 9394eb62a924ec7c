"""Requests to programs of this machine, which no proxy leads to."""

import requests


def get(url: str, *, timeout: float) -> requests.Response:
    """What a program of this machine answers.

    Args:
        url: At 127.0.0.1.
        timeout: Seconds that the answer may take.

    Raises:
        requests.RequestException: It doesn't answer.
    """
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=timeout)
