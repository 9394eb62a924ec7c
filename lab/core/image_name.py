"""Container image names, taken apart: charts want registry, repository, tag and digest each on its own."""

import re
from dataclasses import dataclass

from lab.core.errors import UsageError

DOCKER_HUB = "docker.io"
"""The registry of a name that names none."""

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::\d+)?")
_REST = re.compile(
    rf"(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[a-f0-9]{64}))?",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True)
class ImageName:
    """The parts of an image's name; `tag` is `latest` when the name has neither tag nor digest, as runtimes have it."""

    registry: str | None
    repository: str
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        """The name in one piece."""
        tag = f":{self.tag}" if self.tag else ""
        return self.path + tag + (f"@{self.digest}" if self.digest else "")

    @property
    def path(self) -> str:
        """Registry, if the name has one, and repository."""
        return f"{self.registry}/{self.repository}" if self.registry else self.repository

    @property
    def host(self) -> str:
        """The registry that the image comes from, named or not."""
        return self.registry or DOCKER_HUB


def parse(name: str) -> ImageName:
    """Take an image's name apart, by the rules of the OCI distribution's reference grammar.

    What stands before the first slash is a registry when it has a dot or a port, or is `localhost`.

    Raises:
        UsageError: It is no image name.
    """
    first, slash, rest = name.partition("/")
    registry = first if slash and _is_registry(first) else None
    match = _REST.fullmatch(rest if registry else name)
    if match is None or (registry and not _REGISTRY.fullmatch(registry)):
        raise UsageError(
            f"image name must be [registry[:port]/]repository[:tag][@sha256:…]; got {name!r}; correct the settings"
        )
    tag = match["tag"] or (None if match["digest"] else "latest")
    return ImageName(registry=registry, repository=match["repository"], tag=tag, digest=match["digest"])


def _is_registry(first: str) -> bool:
    return "." in first or ":" in first or first == "localhost"
