import math
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.measure.counters import Series
from lab.measure.openmetrics import END, lines, merged, span

VALUES = st.floats(allow_nan=False)
SERIES = st.builds(
    Series,
    labels=st.fixed_dictionaries({"__name__": st.sampled_from(["me_a", "me_b"]), "pod": st.sampled_from("xyz")}),
    points=st.dictionaries(st.integers(0, 100).map(lambda n: n * 1000.0), VALUES, max_size=8).map(
        lambda found: tuple(sorted(found.items()))
    ),
)


@given(st.lists(SERIES, max_size=6))
def test_merged_series_are_each_there_once_with_every_instant_in_order(series: list[Series]) -> None:
    found = merged(series)

    assert len({tuple(sorted(one.labels.items())) for one in found}) == len(found)
    for one in found:
        instants = [instant for instant, _ in one.points]
        assert instants == sorted({t for given_ in series if given_.labels == one.labels for t, _ in given_.points})


def test_what_a_line_says() -> None:
    labels = {"__name__": "me_a", "le": "+Inf", "odd": 'a\\b"c\nd'}
    points = ((1_000.0, 1.0), (2_500.0, math.inf), (3_000.0, math.nan), (4_000.0, 1e22))

    assert list(
        lines([Series(labels=labels, points=points), Series(labels={"__name__": "up"}, points=((5.0, 0.1),))])
    ) == [
        'me_a{le="+Inf",odd="a\\\\b\\"c\\nd"} 1.0 1.000\n',
        'me_a{le="+Inf",odd="a\\\\b\\"c\\nd"} +Inf 2.500\n',
        'me_a{le="+Inf",odd="a\\\\b\\"c\\nd"} NaN 3.000\n',
        'me_a{le="+Inf",odd="a\\\\b\\"c\\nd"} 1e+22 4.000\n',
        "up 0.1 0.005\n",
        END,
    ]


def test_the_span_is_that_of_all_series() -> None:
    series = [
        Series(labels={}, points=()),
        Series(labels={}, points=((5.0, 1.0), (9.0, 1.0))),
        Series(labels={}, points=((2.0, 1.0),)),
    ]

    assert span(series) == (2.0, 9.0)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="not on PATH: promtool")
def test_promtool_takes_every_point(tmp_path: Path) -> None:
    series = [
        Series(
            labels={"__name__": "me_a_bucket", "le": bound, "odd": 'a\\"\n'},
            points=((1.7e12, 1.5), (1.7e12 + 9e6, 2e300)),
        )
        for bound in ("0.2", "+Inf")
    ]
    (tmp_path / "points.om").write_text("".join(lines(series)))
    made = ("promtool", "tsdb", "create-blocks-from", "openmetrics", "points.om", "data")
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    (tmp_path / "data" / "wal").mkdir()  # without one `dump` ends

    told = subprocess.run(
        ("promtool", "tsdb", "dump", "data"), cwd=tmp_path, check=True, capture_output=True, timeout=60
    )

    assert sorted(line.rsplit("}", 1)[1] for line in told.stdout.decode().splitlines()) == sorted(
        [" 1.5 1700000000000", " 2e+300 1700009000000"] * 2
    )
