"""Folders of runs, of plain values, under the ids that they are to have."""

import shutil
from pathlib import Path
from typing import Any

from lab.settings.suites import Profile
from tests.lab.present.made_run import MadeCase, make, provenance


def run_in(
    runs: Path, id_: str, *cases: MadeCase, verdict: str = "PASS", profile: Profile = "full", **kept: Any
) -> Path:
    """A complete run.

    Args:
        runs: Where runs are kept.
        id_: Its id.
        cases: Its cases; one quick A2 by default.
        verdict: Its own.
        profile: `full` or `smoke`.
        kept: Of the machine's facts, what is to be otherwise.
    """
    some = cases or (MadeCase(),)
    made = make(runs / f".{id_}", *some, verdict=verdict, profile=profile)
    folder = runs / id_
    shutil.move(made, folder)
    made.parent.rmdir()
    if kept:
        provenance(folder, **kept)
    (runs / "latest").write_text(f"{id_}\n")
    return folder
