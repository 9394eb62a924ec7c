"""The cluster that stands: whose it is, how it was made, and the mark that it was made whole.

The mark is a file in the server's container: it goes with the cluster, can be read while that is stopped, and can be
written anew, which a container's labels can't.
"""

import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath

from lab.core.causes import CLUSTER_DIFFERS, CLUSTER_FOREIGN
from lab.core.errors import PreflightError, ToolError
from lab.core.ownership import CHECKOUT, server_container
from lab.core.paths import ROOT
from lab.process.shell import run
from lab.settings.settings import Settings
from lab.tools import docker, k3d
from lab.tools.k3d import ClusterState
from lab.tools.printed import parsed, read_of

MARK = PurePosixPath("/etc/matching-engine-lab.json")
"""Where the mark is; k3s keeps nothing of its own there."""
ABSENT = re.compile(r"no such (container|object)|could not find the file", re.IGNORECASE)
"""How Docker says that a container, or a file in it, is not there; any other of its words tells nothing of them."""
DISABLE = "--disable="
TAKES_OVER = "--take-over"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """That a cluster was made whole.

    Args:
        checkout: The folder of the checkout that it belongs to.
        addresses: Of its nodes, by container, when they were last ready; none: it was taken over half made.
        registry: Whether its nodes get images from the lab's registry.
        topology: That was up when it was stopped; empty where none was, or it wasn't stopped.
    """

    checkout: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    registry: bool = False
    topology: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the server's container says of its cluster.

    Args:
        image: Of its nodes, as it was asked for.
        disabled: The add-ons of k3s that it was made without.
        maker: The folder of the checkout that made it; empty where the lab didn't.
        mark: None where it was never made whole.
    """

    image: str
    disabled: frozenset[str]
    maker: str
    mark: Mark | None

    @property
    def owner(self) -> str:
        """The folder of the checkout that it belongs to; empty where the lab didn't make it."""
        return self.mark.checkout if self.mark else self.maker

    def is_whole(self, state: ClusterState) -> bool:
        """Whether it was made to its end, and no node of it is gone since."""
        return self.mark is not None and 0 < len(self.mark.addresses) <= state.nodes


def standing(name: str) -> Standing | None:
    """What stands under a name; None where there is no server.

    Raises:
        ToolError: Docker doesn't tell: nothing is known then, and nothing may be taken away.
    """
    container = server_container(name)
    asked = docker.command("container", "inspect", container, deadline=20)
    result = run(asked, check=False)
    if not result.ok:
        _require_absent(container, result.stderr)
        return None
    with read_of("docker container inspect", result.stdout):
        config = parsed(result.stdout)[0]["Config"]
        return Standing(
            image=config["Image"],
            disabled=frozenset(w.removeprefix(DISABLE) for w in config["Cmd"] or () if w.startswith(DISABLE)),
            maker=(config["Labels"] or {}).get(CHECKOUT, ""),
            mark=_mark(container),
        )


def _mark(container: str) -> Mark | None:
    result = run(docker.command("cp", f"{container}:{MARK}", "-", deadline=20), check=False)
    if not result.ok:
        _require_absent(f"{container}:{MARK}", result.stderr)
        return None
    with read_of("docker cp", result.stdout), tarfile.open(fileobj=io.BytesIO(result.stdout.encode())) as archive:
        file = archive.extractfile(MARK.name)
        return Mark(**json.loads(file.read() if file else ""))


def _require_absent(what: str, said: str) -> None:
    if not ABSENT.search(said):
        raise ToolError(f"Docker can't say whether {what} is there; run './invokew doctor'", details=said.splitlines())


def write(name: str, mark: Mark) -> None:
    """Mark a cluster.

    Raises:
        ToolError: Docker refuses.
    """
    content = json.dumps(asdict(mark)).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo(MARK.name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    command = docker.command("cp", "-", f"{server_container(name)}:{MARK.parent}", deadline=20)
    run(replace(command, stdin=packed.getvalue().decode("ascii")))


def take_over(name: str) -> str:
    """Make the cluster of this name this checkout's own; what was done, in words.

    Raises:
        ToolError: Docker refuses.
    """
    found = standing(name)
    if found is None or found.owner == str(ROOT):
        return f"no cluster {name} of another checkout is there to take over"
    write(name, replace(found.mark or Mark(checkout=""), checkout=str(ROOT)))
    return f"cluster {name} is taken over; it belonged to {maker_of(found)}"


def require_own(name: str, found: Standing | None, command: str) -> None:
    """Do nothing if a cluster is this checkout's own, or not there.

    Args:
        name: Its name.
        found: What stands.
        command: What is under way.

    Raises:
        PreflightError: It is another checkout's, or nobody's that the lab knows of.
    """
    if found is not None and found.owner != str(ROOT):
        raise PreflightError(
            f"cluster {name} belongs to {maker_of(found)}, not to {ROOT}; set another 'name' and other 'ports' in "
            f"experiment.local.yaml, or make it this checkout's own: './invokew {command} {TAKES_OVER}'",
            cause=CLUSTER_FOREIGN,
        )


def maker_of(found: Standing) -> str:
    """Whose a cluster is, in words."""
    return f"the checkout {found.owner}" if found.owner else "no checkout of the lab"


def drift(found: Standing, state: ClusterState, settings: Settings) -> list[str]:
    """Where a whole cluster is not as the settings have it, one line each; nothing of it can be changed in place."""
    wanted, ports = settings.cluster, k3d.published(settings)
    pairs = [
        ("cluster.image", _image(found.image), _image(wanted.image)),
        ("cluster.disable", _listed(found.disabled), _listed(wanted.disable)),
        ("cluster.servers", state.servers, wanted.servers),
        ("cluster.agents", state.agents, wanted.agents),
        *([("ports", _listed(state.ports), _listed(ports))] if not ports <= state.ports else []),
    ]
    lines = [f"{name} is {stands} there, {asked} in the settings" for name, stands, asked in pairs if stands != asked]
    if settings.images.delivery == "registry" and not (found.mark and found.mark.registry):
        lines.append("images.delivery is import there, registry in the settings")
    return lines


def require_as_wanted(found: Standing, state: ClusterState, settings: Settings) -> None:
    """Do nothing if a whole cluster is as the settings have it.

    Raises:
        PreflightError: It isn't; each difference is named.
    """
    if lines := drift(found, state, settings):
        raise PreflightError(
            f"cluster {settings.name} is not as the settings have it: {'; '.join(lines)}; "
            "'./invokew down', then './invokew up' makes it so",
            cause=CLUSTER_DIFFERS,
        )


def _image(name: str) -> str:
    return name.removeprefix("docker.io/")


def _listed(items: Iterable[int] | Iterable[str]) -> str:
    return ", ".join(map(str, sorted(items, key=str))) or "none"
