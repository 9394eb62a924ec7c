"""A search for a topology's capacity as a report has it: it has no verdict of its own, and its tries are its cases."""

from collections.abc import Mapping
from typing import Any

from lab.judge.tries import TryOutcome
from lab.present.words import number
from lab.store import loose

SUITE = "capacity"


def as_verdict(found: Any) -> dict[str, Any]:
    """What `capacity.json` says, in the form of a `verdict.json`.

    A search that found a capacity is NOT JUDGED: there is no objective. One that broke off is INVALID; FAIL if not even
    the lowest rate held.
    """
    held, broke_off = loose.at(found, "bracket", "held"), loose.at(found, "broke_off")
    outcome, code = ("INVALID", 5) if broke_off else ("FAIL", 6) if held is None else ("NOT JUDGED", 0)
    said = "; ".join(loose.text(line) for line in loose.items(loose.at(found, "conclusion")))
    return {
        "suite": SUITE,
        "profile": loose.text(loose.at(found, "profile")),
        "runtime": loose.text(loose.at(found, "runtime")),
        "verdict": outcome,
        "reason": said or loose.text(broke_off),
        "exit_code": code,
        "cases": [_case(one) for one in loose.items(loose.at(found, "tries"))],
    }


def as_settings(found: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with those of the search among the suites, and of each try among the cases."""
    title = f"The capacity of {loose.text(loose.at(found, 'topology'), 'a topology')}"
    slo = loose.at(settings, "capacity", "slo")
    tries = {
        loose.text(loose.at(one, "name")): {
            "title": f"at {number(loose.number(loose.at(one, 'rate')))} orders/min",
            "slo": slo,
        }
        for one in loose.items(loose.at(found, "tries"))
    }
    return {
        **settings,
        "suites": {**loose.table(settings.get("suites")), SUITE: {"title": title}},
        "cases": {**loose.table(settings.get("cases")), **tries},
    }


def _case(one: Any) -> dict[str, Any]:
    outcome = loose.text(loose.at(one, "outcome"))
    return {
        "case": loose.text(loose.at(one, "name")),
        "verdict": "NOT JUDGED",
        "reasons": [f"{outcome}: {loose.text(loose.at(one, 'reason'))}"],
        "measured": outcome != TryOutcome.UNMEASURED.value,
    }
