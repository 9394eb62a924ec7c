"""What Prometheus saw of the gateway during a case, as names and values for people."""

from lab.core.figures import count, ms
from lab.core.windows import WHOLE
from lab.measure.measurements import GatewayMeasurements
from lab.present.case_document import Fact


def gateway(measured: GatewayMeasurements | None) -> tuple[Fact, ...]:
    """The figures of the gateway; none where there is none."""
    if measured is None:
        return ()
    seen = measured.latency[WHOLE]
    answers = {f"answers {name}": value for name, value in measured.answers.items()}
    errors = {f"not routed: {name}": value for name, value in measured.errors.items()}
    return (
        *(
            Fact(name=f"{name}, the shard's time included", value=ms(value))
            for name, value in (("p50", seen.p50), ("p95", seen.p95), ("p99", seen.p99))
        ),
        *(Fact(name=name, value=count(value)) for name, value in {**answers, **errors}.items()),
    )
