"""A task whose words may be left out: invoke itself knows positional arguments only as required ones."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from invoke import tasks
from invoke.parser.argument import Argument

from lab.commands import flags


class WithOptionalWords(flags.Task):
    """Its positional arguments are as many as there are words behind its name; the others have their defaults."""

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:  # noqa: FBT001 - its signature
        """The arguments, of which those for words that were given come first and are positional."""
        names, self.positional = list(self.positional), []
        try:
            arguments = super().get_arguments(ignore_unknown_help)
        finally:
            self.positional = names
        given = names[: len(words(sys.argv[1:], self.name))]
        for one in arguments:
            if one.name in given:
                one.positional, one.default = True, None
        return sorted(arguments, key=lambda one: given.index(one.name) if one.name in given else len(given))


def task_with_words(*names: str, **how: Any) -> Callable[..., Any]:
    """Make a function a task whose arguments of these names may be given as words, in this order."""
    return tasks.task(klass=WithOptionalWords, positional=list(names), **how)


def words(argv: Sequence[str], task: str) -> Sequence[str]:
    """The words that follow a task's name before any of its flags."""
    if task not in argv:
        return []
    after = argv[argv.index(task) + 1 :]
    return after[: next((n for n, one in enumerate(after) if one.startswith("-")), len(after))]
