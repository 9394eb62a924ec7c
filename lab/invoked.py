"""What `invokew` runs in `.venv`: the tasks, or the way back to a whole `.venv` where that lacks a package.

Nothing but the standard library is sure to be there.
"""

import errno
import os
import pwd
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
AGAIN = "INVOKEW_AGAIN"
"""Set where `.venv` has just been made anew."""
BEGUN = 10.0
"""Seconds after which a command is not begun a second time."""
FULL = {errno.ENOSPC, errno.EDQUOT}
TOOL_FAILED = 4


def main() -> None:
    """Run the tasks that the command line names."""
    began, is_new = time.monotonic(), bool(os.environ.pop(AGAIN, ""))
    given = sys.argv[1:]
    sys.argv[:] = ["invoke", "--search-root", str(ROOT), *given]
    sys.path.insert(0, str(ROOT))
    _be_at_home()
    try:
        _run()
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if not _is_of_the_lock(package):
            raise
        _make_anew(package, given, is_new=is_new, may_begin=time.monotonic() - began < BEGUN)
    except OSError as error:
        if error.errno not in FULL | {errno.EPIPE}:
            raise
        # else Python would try once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:
            sys.exit(1)
        _fail(f"{error.filename or 'output'} can't be written: {error.strerror}; make room, then run it again")


def _be_at_home() -> None:
    """Give tools a HOME that is one: they take an empty one for the folder that they are called in."""
    if not os.environ.get("HOME", "").startswith("/"):
        os.environ.pop("HOME", None)
        with suppress(KeyError):
            os.environ["HOME"] = pwd.getpwuid(os.getuid()).pw_dir


def _run() -> None:
    from lab.commands.program import program  # noqa: PLC0415 - it needs packages, which may be missing

    try:
        program.run()
    finally:
        sys.stdout.flush()


def _is_of_the_lock(package: str) -> bool:
    ours = (ROOT / package, ROOT / f"{package}.py", ROOT / "constructs" / package, ROOT / "workloads" / package)
    return package not in {"", *sys.stdlib_module_names} and not any(one.exists() for one in ours)


def _make_anew(package: str, given: list[str], *, is_new: bool, may_begin: bool) -> NoReturn:
    if is_new:
        _fail(f".venv has no {package}, though it has just been made; run 'git checkout Pipfile.lock', then this again")
    (ROOT / ".venv" / "invokew.stamp").unlink(missing_ok=True)
    if not may_begin:
        _fail(f".venv has lost {package}; the next call makes it anew: run it again")
    print(f"invokew: .venv has lost {package}", file=sys.stderr, flush=True)  # noqa: T201 - as in lab/bootstrap.py
    os.environ[AGAIN] = "yes"
    os.execv(ROOT / "invokew", [str(ROOT / "invokew"), *given])  # noqa: S606 - this very command


def _fail(message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)  # noqa: T201 - as in lab/bootstrap.py
    sys.exit(TOOL_FAILED)


if __name__ == "__main__":
    main()
