"""Writes a comparison as one HTML page that needs nothing but itself, in the look of a report."""

from pathlib import Path

from lab.compare import intervals, resampling, wording
from lab.compare.comparison import Compared, Comparison, Row
from lab.compare.differences import GROUPS, sentence
from lab.compare.intervals import Interval, Pair
from lab.compare.rule import CONFIDENCE, Assessment
from lab.core.figures import share
from lab.present import report_page
from lab.present.figure import NARROW, WIDE, Figure, Table
from lab.store.runs import write_text

TEMPLATES = Path(__file__).parent / "templates"
DRAWN = (*resampling.SHARES, resampling.ENGINE_P99)
"""The figures that share an axis: those in ms."""
KINDS = {Assessment.WORSE: "fail", Assessment.BETTER: "pass", Assessment.NOISE: "conditional"}
"""The CSS class of an assessment; of the others, that of a verdict which isn't judged."""
CAPTION = (
    f"The dot is the figure, the bar what it may be by its own noise ({share(CONFIDENCE)} of the times that the run's "
    "measurements were drawn again); of the engine the bounds of its buckets. Before above, after below."
)


def file(before: Path, after: Path) -> Path:
    """Where the page of two runs is: in the folder of the second."""
    return after / f"compare-{before.resolve().name}.html"


def write(found: Comparison, path: Path) -> Path:
    """Write the page, and say where it is."""
    write_text(path, html(found))
    return path


def html(found: Comparison) -> str:
    """The page."""
    environment = report_page.environment(TEMPLATES)
    environment.filters["word_kind"] = lambda word: KINDS.get(word, "not-judged")
    return environment.get_template("compare.html.j2").render(
        found=found,
        conclusion=wording.conclusion(found),
        outcome=_outcome(found),
        sentence=sentence(found.differences),
        groups=[(name, some) for name in GROUPS if (some := [one for one in found.differences if one.group == name])],
        wording=wording,
        parts=[(case, _figure(case)) for case in found.cases],
    )


def _outcome(found: Comparison) -> Assessment:
    if found.is_worse:
        return Assessment.WORSE
    if not found.is_judged:
        return Assessment.UNKNOWN
    return Assessment.BETTER if found.named(Assessment.BETTER) else Assessment.SAME


def _figure(case: Compared) -> Figure | None:
    pairs = [pair for row in case.rows if row.name in DRAWN and (pair := _pair(row))]
    if not pairs:
        return None
    title = f"{case.case}: Latency before and after"
    drawn = [intervals.draw(title, pairs, width=one.width) for one in (WIDE, NARROW)]
    table = Table(
        head=("figure", "change", "is between", "and"),
        rows=tuple(
            (
                row.name,
                wording.change(row),
                wording.signed(row.name, row.change.low),
                wording.signed(row.name, row.change.high),
            )
            for row in case.rows
            if row.change
        ),
    )
    legend = ((intervals.BEFORE, "before"), (intervals.AFTER, "after"))
    return Figure(title=title, caption=CAPTION, wide=drawn[0], narrow=drawn[1], table=table, legend=legend)


def _pair(row: Row) -> Pair | None:
    first, second = row.noise
    if row.before is None or row.after is None or first is None or second is None:
        return None
    told = (
        f"{row.name}: {wording.value(row.name, row.before)} -> {wording.value(row.name, row.after)} "
        f"({wording.change(row)}, {wording.percent(row)})\n{wording.said(row)}"
    )
    return Pair(
        label=row.name,
        before=Interval(value=row.before, low=first[0], high=first[1]),
        after=Interval(value=row.after, low=second[0], high=second[1]),
        told=told,
    )
