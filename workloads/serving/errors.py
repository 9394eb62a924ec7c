"""Errors that end a workload with one line for whoever started it."""

from __future__ import annotations


class WorkloadError(Exception):
    """A workload can't start or can't go on; the message is complete, no traceback is needed."""


class SettingsError(WorkloadError):
    """An environment variable has a value that can't be used."""


class PortError(WorkloadError):
    """A port can't be listened on."""
