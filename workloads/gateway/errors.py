"""Errors that end one request."""

from __future__ import annotations


class ShardError(Exception):
    """A request got no reply from its shard; the message is for the log."""


class ShardUnavailableError(ShardError):
    """The shard has no address, refuses connections, or broke the one that the request was sent on."""


class ShardTimeoutError(ShardError):
    """The shard did not take the connection, or did not reply, in time."""
