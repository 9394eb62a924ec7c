"""What a cluster keeps of a run's folder: small, and taken for what it is when it comes back."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from lab.core.errors import ToolError
from lab.core.paths import ROOT
from lab.store import packing

EXAMPLE = ROOT / "docs" / "examples" / "run"


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_run_that_was_packed_part_by_part_is_the_same_again(tmp_path: Path) -> None:
    for part in ("", "a2"):
        packing.unpack(packing.pack(EXAMPLE, part), tmp_path)

    assert files(tmp_path) == files(EXAMPLE)


def test_what_is_too_large_leaves_out_its_largest_files(tmp_path: Path) -> None:
    case = tmp_path / "run" / "a2"
    case.mkdir(parents=True)
    (case / "measurements.json").write_text("{}")
    (case / "samples.csv.gz").write_bytes(os.urandom(packing.MOST))

    packed = packing.pack(tmp_path / "run", "a2")
    packing.unpack(packed, tmp_path / "there")

    assert len(packed) < packing.MOST
    assert files(tmp_path / "there") == {"a2/measurements.json": b"{}"}


@pytest.mark.parametrize("name", ["../out", "/out", "a2/../../out", ".hidden"])
def test_what_would_lead_out_of_the_folder_is_left_out(name: str, tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())

    packing.unpack(out.getvalue(), tmp_path / "run")

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cut", [0, 700])
def test_what_was_cut_is_an_error_in_a_line(cut: int, tmp_path: Path) -> None:
    packed = packing.pack(EXAMPLE)[:cut]

    with pytest.raises(ToolError, match="that the cluster keeps can't be read"):
        packing.unpack(packed, tmp_path)
