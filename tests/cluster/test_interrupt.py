"""`up` interrupted, then run again, is up; whatever it was at."""

import signal
from pathlib import Path

import pytest

from lab.cluster.lab import Lab
from tests.cluster.cluster_tools import Invokew, begin, end, until

MOMENTS = (
    ("deliver redpanda running: to", "--no-keep-registry"),
    ("shards running", ""),
)


@pytest.mark.parametrize(("moment", "registry"), MOMENTS)
def test_up_goes_on_where_it_was_interrupted(
    lab: Lab, invokew: Invokew, tmp_path: Path, moment: str, registry: str
) -> None:
    assert invokew("down", *filter(None, [registry])).code == 0
    output = tmp_path / "output"
    process = begin("up", output=output)
    until(lambda: moment in output.read_text() or process.poll() is not None, deadline=120, what=moment)

    end(process, signal.SIGINT)
    code = process.wait(60)
    ended = invokew("up")

    assert code == 1, output.read_text()
    assert "interrupted" in output.read_text()
    assert ended.code == 0, ended.output
