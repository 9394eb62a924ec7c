"""The k6 that tests run: the lab's own, had as a user's command has it. No test is skipped for the want of one."""

from functools import cache

from lab.cluster.lab import of
from lab.settings.loading import committed


@cache
def path() -> str:
    """Where it is: on PATH or in the cache, else downloaded, else built from source, once for all that ask at a time."""
    return of(committed()).tools.path("k6")
