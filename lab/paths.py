"""Where things are: the project's root and what the lab keeps under it."""

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
