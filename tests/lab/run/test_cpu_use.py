"""What looks at a k6 say of the CPU that it used and could have had."""

from dataclasses import replace

import pytest

from lab.run.cpu_use import CpuUse, Usage

USAGES = [
    (Usage(used=3, idle=106, instant=20), 0.25, 0.2, 0.7),
    (Usage(used=3, idle=115, instant=20), 2 / 17, 0.2, 0.25),
    (Usage(used=3, idle=100, instant=20), 1.0, 0.2, 1.0),
    (Usage(used=3, idle=121, instant=20), 2 / 23, 0.2, 0.0),  # clocks are not exact
    (Usage(used=1, idle=100, instant=10), 0.0, 0.0, 0.0),
    (Usage(used=6, idle=115, instant=20, limit=0.5), 1.0, 0.5, 0.25),  # idle cores are nothing that it may use
]


@pytest.mark.parametrize(("usage", "share", "cores", "busy"), USAGES)
def test_the_share_is_of_what_k6_could_have_had_and_the_machine_busy_with_all_that_does_not_idle(
    usage: Usage, share: float, cores: float, busy: float
) -> None:
    begin = Usage(used=1, idle=100, instant=10, all_cores=2)
    usage = replace(usage, all_cores=2)

    assert usage.share_since(begin) == pytest.approx(share)
    assert usage.cores_since(begin) == cores
    assert usage.busy_since(begin) == pytest.approx(busy)


def test_the_busiest_stretch_is_told_however_idle_the_rest_was() -> None:
    """A minute of saturation is a fifth of five minutes' orders, and a mean would hide it."""
    use, idle = CpuUse(), 0.0
    for second in range(301):
        idle += 0.0 if 100 <= second < 165 else 1.0
        use.add(Usage(used=0, idle=idle, instant=second))

    assert CpuUse().host_busiest is None
    assert use.host_busy == pytest.approx(65 / 300, abs=0.01)
    assert use.host_busiest == pytest.approx(1.0, abs=0.01)
