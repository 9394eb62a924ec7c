"""Whether the load was the one that was asked: its rate, minute by minute, and its parts to each shard."""

import math
from collections.abc import Iterator, Mapping

from lab.core.figures import counted, ms, number, seconds, share
from lab.core.windows import WHOLE
from lab.judge.bound import Kind
from lab.judge.reason import EITHER_WAY, Bends, Reason, darkens, flatters
from lab.measure.measurements import CaseMeasurements
from lab.settings.suites import Case

QUIET = 0.5
"""Seconds at a load's end without an order, beside the distance of two."""
LEAST_RATE = 0.9
"""Of what a minute of the load was to send: an open model sends evenly; a third of the shortest trial has 28 orders."""
DEVIATIONS = 5
"""Standard deviations by which a drawn share may differ from the one asked: one honest load in a million does."""
FOREIGN = 0.01
SPARE_ORDERS = 5
"""Orders, as a share of those sent and on top, by which the engines' count may differ from k6's,
and what they finished from what they took."""


def bad_load(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    """Why another number of orders came than was asked, or at other times; one cause where the lab ended the load."""
    if measured.ended_early is not None:
        line = (
            f"the load was ended after {_lasted(measured)} of {seconds(case.settings.duration)}: "
            f"{measured.ended_early}; run './invokew logs'"
        )
        # What failed by then has failed; of all else the rest of the load is missing.
        yield Reason(line=line, bends=flatters() + darkens(Kind.LATENCY, Kind.FILLS, Kind.CORRECTNESS))
        return
    if dropped := measured.generator.dropped:
        line = (
            f"{counted(dropped, 'iteration')} dropped (limit 0; client p99 {_ms(measured)}): "
            f"raise preAllocatedVUs in {case.script}, or find what held the orders up"
        )
        yield Reason(line=line, bends=_too_few(case, measured))
    if measured.truncated:
        line = "k6's points break off, so orders are missing: see what ended k6, or whether the disk was full"
        yield Reason(line=line, bends=flatters())
    yield from _rate(case, measured)
    for name, latency in measured.client.items():
        if not latency.orders:
            line = f"no order was due in window '{name}' of {seconds(measured.windows[name].seconds)}; look at k6.log"
            yield Reason(line=line, bends=EITHER_WAY)


def _rate(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    limit = case.limits.rate_reached
    asked = f"{number(measured.rate_reached)} orders/min reached of {number(measured.rate_asked)} asked"
    load = "stages" if case.settings.stages else "rate"
    if measured.rate_reached < limit * measured.rate_asked:
        line = (
            f"{asked} (limit {share(limit)}): the orders came for {_lasted(measured)}, the case lasts "
            f"{seconds(case.settings.duration)}; set cases.{case.id}.{load} and .duration to what {case.script} does, "
            "or look at k6.log"
        )
        yield Reason(line=line, bends=_too_few(case, measured))
    elif measured.rate_reached > most_reached(case) * measured.rate_asked:
        line = (
            f"{asked} (limit {share(most_reached(case))}): more than the case has; set cases.{case.id}.{load} to "
            f"what {case.script} does"
        )
        yield Reason(line=line, bends=darkens(Kind.LATENCY, Kind.ERRORS) + flatters(Kind.FILLS))
    elif measured.least_rate is not None and measured.least_rate < LEAST_RATE:
        # What one minute had less, others had more.
        line = (
            f"one minute had {share(measured.least_rate)} of the orders asked for it (limit {share(LEAST_RATE)}), "
            f"though the whole load had them: it came in bursts; let {case.script} send at the rate of cases.{case.id}"
        )
        yield Reason(line=line, bends=EITHER_WAY)
    elif (silent := (measured.load.end - measured.ended) / 1000 - 60 / measured.rate_asked) > QUIET:
        line = (
            f"k6's points have no order of the load's last {seconds(silent)} (limit {seconds(QUIET)}): those that it "
            f"gave up when it ended leave none; let {case.script} time its requests out before that, or look at k6.log"
        )
        yield Reason(line=line, bends=flatters())


def most_reached(case: Case) -> float:
    """Of the rate asked, at most: as much above it as it may be below."""
    return 2 - case.limits.rate_reached


def _too_few(case: Case, measured: CaseMeasurements) -> Bends:
    """Fewer orders are easier in every way; they can lack in the fills as far as the rest made enough."""
    wanted, fills = case.settings.slo.matches, measured.matches_per_minute
    if wanted is None or not fills or not measured.rate_reached:
        return flatters()
    scaled = sum(fills) / len(fills) * measured.rate_asked / measured.rate_reached
    return flatters() + darkens(Kind.FILLS) if scaled >= wanted.per_minute else flatters()


def bad_mix(case: Case, measured: CaseMeasurements) -> Iterator[Reason]:
    """Which shard got another part of the load than the case says, by the engines' own counts."""
    taken, asked = parts(measured), shares_asked(case, measured)
    if taken is None or len(asked) < 2:  # noqa: PLR2004 - one shard gets all
        return
    total = sum(taken.values())
    for shard, wanted in asked.items():
        if abs(taken[shard] - wanted * total) > spare(measured, wanted):
            line = (
                f"{share(taken[shard] / total)} of the orders on shard {shard}, {share(wanted)} expected (limit "
                f"±{share(spare(measured, wanted) / total)}): let {case.script} draw symbols as cases.{case.id} says"
            )
            yield Reason(line=line, bends=flatters() if _sent_as_asked(measured, asked) else EITHER_WAY)
            return


def _sent_as_asked(measured: CaseMeasurements, asked: Mapping[str, float]) -> bool:
    """Whether k6's own orders are what the case says, by the script's tags: then the way led them elsewhere."""
    if any(shard.client is None for shard in measured.loaded):
        return False
    sent = {one.shard: one.client.latency[WHOLE].orders for one in measured.loaded if one.client}
    total = sum(sent.values())
    return all(abs(sent.get(shard, 0) - part * total) <= _by_chance(total, part) for shard, part in asked.items())


def parts(measured: CaseMeasurements) -> Mapping[str, float] | None:
    """How many orders each shard took; None where the counts are not whole, or there are none."""
    if not are_counted(measured):
        return None
    taken = {shard.shard: shard.orders for shard in measured.shards}
    return taken if sum(taken.values()) else None


def shares_asked(case: Case, measured: CaseMeasurements) -> Mapping[str, float]:
    """Each shard's part of the load: of its symbols, of which a hot one draws its own share and the others the rest."""
    hot = case.settings.hot
    symbols = [symbol for shard in measured.loaded for symbol in shard.symbols]
    others = len(symbols) - (hot is not None)
    rest = 1 - hot.share if hot else 1.0

    def part(symbol: str) -> float:
        return hot.share if hot and symbol == hot.symbol else rest / others

    return {shard.shard: sum(map(part, shard.symbols)) if shard.is_loaded else 0.0 for shard in measured.shards}


def spare(measured: CaseMeasurements, wanted: float) -> float:
    """Orders by which a shard's part may differ: by chance, and by those that failed or came from elsewhere."""
    total = sum(shard.orders for shard in measured.shards)
    lost = abs(total - measured.accepted) + measured.sent - measured.accepted
    return lost + _by_chance(measured.sent, wanted)


def _by_chance(orders: float, part: float) -> float:
    """By how many orders a drawn part of all may differ."""
    return SPARE_ORDERS + DEVIATIONS * math.sqrt(orders * part * (1 - part))


def are_counted(measured: CaseMeasurements) -> bool:
    """Whether the engines' counts of orders are whole."""
    return all(shard.scrapers == 1 and not shard.restarts for shard in measured.shards)


def spare_orders(measured: CaseMeasurements) -> float:
    """By how many orders the engines' count may differ from k6's."""
    return SPARE_ORDERS + FOREIGN * measured.sent


def _lasted(measured: CaseMeasurements) -> str:
    return seconds((measured.ended - measured.load.start) / 1000)


def _ms(measured: CaseMeasurements) -> str:
    return ms(max((latency.p99 for latency in measured.client.values()), default=math.inf))
