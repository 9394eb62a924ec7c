"""AC3: Redpanda runs and has its topics."""

from collections.abc import Sequence

from lab.cluster import topics
from lab.cluster.kube import Object
from lab.cluster.topics import Partitions
from lab.settings.settings import TopicsSettings
from lab.verify import pods
from lab.verify.finding import Finding, judged
from lab.verify.site import Site


def check(site: Site) -> Finding:
    """Read the broker's pod, and ask it for its topics if it can answer."""
    found = site.pods(site.namespaces.workloads)
    runs = not pods.trouble(_broker(found), topics.POD)
    return judge(found, topics.read(site.lab.kube) if runs else {}, site.settings.topics)


def judge(found: Sequence[Object], partitions: Partitions, wanted: TopicsSettings) -> Finding:
    """The pod runs, and each topic has its partitions."""
    if down := pods.trouble(_broker(found), topics.POD):
        return judged([down], "")
    problems = [
        f"topic {name!r} must have {wanted.partitions} partitions; {_got(partitions, name)}"
        for name in wanted.names
        if partitions.get(name) != wanted.partitions
    ]
    return judged(problems, f"{topics.POD} runs; {', '.join(wanted.names)} have {wanted.partitions} partitions each")


def _broker(found: Sequence[Object]) -> list[Object]:
    return [pod for pod in found if pod["metadata"]["name"] == topics.POD]


def _got(partitions: Partitions, name: str) -> str:
    return f"it has {partitions[name]}" if name in partitions else "it is not there"
