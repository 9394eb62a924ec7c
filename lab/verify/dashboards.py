"""AC10: Grafana opens with its login and no other, and asks Prometheus."""

from http import HTTPStatus

from lab.bringup.releases import password
from lab.core.asking import Answer, ask
from lab.verify.finding import Finding, judged
from lab.verify.site import Site

USER = "admin"
NOBODY = ("verify", "wrong")
"""A login that must be refused; not the admin's, whom Grafana locks out for a while after five wrong passwords."""


def check(site: Site) -> Finding:
    """Log in, try without a right to, and ask Prometheus through Grafana."""
    url, login = site.urls["grafana"], (USER, password(site.lab))
    sources = ask(f"{url}/api/datasources", login=login)
    stranger = ask(f"{url}/api/datasources", login=NOBODY)
    uid = _prometheus(sources).get("uid", "")
    proxy = f"{url}/api/datasources/proxy/uid/{uid}/api/v1/query?query=vector(1)"
    return judge(sources, stranger, ask(proxy, login=login))


def judge(sources: Answer, stranger: Answer, asked: Answer) -> Finding:
    """The login is taken and another isn't; the data source is there and answers.

    Args:
        sources: The data sources, asked for with the login.
        stranger: The same, with another.
        asked: A query sent to Prometheus through Grafana.
    """
    if sources.status != HTTPStatus.OK:
        return judged([f"the login of {USER} must open it; got {sources}"], "")
    problems = []
    if stranger.status != HTTPStatus.UNAUTHORIZED:
        problems.append(f"a wrong password must be refused with 401; got {stranger}")
    if not _prometheus(sources):
        problems.append("no data source is of type prometheus")
    elif asked.status != HTTPStatus.OK:
        problems.append(f"the Prometheus data source does not answer: {asked}")
    name = _prometheus(sources).get("name", "")
    return judged(problems, f"{USER} logs in, a wrong password gets 401, data source {name} answers")


def _prometheus(sources: Answer) -> dict[str, str]:
    found = sources.json if isinstance(sources.json, list) else []
    return next((source for source in found if isinstance(source, dict) and source.get("type") == "prometheus"), {})
