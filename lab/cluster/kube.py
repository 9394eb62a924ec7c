"""The cluster's API: plain objects, each call with a time limit, errors in the cluster's own words.

Only the client's transport is used (kubeconfig, TLS, credentials): its typed models take a second to import and would
have to be turned back into plain dicts for every judgement.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from lab.core.access import Access
from lab.core.causes import CLUSTER_AWAY
from lab.core.errors import ToolError
from lab.core.http import is_loopback
from lab.process.shell import Command, Result, run

if TYPE_CHECKING:
    from kubernetes.client.api_client import ApiClient

Object = dict[str, Any]
"""An object of the API as its JSON has it."""

CONNECT = 5.0
"""Seconds to reach the API server."""
ANSWER = 15.0
"""Seconds until an answer, or its next part, has come."""
WATCH = 300
"""Seconds after which the server ends a watch, so that a connection that died silently is noticed."""

GROUPS: Mapping[str, tuple[str, str]] = {
    "ConfigMap": ("/api/v1", "configmaps"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "Event": ("/api/v1", "events"),
    "Job": ("/apis/batch/v1", "jobs"),
    "Namespace": ("/api/v1", "namespaces"),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies"),
    "Node": ("/api/v1", "nodes"),
    "Pod": ("/api/v1", "pods"),
    "ReplicaSet": ("/apis/apps/v1", "replicasets"),
    "SelfSubjectAccessReview": ("/apis/authorization.k8s.io/v1", "selfsubjectaccessreviews"),
    "SelfSubjectReview": ("/apis/authentication.k8s.io/v1", "selfsubjectreviews"),
    "ResourceQuota": ("/api/v1", "resourcequotas"),
    "Service": ("/api/v1", "services"),
    "StatefulSet": ("/apis/apps/v1", "statefulsets"),
    "StorageClass": ("/apis/storage.k8s.io/v1", "storageclasses"),
}
"""Kind to where the API has it."""


SENT = {"PATCH": "application/json-patch+json", "POST": "application/json"}
"""What a call that has a body sends."""


class ApiError(ToolError):
    """The API server refused a call, or did not answer (code 0)."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message, cause=None if code else CLUSTER_AWAY)
        self.status = code


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a watch tells: all objects there are (`LISTED`), or one that was `ADDED`, `MODIFIED` or `DELETED`."""

    type: str
    objects: tuple[Object, ...]


class Kube:
    """The API of one cluster.

    Args:
        access: The kubeconfig file and the context in it; the current context plays no part.
        kubectl: The kubectl to run, for what goes through it.
    """

    def __init__(self, access: Access, *, kubectl: str = "kubectl") -> None:
        self.access = access
        self.namespaces = access.namespaces
        self.kubectl = kubectl

    def get(self, kind: str, name: str, *, namespace: str = "") -> Object:
        """Read one object.

        Raises:
            ApiError: It isn't there (status 404), or the cluster doesn't answer.
        """
        return self._call("GET", path(kind, namespace=namespace, name=name), doing=f"read {kind} {name}")

    def find(self, kind: str, name: str, *, namespace: str = "") -> Object | None:
        """Read one object; None when it isn't there."""
        try:
            return self.get(kind, name, namespace=namespace)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def items(self, kind: str, *, namespace: str = "", labels: str = "", fields: str = "") -> list[Object]:
        """Read the objects of a kind, in one namespace or all, that match the selectors."""
        asked = path(kind, namespace=namespace, labelSelector=labels, fieldSelector=fields)
        return list(self._call("GET", asked, doing=f"list {kind}s").get("items") or [])

    def create(self, kind: str, made: Object, *, namespace: str = "") -> Object:
        """Make an object, or ask a question that has the form of one; what the server made of it.

        Raises:
            ApiError: The cluster refused, or doesn't answer.
        """
        return self._call("POST", path(kind, namespace=namespace), made, f"create a {kind}")

    def patch(self, kind: str, name: str, operations: list[Object], *, namespace: str = "") -> Object:
        """Change an object by JSON patch operations: all of them or none.

        Raises:
            ApiError: A `test` among them did not hold (status 422), or the cluster refused.
        """
        return self._call("PATCH", path(kind, namespace=namespace, name=name), operations, f"change {kind} {name}")

    def resize(self, pod: str, operations: list[Object], *, namespace: str) -> Object:
        """Change a running pod's resources in place, by JSON patch operations (Kubernetes 1.33 and later).

        Raises:
            ApiError: The cluster refused, or does not know how to (status 404).
        """
        asked = path("Pod", namespace=namespace, name=pod, part="resize")
        return self._call("PATCH", asked, operations, f"resize Pod {pod}")

    def delete(self, kind: str, name: str, *, namespace: str = "") -> None:
        """Delete one object, and what it owns; it may be gone already."""
        try:
            asked = path(kind, namespace=namespace, name=name, propagationPolicy="Background")
            self._call("DELETE", asked, doing=f"delete {kind} {name}")
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def logs(self, pod: str, *, namespace: str, container: str, lines: int, previous: bool = False) -> list[str]:
        """Read the last lines that a container wrote, or the one before it (`previous`)."""
        choice = {"container": container, "tailLines": lines, "previous": str(previous).lower()}
        asked = path("Pod", namespace=namespace, name=pod, part="log", **choice)
        with self._open("GET", asked, doing=f"read the log of {pod}") as response:
            return str(response.data.decode(errors="replace")).splitlines()

    def exec(self, pod: str, argv: tuple[str, ...], *, namespace: str, container: str, deadline: float = 60) -> Result:
        """Run a program in a container, through kubectl: it hands on the exit code and keeps to the deadline.

        Raises:
            ToolError: It failed, or took longer than the deadline (seconds).
        """
        told = exec_words(pod, argv, namespace=namespace, container=container)
        return run(Command(argv=self.access.kubectl(*told, kubectl=self.kubectl), deadline=deadline))

    def watch(self, kind: str, *, namespace: str = "", fields: str = "", opened: Any = None) -> Iterator[Change]:
        """Tell what there is, then each change, until the server ends the watch or the connection drops.

        Args:
            kind: What to watch.
            namespace: Where; everywhere when empty.
            fields: A field selector.
            opened: Called with the open response, so that another thread can `shutdown()` it.

        Raises:
            ApiError: The server refused, has forgotten the version to go on from (status 410), or dropped out.
        """
        selector = {"fieldSelector": fields}
        listed = self._call("GET", path(kind, namespace=namespace, **selector), doing=f"list {kind}s")
        version = listed["metadata"]["resourceVersion"]
        yield Change(type="LISTED", objects=tuple(listed.get("items") or ()))
        more = {"watch": "1", "timeoutSeconds": WATCH, "resourceVersion": version}
        asked = path(kind, namespace=namespace, **selector, **more)
        with self._open("GET", asked, doing=f"watch {kind}s", answer=WATCH + ANSWER) as response:
            if opened:
                opened(response)
            for line in response:
                yield change_of(json.loads(line))

    @cached_property
    def _client(self) -> "ApiClient":
        from kubernetes.client.api_client import ApiClient  # noqa: PLC0415
        from kubernetes.client.configuration import Configuration  # noqa: PLC0415 - takes 0.7 s
        from kubernetes.config import load_kube_config  # noqa: PLC0415

        self.access.require()
        configuration = Configuration()
        configuration.retries = False  # a refused connection is told at once, not after three warnings
        configuration.connection_pool_maxsize = 16
        try:
            load_kube_config(  # type: ignore[no-untyped-call]
                str(self.access.kubeconfig), self.access.context, configuration, persist_config=False
            )
        except Exception as error:
            way = f"{self.access.kubeconfig}, context {self.access.context}"
            raise ToolError(
                f"no way to the cluster by {way}: {error}; run './invokew up'", cause=CLUSTER_AWAY
            ) from error
        if is_loopback(configuration.host):
            configuration.proxy = None  # the client takes one from the environment
        return ApiClient(configuration)

    def _call(self, method: str, asked: str, body: Any = None, doing: str = "") -> Object:
        with self._open(method, asked, body, doing=doing) as response:
            answer: Object = json.loads(response.data)
            return answer

    @contextmanager
    def _open(self, method: str, asked: str, body: Any = None, *, doing: str, answer: float = ANSWER) -> Iterator[Any]:
        """The response to a call; what breaks while it is read, or is no JSON, counts as the call's failure."""
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415 - only with the client, as the next
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        client = self._client
        headers = {"Accept": "*/*"} | ({"Content-Type": SENT[method]} if body else {})
        request = client.param_serialize(method, asked, {}, [], headers, body, auth_settings=["BearerToken"])
        try:
            with closing(client.call_api(*request, _request_timeout=(CONNECT, answer)).response) as response:
                if response.status >= HTTPStatus.BAD_REQUEST:
                    raise ApiError(f"can't {doing}: {words(response.data)}", code=response.status)
                yield response
        except (HTTPError, ApiException, OSError, ValueError) as error:
            raise ApiError(f"can't {doing}: the cluster doesn't answer ({_plain(error)})", code=0) from error


