"""How a case takes the broker of a cluster away."""

from lab.cluster import topics
from lab.cluster.fault import BrokerOutage
from lab.cluster.lab import Lab
from lab.run.fault_schedule import longest


def outage(lab: Lab) -> BrokerOutage:
    """The outage of a lab's broker, not yet begun."""
    kube, wanted = lab.kube, lab.settings.topics
    return BrokerOutage(
        kube,
        longest=longest(lab.settings),
        names=wanted.names,
        partitions=wanted.partitions,
        written=lambda: topics.watermarks(kube, wanted.names),
    )
