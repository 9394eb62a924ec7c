"""Grafana's dashboards as code: what the ConfigMap `grafana-dashboards` holds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    AnnotationTarget,
    Dashboard,
    DashboardLink,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from matching_engine.panels import DATASOURCE
from matching_engine.rows import AnyPanel, latency, load_generator, resources, throughput, verdict

if TYPE_CHECKING:
    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.cog.variants import Dataquery

UID = "matching-engine"
"""The dashboard's uid: its address in Grafana is /d/matching-engine."""
FAULT_TAG = "fault"
"""The tag of the annotations that mark an outage of the broker; the lab writes them when the fault is over."""
LOAD_TAG = "load"
"""The tag of those that mark a case's load and say its verdict; the lab writes them when the run is over."""
REFRESH = "5s"
"""As often as Prometheus scrapes; a faster refresh shows nothing new."""


def dashboards() -> dict[str, str]:
    """The dashboards: file name to JSON text, the same bytes each time, keys sorted, ended by a newline."""
    text = json.dumps(_matching_engine().build(), cls=JSONEncoder, sort_keys=True, indent=2)
    return {f"{UID}.json": text + "\n"}


def queries(board: Mapping[str, Any]) -> list[str]:
    """All PromQL in a dashboard's parsed JSON, in the order of its panels, Grafana's variables still in it."""
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


def _matching_engine() -> Dashboard:
    board = Dashboard("Matching engine").uid(UID).tags([UID]).description("One experiment: load, engine, evidence")
    board = board.time("now-15m", "now").refresh(REFRESH).timezone("browser").tooltip(DashboardCursorSync.CROSSHAIR)
    board = board.with_variable(_variable("shard", label="Shard", metric="me_matches_total"))
    board = board.with_variable(_variable("testid", label="k6 test", metric="k6_http_reqs_total", newest_first=True))
    board = board.annotation(_marks("Loads", LOAD_TAG, colour="blue"))
    board = board.annotation(_marks("Faults", FAULT_TAG, colour="red")).link(_explore())
    ids = _counter()
    for title, panels in _rows().items():
        board = board.with_row(Row(title).id(next(ids)))
        for panel in panels:
            board = board.with_panel(panel.id(next(ids)))
    return board


def _rows() -> dict[str, Sequence[AnyPanel]]:
    return {
        "Verdict": verdict(),
        "Latency": latency(),
        "Throughput": throughput(),
        "Resources": resources(),
        "Load generator": load_generator(),
    }


def _counter() -> Iterator[int]:
    """Panel ids: fixed here, so that a link to a panel still leads there after Grafana has started anew."""
    return iter(range(1, 1000))


def _variable(name: str, *, label: str, metric: str, newest_first: bool = False) -> QueryVariable:
    """A choice among the values of the label of this name; k6 tests are named by time, so they sort by it."""
    order = VariableSort.ALPHABETICAL_DESC if newest_first else VariableSort.ALPHABETICAL_ASC
    query = f"label_values({metric}, {name})"
    variable = QueryVariable(name).label(label).datasource(DATASOURCE).query(query).definition(query).sort(order)
    everything = VariableOption(selected=True, text="All", value="$__all")
    variable = variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).current(everything).all_value(".+")
    return variable.multi(True).include_all(True)  # noqa: FBT003 - the SDK's own signature


def _marks(name: str, tag: str, *, colour: str) -> AnnotationQuery:
    """Grafana's own annotations that carry this tag."""
    grafana = DataSourceRef(type_val="grafana", uid="-- Grafana --")
    tagged = AnnotationTarget().type("tags").tags([tag]).limit(100).match_any(False)  # noqa: FBT003
    marks = AnnotationQuery().name(name).datasource(grafana).icon_color(colour).enable(True)  # noqa: FBT003
    # The SDK's types know queries of data sources only; Grafana's own annotations take this target.
    return marks.target(cast("Builder[Dataquery]", tagged))


def _explore() -> DashboardLink:
    link = DashboardLink("Explore").type(DashboardLinkType.LINK).url("/explore").icon("external link")
    return link.tooltip("Ask Prometheus anything").keep_time(True)  # noqa: FBT003 - the SDK's own signature
