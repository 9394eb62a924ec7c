"""The claims that hold on every runtime, against the lab on k3d; the last of them is tried when it is taken down."""

from pathlib import Path

import pytest

from tests.claims.claims import CLAIMS, Claim
from tests.claims.world import World


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.__name__))
def test_it_holds_on_k3d(claim: Claim, world: World, tmp_path: Path) -> None:
    claim(world, tmp_path)
