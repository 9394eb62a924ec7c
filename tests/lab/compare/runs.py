"""Folders of runs, of plain values, under the ids that they are to have."""

import shutil
from pathlib import Path
from typing import Any

from tests.lab.present.made_run import MadeCase, change, make


def run_in(runs: Path, id_: str, *cases: MadeCase, verdict: str = "PASS", profile: str = "full", **kept: Any) -> Path:
    """A complete run.

    Args:
        runs: Where runs are kept.
        id_: Its id.
        cases: Its cases; one quick A2 by default.
        verdict: Its own.
        profile: `full` or `smoke`.
        kept: Of `host.json`, what is to be otherwise.
    """
    some = cases or (MadeCase(),)
    made = make(runs / f".{id_}", *some, verdict=verdict, profile=profile)
    folder = runs / id_
    shutil.move(made, folder)
    made.parent.rmdir()
    if kept:
        change(folder / "host.json", **kept)
    (runs / "latest").write_text(f"{id_}\n")
    return folder
