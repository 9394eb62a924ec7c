"""How the criteria of `verify` that need no cluster are checked on a lab of processes."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from lab.core.asking import ask
from lab.measure.metrics import HANDLERS, Metrics
from lab.run.books import ups
from lab.runtime.process import bringup, programs
from lab.runtime.process.broker_part import BrokerPart
from lab.settings.topology import Topology
from lab.verify import addresses, broker_outage, control_pod, order, trial_cases
from lab.verify.criteria import Check
from lab.verify.finding import Finding, does_not_apply, judged
from lab.verify.traffic import Traffic

if TYPE_CHECKING:
    from lab.runtime.process.runtime import ProcessRuntime


def checks(runtime: "ProcessRuntime", topology: Topology, metrics: Metrics) -> Mapping[str, Check]:
    """The check of each criterion that applies, by its id.

    Args:
        runtime: The lab that stands.
        topology: Its topology.
        metrics: Those of its programs.
    """
    entry = runtime.urls()["orders"]
    handlers = topology.handlers
    return {
        "ac3": lambda: _broker(runtime),
        "ac5": lambda: _runs(handlers[:1], metrics),
        "ac6": lambda: (
            _runs(handlers, metrics)
            if topology.has_gateway
            else does_not_apply(f"topology {topology.name} has one shard; './invokew up --topology=multi' has more")
        ),
        "ac8": lambda: addresses.judge_health(ask(f"{entry}/health"), topology),
        "ac9": partial(order.check_with, metrics, entry, topology),
        "ac12": partial(trial_cases.check_with, runtime, topology, *trial_cases.ASR1),
        "ac13": partial(trial_cases.check_with, runtime, topology, *trial_cases.ASR2),
        "ac14": lambda: _outage(runtime, topology, entry),
        "control": lambda: _control(f"{runtime.urls()['control']}/health"),
        "scraped": lambda: _scraped(handlers, metrics),
        "drift": lambda: _drift(runtime, topology),
    }


def _broker(runtime: "ProcessRuntime") -> Finding:
    """AC3: the broker is there and has its topics."""
    topics, broker = runtime.lab.settings.topics, BrokerPart(runtime.lab.settings)
    broker.require_topics()
    return judged([], f"{broker.what()}; {', '.join(topics.names)} have {topics.partitions} partitions each")


def _control(url: str) -> Finding:
    """The control's program answers at its port."""
    answer = ask(url)
    return judged([control_pod.answer_problem(answer)], f"{url}: {answer}")


def _runs(names: Sequence[str], metrics: Metrics) -> Finding:
    """AC5 and AC6: the programs run, are healthy and are scraped."""
    children, scraped = programs.known(), ups(metrics)
    problems, running = [], []
    for name in names:
        child = children.get(name)
        if child is None or not child.alive:
            problems.append(f"{name} does not run")
        elif not bringup.is_healthy(child):
            problems.append(f"{name} runs and does not say at /health that it is up")
        elif scraped.get(child.pod) != 1:
            problems.append(f"{name} is not scraped")
        else:
            running.append(child.pod)
    return judged(problems, f"running, healthy and scraped: {', '.join(running)}")


def _scraped(names: Sequence[str], metrics: Metrics) -> Finding:
    """Each program that handles orders is scraped once, with an answer, and nothing that is gone is."""
    found, children = metrics.latest(HANDLERS), programs.known()
    pods = [one.labels.get("pod", "") for one in found]
    wanted = {children[name].pod for name in names if name in children}
    problems = [f"{pod} is scraped {pods.count(pod)} times (limit 1)" for pod in wanted if pods.count(pod) != 1]
    problems += [f"{pod} is scraped and is none of the lab's" for pod in set(pods) - wanted]
    problems += [f"{one.labels.get('pod')} gives no answer" for one in found if one.points[-1][1] != 1]
    return judged(problems, f"scraped once each: {', '.join(sorted(wanted))}")


def _drift(runtime: "ProcessRuntime", topology: Topology) -> Finding:
    """The running lab is the one that the settings and sources describe now."""
    undone = [step.name for step in runtime.steps(topology) if step.is_done is not None and step.is_done() is None]
    problems = [f"not as the settings have it: {', '.join(undone)}; run './invokew up'"] if undone else []
    return judged(problems, "what runs is what the settings and sources yield")


def _outage(runtime: "ProcessRuntime", topology: Topology, entry: str) -> Finding:
    """AC14: the broker goes and comes back while orders flow."""
    before = _identities()
    with Traffic(entry, topology) as traffic, runtime.outage() as fault:
        fault.inject()
        time.sleep(broker_outage.AWAY)
        fault.recover()
    at = fault.instants
    during = traffic.between(at.asked, at.ready)
    return broker_outage.judge(during, before, _identities(), away=(at.ready - at.gone) / 1000)


def _identities() -> dict[str, int]:
    return {name: child.identity.pid for name, child in programs.known().items() if child.alive}
