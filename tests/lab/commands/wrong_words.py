"""A program that gives every task of a checkout every kind of wrong word, and tells what became of each.

It runs in a checkout of its own, from where it takes `tasks.py`: `python wrong_words.py` prints a line of JSON for each
command. Nothing is begun: whatever would start a program, reach another or write a file ends the command before it does.
Some are given before there is a run, all of them once there is `runs/` (a folder `later/` until then).
"""

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.parser.argument import Argument

if TYPE_CHECKING:
    from invoke.tasks import Task

BEGAN, TRACEBACK = "began", "traceback"
BEGINNINGS = {
    "os.exec", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.link", "os.mkdir", "os.posix_spawn", "os.remove",
    "os.rename", "os.rmdir", "os.symlink", "os.system", "os.truncate", "shutil.move", "shutil.rmtree", "socket.connect",
    "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "tempfile.mkdtemp", "tempfile.mkstemp",
}  # fmt: skip
"""Python's audit events of what a refused command doesn't do."""
WRONG = (
    "", "nosuch", " ", ",", "-1", "0", "1.5", "99999999999", "No Such", "two\nlines", "٣", "1_0", "x:y", "~nosuch/x", "a" * 300, "\udcff",
)  # fmt: skip
"""Nothing, next to nothing, no number, out of any range, no name of anything, no path, not even text."""
OTHERS: Mapping[str, Mapping[str, str]] = {
    "baseline": {"action": "set"},
    "bundle": {"file": "lab.tar"},
    "case": {"name": "a2"},
    "port-forward": {"target": "redpanda:9644"},
    "scaffold": {"shards": "2"},
}
"""Right words that a task needs before it looks at another one."""
RIGHT: Mapping[tuple[str, str], frozenset[str]] = {
    ("runs", "limit"): frozenset({"0", "99999999999"}),
    ("scaffold", "name"): frozenset({"", "0", "nosuch", "99999999999", "a" * 300}),
}
"""Words of the wrong ones that are right after all; so is a flag's own default."""


class Began(BaseException):
    """A command went beyond its words."""


class Guard:
    """Ends a command that begins anything."""

    def __init__(self) -> None:
        self.is_on = False
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_on and (event in BEGINNINGS or (event == "open" and self._writes(*arguments[1:3]))):
            self.is_on = False
            raise Began(f"{event} {arguments[0]}")

    @staticmethod
    def _writes(mode: object, flags: object) -> bool:
        if isinstance(mode, str):
            return bool(set(mode) & set("wax+"))
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def ended(guard: Guard, words: list[str], only: Collection | None = None) -> dict[str, Any]:
    """What became of a command, as a shell's user sees it; of one task alone it is read far sooner than of all."""
    from lab.commands.program import LabProgram, program  # noqa: PLC0415 - the checkout's own

    argv = ["invoke", *(() if only else ("--search-root", str(Path.cwd()))), *words]
    sys.argv[:] = argv
    out, err, code = io.StringIO(), io.StringIO(), 0
    guard.is_on = True
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            (LabProgram(namespace=only) if only else program).run(argv)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except Began as beginning:
        return {"words": words, "code": BEGAN, "said": [str(beginning)]}
    except BaseException:  # noqa: BLE001 - this is what is looked for
        return {"words": words, "code": TRACEBACK, "said": traceback.format_exc().splitlines()[-3:]}
    finally:
        guard.is_on = False
    return {"words": words, "code": code, "said": err.getvalue().splitlines()}


def commands(task: "Task[Callable[..., Any]]", name: str, wrong: Sequence[str]) -> Iterator[list[str]]:
    """Every kind of wrong command of one task."""
    sys.argv[:] = []  # else words that an earlier command was given would be taken for its own
    flags = {one.name: one for one in task.get_arguments() if one.name is not None}
    for flag in flags.values():
        yield from _wrong(task, name, flag, wrong)
    right = _given(task, name)
    yield [name, *right, "nosuch"]
    yield [name, *right, "nosuch", "nosuch", "nosuch"]
    yield [name, *right, "--nosuch"]
    yield [name, *right, "--nosuch=1"]
    if any(one.positional for one in flags.values()):
        yield [name]
    if "runtime" in flags:
        for flag in flags.values():
            if flag.takes_value and flag.name != "runtime" and not flag.positional:
                others = _given(task, name, but=flag.name)
                yield [name, *others, f"--{flag.name}=nosuch", "--runtime=process"]
                yield [name, *others, f"--{flag.name}=nosuch", "--runtime=k3d"]


def _wrong(task: "Task[Callable[..., Any]]", name: str, flag: Argument, wrong: Sequence[str]) -> Iterator[list[str]]:
    """Of one flag: wrong values by each of its names and as a word, and none at all; a switch takes no value."""
    right = _given(task, name, but=flag.name)
    if not flag.takes_value:
        yield from ([name, *right, f"{_dashed(one)}=x"] for one in flag.names)
        return
    values = [one for one in wrong if one != flag.default and one not in RIGHT.get((name, flag.name or ""), ())]
    if [*task.positional][len(right) : len(right) + 1] == [flag.name]:
        yield from ([name, *right, value] for value in values)
    if flag.positional:
        return
    yield from ([name, *right, f"--{flag.name}={value}"] for value in values)
    if "nosuch" in values:
        yield from ([name, *right, _dashed(one), "nosuch"] for one in flag.names)
    yield from ([name, *right, _dashed(one)] for one in flag.names)


def _given(task: "Task[Callable[..., Any]]", name: str, but: str | None = None) -> list[str]:
    """The right words of a task's other arguments, those that may be words by themselves first."""
    given = {key: value for key, value in OTHERS.get(name, {}).items() if key != but}
    words = [given[key] for key in task.positional if key in given]
    return words + [f"--{key}={value}" for key, value in given.items() if key not in task.positional]


def _dashed(flag: str) -> str:
    return f"-{flag}" if len(flag) == 1 else f"--{flag}"


def main() -> None:
    """Give them all."""
    sys.path.insert(0, str(Path.cwd()))
    from lab.settings import loading  # noqa: PLC0415 - the checkout's own

    # The settings are the same each time, and take long to read.
    lay, read = loading._laid, loading.read
    laid, known = cache(lambda paths: lay([*paths])), cache(lambda paths: read([*paths]))
    loading._laid, loading.read = lambda paths: laid((*paths,)), lambda paths: known((*paths,))

    import tasks  # noqa: PLC0415

    guard, found = Guard(), Collection.from_module(tasks)
    for words in (["synth"], ["schema"], ["nosuch"], ["--nosuch", "up"]):
        _tell(ended(guard, words))
    for wrong in (WRONG[:2], WRONG):
        for name in sorted(found.task_names):
            for words in commands(found[name], name, wrong):
                _tell(ended(guard, words, Collection(found[name])))
        if wrong is not WRONG:
            Path("later").rename("runs")


def _tell(outcome: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
