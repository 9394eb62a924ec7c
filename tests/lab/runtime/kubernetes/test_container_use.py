"""What a container prints of its CPU and memory, by cAdvisor's names."""

import pytest

from lab.present.containers import CPU, MEMORY, PERIODS, THROTTLED
from lab.runtime.kubernetes.container_use import read

V2 = "usage_usec 2500000 user_usec 1 nr_periods 40 nr_throttled 3 throttled_usec 9 memory 5000 inactive_file 2000"
V1 = "nanoseconds 2500000000 nr_periods 40 nr_throttled 3 throttled_time 9 memory 5000 total_inactive_file 2000"
WHOLE = {CPU: 2.5, MEMORY: 3000.0, PERIODS: 40.0, THROTTLED: 3.0}


@pytest.mark.parametrize(
    ("line", "figures"),
    [
        pytest.param(V2, WHOLE, id="cgroups of version 2"),
        pytest.param(V1, WHOLE, id="of version 1"),
        pytest.param(
            "usage_usec 2500000 memory 5000 inactive_file 2000", {CPU: 2.5, MEMORY: 3000.0}, id="without a limit"
        ),
        pytest.param(V2.rpartition(" ")[0], {}, id="cut off"),
        pytest.param("memory 5000 inactive_file 2000", {}, id="no CPU"),
        pytest.param("usage_usec many memory 5000 inactive_file 2000", {}, id="no number"),
        pytest.param("", {}, id="nothing"),
    ],
)
def test_a_line_tells_what_it_says_and_no_more(line: str, figures: dict[str, float]) -> None:
    assert read(line) == figures
