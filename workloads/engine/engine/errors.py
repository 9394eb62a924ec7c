"""Errors that end the engine with one line for whoever started it."""

from __future__ import annotations


class EngineError(Exception):
    """The engine can't start or can't go on; the message is complete, no traceback is needed."""


class SettingsError(EngineError):
    """An environment variable has a value the engine can't use."""


class PortError(EngineError):
    """A port can't be listened on."""


class WalError(EngineError):
    """The write-ahead log can't be opened or written."""
