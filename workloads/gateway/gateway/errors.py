"""Errors that end the gateway with one line for whoever started it, and those that end one request."""

from __future__ import annotations


class GatewayError(Exception):
    """The gateway can't start; the message is complete, no traceback is needed."""


class SettingsError(GatewayError):
    """An environment variable has a value the gateway can't use."""


class PortError(GatewayError):
    """A port can't be listened on."""


class ShardError(Exception):
    """A request got no reply from its shard; the message is for the log."""


class ShardUnavailableError(ShardError):
    """The shard has no address, refuses connections, or broke the one that the request was sent on."""


class ShardTimeoutError(ShardError):
    """The shard did not take the connection, or did not reply, in time."""
