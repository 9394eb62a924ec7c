"""The labels by which the lab knows its own, for what a chart doesn't label by itself: pods and claims."""

from functools import cache

from cdk8s import Chart
from constructs import Construct


@cache
def chart_labels(scope: Construct) -> dict[str, str]:
    """What the chart around this construct labels its objects with; asked once, since each time is a call into Node."""
    return dict(Chart.of(scope).labels)
