"""A test's own settings, over those in force: LAB_SETTINGS names only one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.settings.loading import files
from lab.settings.overlay import Layers
from tests.cluster.cluster_tools import ROOT

Values = Mapping[str, Any]


def written(path: Path, *values: Values) -> str:
    """A settings file of the overlay in force and of values over it, the last uppermost; its path."""
    layers = Layers()
    for one in files()[1:]:
        layers.lay(ROOT / one)
    for value in values:
        path.write_text(yaml.safe_dump(value), encoding="utf-8")
        layers.lay(path)
    path.write_text(yaml.safe_dump(layers.value), encoding="utf-8")
    return str(path)
