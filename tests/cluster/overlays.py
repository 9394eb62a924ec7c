"""A test's own settings, over those in force: LAB_SETTINGS names only one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.settings.loading import files
from tests.cluster.cluster_tools import ROOT

Values = Mapping[str, Any]


def laid(below: Values, above: Values) -> dict[str, Any]:
    """Mappings key by key, all else replaced: as settings are laid over each other."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = laid(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return merged


def written(path: Path, *values: Values) -> str:
    """A settings file of the overlay in force and of values over it, the last uppermost; its path."""
    whole: dict[str, Any] = {}
    for layer in (*(yaml.safe_load((ROOT / one).read_text(encoding="utf-8")) or {} for one in files()[1:]), *values):
        whole = laid(whole, layer)
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return str(path)
