"""Which version a program says it is."""

import re
from pathlib import Path

from lab.core.causes import TOOL_MISSING
from lab.core.errors import PreflightError, ToolError
from lab.process import shell
from lab.tools.publishers import PUBLISHERS

ASKING = 10.0
"""Seconds that a tool may take to say its version."""


def said_by(command: shell.Command, answer: str) -> str | ToolError:
    """What a program says its version is, or how it failed to say one.

    Args:
        command: Asks it.
        answer: Regular expression of what it prints, with the version as its group.
    """
    try:
        result = shell.run(command, check=False)
    except ToolError as error:
        return error
    match = re.search(answer, result.stdout, re.MULTILINE)
    if match and result.ok:
        return match[1]
    printed = " ".join((result.stdout + " " + result.stderr).split())
    said = f"'{printed[:80]}'" if printed else "nothing"
    return ToolError(
        f"{command.argv[0]} does not say its version: it ended with {result.code} and printed {said}",
        cause=TOOL_MISSING,
    )


def of_tool(name: str, path: Path) -> str | ToolError:
    """What the tool at `path` says its version is, or how it failed to say one."""
    publisher = PUBLISHERS[name]
    return said_by(shell.Command(argv=(str(path), *publisher.ask), deadline=ASKING), publisher.answer)


def try_out(name: str, version: str, path: Path, *, how: str) -> None:
    """A tool that has just come must run here and say that it is this version.

    Raises:
        PreflightError: It doesn't: a C library too old, a disk mounted noexec.
    """
    found = of_tool(name, path)
    if found != version:
        said = found.summary if isinstance(found, ToolError) else f"it says it is {found}"
        raise PreflightError(
            f"the {how} {name} {version} does not work here: {said}; install {name} yourself", cause=TOOL_MISSING
        )
