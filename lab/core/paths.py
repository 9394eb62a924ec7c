"""Where things are: the project's root and what the lab keeps under it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""

STATE = ROOT / ".lab"
"""All state of this machine, ignored by git: kubeconfig, manifests, timeline, ledger and journal. May be deleted."""

KUBECONFIG = STATE / "kubeconfig"
MANIFESTS = STATE / "manifests"
REVIEW = STATE / "review"
"""Manifests for people to read, of a cluster that `dist/` is not for."""
TIMELINE = STATE / "timeline.json"
"""What the last `up` did, and when: one entry a step, in seconds since its start."""
RUNS = ROOT / "runs"
TOOLS = ROOT / ".tools"
DIST = ROOT / "dist"
WORKLOADS = ROOT / "workloads"
"""The project's own engine and gateway, and the control."""


def cache(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> Path:
    """What takes long to make and serves every checkout of a user: `LAB_CACHE`, else in the user's cache folder.

    It may not be there yet, and it may be one that can't be written. Where no home is known it is `.tools/`.
    """
    written = environment.get("LAB_CACHE")
    if written:
        return Path(os.path.abspath(os.path.expanduser(written)))  # noqa: PTH100, PTH111 - as in `from_root`
    folder = "~/Library/Caches" if system == "darwin" else "~/.cache"
    users = environment.get("XDG_CACHE_HOME", "") if system != "darwin" else ""
    user = Path(users if os.path.isabs(users) else os.path.expanduser(folder))  # noqa: PTH111, PTH117 - as above
    return user / "matching-engine-lab" if user.is_absolute() else TOOLS


def shown(path: Path) -> Path:
    """A path as people read it: from the project's root where it lies in the checkout."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def expanded(written: str) -> Path:
    """A path as somebody wrote it, its `~` expanded where there is such a user."""
    return Path(os.path.expanduser(written))  # noqa: PTH111 - Path's own raises where no such user is


def from_root(written: str) -> Path:
    """A path as the settings have it: from the project's root, `~` expanded, or absolute."""
    return ROOT / expanded(written)
