"""Invoke as the lab runs it: without settings of other software's Invoke, its own flags checked as those of tasks."""

from collections.abc import Iterator
from contextlib import contextmanager

from invoke import __version__
from invoke.config import Config
from invoke.exceptions import ParseError
from invoke.parser.argument import Argument
from invoke.program import Program

from lab.commands.flags import KINDS
from lab.commands.misreading import misread
from lab.core.errors import UsageError

FORMATS = ("flat", "nested", "json")


class LabConfig(Config):
    """Invoke's own defaults, and the flags: no file and no variable, which are for other tasks than these."""

    def _load_file(self, prefix: str, absolute: bool = False, merge: bool = True) -> None:  # noqa: FBT001, FBT002
        """Read none of them."""

    def load_shell_env(self) -> None:
        """Read none of them."""


class LabProgram(Program):
    """The program behind `invokew`."""

    def create_config(self) -> None:
        """Begin with the defaults."""
        self.config = LabConfig()

    def core_args(self) -> list[Argument]:
        """The flags before a task."""
        found = super().core_args()
        for flag in found:
            if flag.kind is int:
                flag.__class__ = KINDS[int]
        return found

    def parse_core(self, argv: list[str] | None) -> None:
        """Read them.

        Raises:
            UsageError: One is not among what is allowed.
        """
        with self._in_words():
            super().parse_core(argv)
        if self.args["list-format"].value not in FORMATS:
            got = self.args["list-format"].value
            raise UsageError(f"--list-format must be one of {', '.join(FORMATS)}; got {got!r}")
        if isinstance(self.args.list.value, str):
            raise UsageError(f"--list takes no value; got {self.args.list.value!r}; run './invokew --list'")
        if self.args.config.value is not None:
            raise UsageError(
                f"--config has no part in the lab; got {self.args.config.value!r}; put settings into "
                "experiment.local.yaml, or into a file that LAB_SETTINGS names"
            )

    def parse_tasks(self) -> None:
        """Read the tasks and their flags.

        Raises:
            UsageError: They can't be read.
        """
        with self._in_words():
            super().parse_tasks()

    def parse_cleanup(self) -> None:
        """Do what the flags before a task ask for.

        Raises:
            UsageError: They name what there is none of.
        """
        with self._in_words():
            super().parse_cleanup()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except ParseError as error:
            tasks = self.collection.task_names if hasattr(self, "collection") else ()
            raise misread(error, self.argv, list(tasks)) from None


program = LabProgram(name="Invoke", binary="inv[oke]", binary_names=["invoke", "inv"], version=__version__)
