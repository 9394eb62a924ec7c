"""What holds between two runs, whatever each of them comes to: a worse design has no better verdict."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.judge.verdict import Outcome
from tests.lab.judge.situations import plants
from tests.lab.judge.situations.happening import Plant
from tests.lab.judge.situations.plants import both, drawn
from tests.lab.judge.situations.recording import judged
from tests.lab.judge.situations.situation import said

SHARES, MORE = st.floats(0.002, 0.3), st.floats(1, 600)
BEGINS, LASTS = st.floats(31, 290), st.floats(0.2, 6)

harms = st.one_of(
    st.builds(lambda share, more: plants.slower_in_both(drawn(share), more=more), SHARES, MORE),
    st.builds(lambda share, more: plants.slower_in_the_engine(drawn(share), more=more), SHARES, MORE),
    st.builds(lambda share, more: plants.slower_at_the_client(drawn(share), more=more), SHARES, MORE),
    st.builds(lambda share: plants.refused(drawn(share)), SHARES),
    st.builds(lambda share: plants.never_matched(drawn(share)), SHARES),
    st.builds(plants.unfilled, SHARES),
    st.builds(lambda begin, lasts: plants.matching_stands_still(begin, lasts=lasts), BEGINS, LASTS),
    st.builds(lambda begin, lasts: plants.process_stands_still(begin, lasts=lasts), BEGINS, LASTS),
)
"""What only the design does, and makes it worse."""
surroundings = st.sampled_from(
    (
        both(),
        plants.without_control,
        plants.without_metadata,
        plants.machine_stands_still(*plants.times(35, 20, 300), lasts=0.1),
        plants.k6_stands_still(100, lasts=1),
        plants.throttled(0.2),
        plants.k6(host_busy=0.95),
        plants.dropped(120, 1),
    )
)
"""What goes wrong around it, or nothing."""


@pytest.mark.parametrize("name", ["a2", "b2"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(around=surroundings, harm=harms, more=harms)
def test_a_design_that_is_worse_has_no_better_verdict(name: str, around: Plant, harm: Plant, more: Plant) -> None:
    """A miss stays one with another harm added, and what passes with both passes with the first alone."""
    less, worse = (judged(name, both(around, *some)) for some in ((harm,), (harm, more)))

    assert less.outcome is not Outcome.FAIL or worse.outcome is Outcome.FAIL, f"{said(less)} | {said(worse)}"
    assert worse.outcome is not Outcome.PASS or less.outcome is Outcome.PASS, f"{said(less)} | {said(worse)}"
