"""The load that a case asked for, and what rested in the books when it began, in one line."""

from lab.core.figures import ORDERS_PER_MINUTE, count, number
from lab.present.case_document import CaseReport
from lab.settings.case_settings import CaseSettings


def load(case: CaseReport) -> str:
    """The line; empty where nothing says what the case asked for."""
    if not case.settings:
        return ""
    resting = ", ".join(
        f"{count(one.first_asks)} SELL orders on me-shard-{one.shard}"
        for one in case.shards
        if one.is_loaded and one.first_asks is not None
    )
    began = f"; it began with {resting}" if resting else ""
    return f"Load: {_rates(case.settings)}, {case.settings.arrivals} arrivals{began}."


def _rates(settings: CaseSettings) -> str:
    rates = dict.fromkeys((settings.rate, *(stage.rate for stage in settings.stages)))
    return (
        number(settings.rate, ORDERS_PER_MINUTE) if len(rates) == 1 else f"{' → '.join(map(number, rates))} orders/min"
    )
