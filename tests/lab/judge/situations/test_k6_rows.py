"""Situations are measured without k6's file: that what they are measured of is what the lab reads of it."""

from pathlib import Path

import pytest

from lab.measure import k6_points
from tests.lab.judge.situations import k6_rows, plants
from tests.lab.judge.situations.happening import Plant, honest
from tests.lab.judge.situations.plants import both, drawn


@pytest.mark.parametrize(
    "plant",
    [
        both(plants.refused(drawn(0.1)), plants.refused(drawn(0.05), 0), plants.slower_in_both(drawn(0.5), more=0.1234567)),
        both(plants.rejected(drawn(0.1)), plants.k6_stands_still(20, lasts=3), plants.nobody_accepts(50, lasts=2)),
        both(plants.rejected(drawn(0.1)), plants.without_metadata),
    ],
    ids=["refused and slow", "rejected, late, connecting", "nothing said of orders"],
)  # fmt: skip
def test_points_made_at_once_are_those_that_are_read_of_the_file(tmp_path: Path, plant: Plant) -> None:
    happening = honest("a4")
    plant(happening)
    k6_rows.write_load(happening, tmp_path / "samples.csv")

    assert k6_rows.points(happening) == k6_points.read(tmp_path / "samples.csv")
