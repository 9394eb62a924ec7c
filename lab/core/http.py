"""HTTP as the lab speaks it: what is on this machine is asked directly, what is elsewhere as the user's proxies say."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from requests import Response

LOOPBACK = ("127.0.0.0/8", "localhost", "::1")
"""What no proxy leads to, as NO_PROXY has it; Go and requests know networks there."""


def get(url: str, **how: Any) -> "Response":
    """The answer to a GET; `how` is what `requests.request` takes.

    Raises:
        requests.RequestException: There is none.
    """
    return request("GET", url, **how)


def request(method: str, url: str, **how: Any) -> "Response":
    """The answer to a request of any method; likewise."""
    import requests  # noqa: PLC0415 - 60 ms that `invoke --list` need not pay

    with requests.Session() as session:
        session.trust_env = not is_loopback(url)
        return session.request(method, url, **how)


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        host = urlsplit(url).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        return ip_address(host).is_loopback
    except ValueError:
        return False


def unproxied(environment: Mapping[str, str]) -> dict[str, str]:
    """The two variables that keep any program's calls to this machine off the proxies of an environment.

    Programs read the one or the other, so both have what both had.
    """
    kept = [environment.get(name, "") for name in ("NO_PROXY", "no_proxy")]
    if "*" in (value.strip() for value in kept):
        return {"NO_PROXY": "*", "no_proxy": "*"}
    hosts = (host.strip() for value in kept for host in value.split(","))
    value = ",".join(dict.fromkeys((*filter(None, hosts), *LOOPBACK, "127.0.0.1")))
    return {"NO_PROXY": value, "no_proxy": value}
