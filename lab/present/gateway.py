"""What Prometheus saw of the gateway during a case, as names and values for people."""

from typing import Any

from lab.core.windows import WHOLE
from lab.present.case_document import Fact
from lab.present.words import milliseconds, number
from lab.store import loose


def gateway(measured: Any) -> tuple[Fact, ...]:
    """The figures of the gateway in a case's measurements; none where there is no gateway."""
    if not loose.table(measured):
        return ()
    latency = loose.at(measured, "latency", WHOLE)
    times = {name: loose.number(loose.at(latency, name)) for name in ("p50", "p95", "p99")}
    answers = {f"answers {name}": value for name, value in loose.table(loose.at(measured, "answers")).items()}
    errors = {f"not routed: {name}": value for name, value in loose.table(loose.at(measured, "errors")).items()}
    return (
        *(Fact(name=f"{name}, the shard's time included", value=milliseconds(value)) for name, value in times.items()),
        *(Fact(name=name, value=number(loose.number(value))) for name, value in {**answers, **errors}.items()),
    )
