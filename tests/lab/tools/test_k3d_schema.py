"""What k3d itself says of the file that is written for it; the module is skipped where there is no k3d."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.settings.settings import Settings
from tests import needs
from tests.lab.tools.test_k3d import config

needs.programs("k3d")


@pytest.mark.parametrize("changes", [{}, {"agents": 0, "disable": ()}])
def test_k3d_s_own_schema_takes_the_file(settings: Settings, changes: dict[str, Any], tmp_path: Path) -> None:
    """`config migrate` checks a file against the schema and makes nothing."""
    path = tmp_path / "k3d.yaml"
    path.write_text(yaml.safe_dump(config(settings, **changes)))

    answer = subprocess.run(["k3d", "config", "migrate", path, "-"], capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    assert "port: 127.0.0.1:8080:30080" in answer.stdout


def test_k3d_s_own_schema_would_refuse_a_wrong_one(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "k3d.yaml"
    path.write_text(yaml.safe_dump({**config(settings), "prots": []}))

    answer = subprocess.run(["k3d", "config", "migrate", path, "-"], capture_output=True, text=True, check=False)

    assert "prots is not allowed" in answer.stdout + answer.stderr
