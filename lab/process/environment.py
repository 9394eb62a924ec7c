"""The environment of every program that the lab starts: the user's, without what is meant for other uses of the tools.

A variable that changes what a tool does would change what the lab makes, or measures, without a word: `K6_RPS` halves a
load, `HELM_DRIVER` hides every release, `DOCKER_DEFAULT_PLATFORM` builds an image that no node can run.
"""

import re
from collections.abc import Mapping

from lab.core.http import unproxied

NOT_PASSED = re.compile(
    r"""
    K6_.* | HELM_.* | K3D_.* | KUBECTL_.* | KUBECONFIG
    | JSII_(?!NODE$|RUNTIME_PACKAGE_CACHE).* | NODE_(OPTIONS|PATH|DEBUG.*)
    | DOCKER_(DEFAULT_PLATFORM|CONTENT_TRUST.*|BUILD.*_.*|CLI_HINTS|DEBUG) | BUILDX_.* | BUILDKIT_.* | COMPOSE_.*
    | PIP_(?!INDEX_URL$|EXTRA_INDEX_URL$|NO_INDEX$|FIND_LINKS$|TRUSTED_HOST$|CERT$|CLIENT_CERT$|PROXY$|CONFIG_FILE$).*
    | PYTHON(PATH|HOME|STARTUP|INSPECT|OPTIMIZE|WARNINGS|USERBASE|PLATLIBDIR|EXECUTABLE)
    | GIT_(?!SSL_|ASKPASS$|SSH).*
    """,
    re.VERBOSE,
)
"""Of a tool's variables those that choose its way to a server, its credentials or certificates stay."""
OURS = {
    "KUBECTL_KUBERC": "false",
    "K6_AUTO_EXTENSION_RESOLUTION": "false",
    "K6_FEATURES": "merge-run-tags",
}
"""kubectl's preferences in the user's home may make `apply` a trial, and `delete` ask; k6 fetches another k6 for a
script that imports an extension, and drops a script's `options.tags` where a tag is given on its command line."""


def environment(given: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """What a program is started with.

    Args:
        given: The lab's own environment.
        own: The variables that the command sets; they stand over all others.
    """
    passed = {name: value for name, value in given.items() if not NOT_PASSED.fullmatch(name)}
    return {**passed, **unproxied(given), **OURS, **own}
