"""`up` interrupted, then run again, is up: here while it pushes an image; `kills.py` tries every second, by hand."""

import signal
from pathlib import Path

from lab.cluster.lab import Lab
from tests.cluster.cluster_tools import Invokew, begin, end, until

MOMENT = "deliver redpanda running: to"


def test_up_goes_on_where_it_was_interrupted(lab: Lab, invokew: Invokew, tmp_path: Path) -> None:
    assert invokew("down", "--no-keep-registry").code == 0
    output = tmp_path / "output"
    process = begin("up", output=output)
    until(lambda: MOMENT in output.read_text() or process.poll() is not None, deadline=120, what=MOMENT)

    end(process, signal.SIGINT)
    code = process.wait(60)
    ended = invokew("up")

    assert code == 1, output.read_text()
    assert "interrupted" in output.read_text()
    assert ended.code == 0, ended.output
