"""Panels in the dashboards' one style: a title, what it is good for, its lines, its unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    DataSourceRef,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode

DATASOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
"""The lab's only data source; its uid is set by the Grafana release's values."""
CADVISOR_STEP = "15s"
"""The kubelet's cAdvisor takes a sample each 10 to 20 s; with this step `$__rate_interval` is a minute: 3 or more."""
GOOD, BAD = "green", "red"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A query and its legend; `step` is the shortest distance of its points, the data source's by default."""

    query: str
    legend: str = ""
    step: str = ""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A value that parts good from bad, in the panel's unit; `good_below` says on which side good lies."""

    value: float
    good_below: bool = True

    def thresholds(self) -> dashboard.ThresholdsConfig:
        """The bound in Grafana's form: a first colour from minus infinity, a second one from the value on."""
        first, second = (GOOD, BAD) if self.good_below else (BAD, GOOD)
        steps = [Threshold(value=None, color=first), Threshold(value=self.value, color=second)]
        return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def chart(  # noqa: PLR0913 - what parts one chart from another, by keyword
    title: str,
    *,
    about: str,
    unit: str,
    lines: Sequence[Line],
    width: int = 12,
    bound: Bound | None = None,
    top: float | None = None,
) -> timeseries.Panel:
    """Values over time.

    Args:
        title: What is shown.
        about: How to read it.
        unit: Of the values, one of `grafana_foundation_sdk.models.units`.
        lines: The queries.
        width: Of the 24 columns.
        bound: Drawn as a dashed line.
        top: The upper end of the axis, if it is known.
    """
    panel = timeseries.Panel().title(title).description(about).datasource(DATASOURCE).unit(unit).min(0)
    panel = panel.span(width).height(8).targets([_target(line, index) for index, line in enumerate(lines)])
    panel = (
        panel.fill_opacity(8)
        .line_width(1.5)
        .show_points(VisibilityMode.NEVER)
        .legend(_legend(unit))
        .tooltip(_tooltip())
    )
    if top is not None:
        panel = panel.max(top)
    if bound is not None:
        dashed = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds(bound.thresholds()).thresholds_style(dashed)
    return panel


def figure(  # noqa: PLR0913 - what parts one figure from another, by keyword
    title: str, *, about: str, unit: str, query: str, bound: Bound, decimals: int | None = None
) -> stat.Panel:
    """One number for the whole time range, coloured by its bound; six of them fill the width."""
    target = prometheus.Dataquery().datasource(DATASOURCE).expr(query).ref_id("A").instant()
    panel = stat.Panel().title(title).description(about).datasource(DATASOURCE).unit(unit)
    panel = panel.span(4).height(4).targets([target]).thresholds(bound.thresholds()).no_value("no data")
    panel = panel.graph_mode(BigValueGraphMode.NONE).color_mode(BigValueColorMode.BACKGROUND_SOLID)
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return panel if decimals is None else panel.decimals(decimals)


def _target(line: Line, index: int) -> prometheus.Dataquery:
    query = prometheus.Dataquery().datasource(DATASOURCE).expr(line.query).ref_id(chr(ord("A") + index)).range()
    if line.legend:
        query = query.legend_format(line.legend)
    return query.interval(line.step) if line.step else query


def _legend(unit: str) -> common.VizLegendOptions:
    """The highest and the last value; the mean too but of latencies, which are percentiles: theirs says nothing."""
    options = common.VizLegendOptions().display_mode(LegendDisplayMode.TABLE).placement(LegendPlacement.BOTTOM)
    told = ["max", "lastNotNull"] if unit == units.Seconds else ["mean", "max", "lastNotNull"]
    return options.show_legend(True).calcs(told)  # noqa: FBT003 - the SDK's own signature


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
