from hypothesis import given
from hypothesis import strategies as st

from lab.judge.bound import Status
from lab.judge.shift import Allowed, at_client
from lab.measure.interval import Estimate

MS = st.floats(min_value=0.1, max_value=5000)
ESTIMATES = st.lists(MS, min_size=3, max_size=3).map(sorted).map(
    lambda ends: Estimate(low=ends[0], value=ends[1], high=ends[2])
)  # fmt: skip
ALLOWED = st.builds(Allowed, ratio=st.sampled_from([1.05, 1.1]), at_least_ms=st.sampled_from([0.0, 10.0]))


@given(before=ESTIMATES, after=ESTIMATES, allowed=ALLOWED, drift=st.sampled_from([0.0, 0.13, 0.25]))
def test_what_is_met_is_met_with_its_whole_interval(
    before: Estimate, after: Estimate, allowed: Allowed, drift: float
) -> None:
    found = at_client([before], [after], allowed, drift=drift)
    bound = found.bound("rise", allowed, of="", what="", by="")

    assert bound.low is not None
    assert bound.high is not None
    assert bound.limit is not None
    if found.status is Status.MET:
        assert bound.high <= bound.limit * (1 + 1e-9)
    if bound.low > max(bound.limit, allowed.ratio):
        assert found.status is not Status.MET
