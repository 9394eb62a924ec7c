"""Where things are: the project's root and what the lab keeps under it."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

STATE = ROOT / ".lab"
"""All state of this machine, ignored by git: kubeconfig, manifests, timeline, ledger and journal. May be deleted."""

KUBECONFIG = STATE / "kubeconfig"
MANIFESTS = STATE / "manifests"
RUNS = ROOT / "runs"
TOOLS = ROOT / ".tools"
DIST = ROOT / "dist"


def from_root(written: str) -> Path:
    """A path as the settings have it: from the project's root, `~` expanded, or absolute."""
    return ROOT / os.path.expanduser(written)  # noqa: PTH111 - Path's own raises where no such user is
