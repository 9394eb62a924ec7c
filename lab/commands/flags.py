"""Flags of tasks: what they can't take is refused in the lab's words.

A whole number is one; and an empty word is none, since `--runtime=$RUNTIME` with nothing in the variable would silently
mean the default.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

from invoke import tasks
from invoke.parser.argument import Argument

from lab.core.errors import UsageError
from lab.core.plain_marks import printable
from lab.core.unwritable import unwritable

WHOLE = re.compile(r"-?[0-9]{1,20}")
"""Python's own also take digits of any script, and lines between them."""


def written(name: str | None) -> str:
    """A flag as it is written: invoke takes `engine_cpu` as --engine-cpu, and `for_` as --for."""
    return (name or "").strip("_").replace("_", "-")


class WholeNumber(Argument):
    """A flag whose default is an int."""

    def set_value(self, value: Any, cast: bool = True) -> None:  # noqa: FBT001, FBT002 - its signature
        """Take the value that was given.

        Raises:
            UsageError: It is no whole number.
        """
        if not WHOLE.fullmatch(str(value)):
            raise UsageError(f"--{written(self.name)} must be a whole number; got {value!r}")
        super().set_value(value, cast=cast)


class Text(Argument):
    """A flag whose default is a text, or a word that a task needs."""

    task = ""
    """Whose it is, by the name on the command line."""

    def set_value(self, value: Any, cast: bool = True) -> None:  # noqa: FBT001, FBT002 - its signature
        """Take the value that was given.

        Raises:
            UsageError: It is empty.
        """
        if value == "":
            name = written(self.name)
            if self.positional:
                raise UsageError(f"{name.upper()} must not be empty; got ''; run './invokew --help {self.task}'")
            raise UsageError(f"--{name} must not be empty; got ''; leave it out for its default")
        super().set_value(value, cast=cast)


class Task(tasks.Task[Callable[..., Any]]):
    """A task with such flags, whose words any terminal can show."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Run it.

        Raises:
            PreflightError: A file can't be written.
        """
        printable(sys.stdout, sys.stderr)
        try:
            return super().__call__(*given, **named)
        except OSError as error:
            if known := unwritable(error):
                raise known from error
            raise

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:  # noqa: FBT001
        """Its flags as invoke reads them off its signature."""
        found = super().get_arguments(ignore_unknown_help)
        for flag in found:
            if flag.kind in KINDS:
                flag.__class__ = KINDS[flag.kind]
            if isinstance(flag, Text):
                flag.task = written(self.name)
        return found


KINDS: dict[type, type[Argument]] = {int: WholeNumber, str: Text}


def task(*body: Callable[..., Any], **how: Any) -> Callable[..., Any]:
    """Make a function a task, as invoke's own decorator does: with or without arguments."""
    return tasks.task(*body, klass=Task, **how)