def load_client() -> None:
    """Import the client, which takes 0.7 s, ahead of its first use."""
    import kubernetes.client.api_client  # noqa: PLC0415
    import kubernetes.config  # noqa: F401, PLC0415


def path(kind: str, *, namespace: str = "", name: str = "", part: str = "", **query: Any) -> str:
    """The address of a kind's objects, of one of them, or of a part of it."""
    group, plural = GROUPS[kind]
    scope = ("namespaces", namespace) if namespace else ()
    steps = [quote(step, safe="") for step in (*scope, plural, name, part) if step]
    asked = urlencode({key: value for key, value in query.items() if value != ""})
    return "/".join((group, *steps)) + (f"?{asked}" if asked else "")


def words(body: bytes) -> str:
    """What the API server said: its Status' message, or the body as it is."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()


def change_of(event: Object) -> Change:
    """A watch event as a change.

    Raises:
        ApiError: The event is an error: mostly 410, the version to go on from is forgotten.
    """
    if event["type"] == "ERROR":
        status = event["object"]
        raise ApiError(f"the watch ended: {status.get('message', 'unknown')}", code=int(status.get("code", 0)))
    return Change(type=event["type"], objects=(event["object"],))


def exec_words(pod: str, argv: tuple[str, ...], *, namespace: str, container: str) -> tuple[str, ...]:
    """What kubectl is told to run a program in a container."""
    return ("--namespace", namespace, "exec", pod, "--container", container, "--", *argv)


def _plain(error: Exception) -> str:
    """The last words of a connection's failure; those before name the client's own classes."""
    return " ".join(str(error).rsplit(": ", 1)[-1].split()) or type(error).__name__
