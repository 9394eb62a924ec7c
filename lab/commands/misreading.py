"""A command line that can't be read: what is wrong with it, and what is nearest to what was meant."""

import ast
import re
from collections.abc import Collection, Sequence

from invoke.exceptions import ParseError
from invoke.parser.context import ParserContext

from lab.core.errors import UsageError
from lab.core.figures import shortened
from lab.core.nearest import nearest

UNKNOWN = re.compile(r"No idea what (?P<word>.+) is!", re.DOTALL)
WITHOUT_VALUE = re.compile(r"Flag <\w+: (?P<flag>[\w-]+).*needed value and was not given one!")
WITHOUT_WORD = re.compile(r"'(?P<task>.+)' did not receive required positional arguments: (?P<words>.+)")
"""Invoke's own words, which name what can't be read and no way on."""


def misread(error: ParseError, argv: Sequence[str], tasks: Collection[str]) -> UsageError:
    """What a command line that Invoke can't read lacks, or has too much.

    Args:
        error: What Invoke says.
        argv: The whole command line.
        tasks: The names of all tasks.
    """
    said, task = str(error), (error.context and error.context.name) or ""
    more = f"run './invokew --help {task}'" if task else "run './invokew --list'"
    if found := WITHOUT_VALUE.fullmatch(said):
        flag = f"--{found['flag']}"
        return UsageError(f"{flag} needs a value; got none; write {flag}=VALUE, or {more}")
    if found := WITHOUT_WORD.fullmatch(said):
        words = found["words"].replace("'", "").upper()
        return UsageError(
            f"{task} needs {words}; got none; write './invokew {task} {words.replace(',', '')}', or {more}"
        )
    if found := UNKNOWN.fullmatch(said):
        return UsageError(f"{_unknown(_read(found['word']), error.context, argv, tasks)}; {more}")
    return UsageError(f"{said}; {more}")


def _unknown(word: str, context: ParserContext | None, argv: Sequence[str], tasks: Collection[str]) -> str:
    task = (context and context.name) or ""
    if word.startswith("-"):
        flags = [one for one in (*context.flags, *context.inverse_flags) if one.startswith("--")] if context else []
        if task:
            return f"{task} has no flag {_shown(word)}{nearest(word, flags)}; it has {', '.join(flags) or 'none'}"
        return f"a task's flags come behind its name, and no other flag is {_shown(word)}{nearest(word, flags)}"
    whole = next((one for one in argv if one.startswith("-") and one.partition("=")[1:] == ("=", word)), "")
    if whole:
        return f"{_shown(whole)} can't be taken: {whole.partition('=')[0]} is given twice, or takes no value"
    if task:
        return f"{task} takes no further word, and no task is called {_shown(word)}"
    return f"no task is called {_shown(word)}{nearest(word, tasks)}"


def _read(word: str) -> str:
    try:
        return str(ast.literal_eval(word))
    except (ValueError, SyntaxError):
        return word.strip("'")


def _shown(word: str) -> str:
    return shortened(repr(word))
