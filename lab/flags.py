"""Flags of tasks: those that take a whole number refuse anything else in the lab's words, not by int's traceback."""

from collections.abc import Callable
from typing import Any

from invoke import tasks
from invoke.parser.argument import Argument

from lab.errors import UsageError


class WholeNumber(Argument):
    """A flag whose default is an int."""

    def set_value(self, value: Any, cast: bool = True) -> None:  # noqa: FBT001, FBT002 - its signature
        """Take the value that was given.

        Raises:
            UsageError: It is no whole number.
        """
        try:
            super().set_value(value, cast=cast)
        except ValueError as error:
            raise UsageError(f"--{self.name} must be a whole number; got {value!r}") from error


class Task(tasks.Task[Callable[..., Any]]):
    """A task with such flags."""

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:  # noqa: FBT001
        """Its flags as invoke reads them off its signature."""
        found = super().get_arguments(ignore_unknown_help)
        for flag in found:
            if flag.kind is int:
                flag.__class__ = WholeNumber
        return found


def task(*body: Callable[..., Any], **how: Any) -> Callable[..., Any]:
    """Make a function a task, as invoke's own decorator does: with or without arguments."""
    return tasks.task(*body, klass=Task, **how)
