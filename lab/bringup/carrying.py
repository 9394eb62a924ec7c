"""A bundle: one file with the tools, charts and images of a lab, for a machine without internet.

It is a tar. Its first member describes all others, each with its sum, and bears its own sum in its name.
"""

import hashlib
import io
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from lab.bringup import charts, images, pins
from lab.bringup.pins import Pins
from lab.cluster.lab import Lab
from lab.core import figures
from lab.core.causes import DOWNLOAD_FAILED
from lab.core.errors import PreflightError, UsageError
from lab.core.ownership import registry_name, server_container
from lab.core.paths import TOOLS
from lab.process.shell import run
from lab.process.steps import Say
from lab.settings.model import Model
from lab.settings.settings import Settings
from lab.tools import archive, docker, k3d, origin
from lab.tools.archive import on_disk
from lab.tools.download import digest
from lab.tools.origin import Origin
from lab.tools.publishers import this_platform
from lab.tools.versions import try_out

FIRST = re.compile(r"bundle-([0-9a-f]{64})\.json")
MEMBER = re.compile(r"images\.tar|node\.tar|(charts|tools)/[a-z0-9]+")
"""What may be in one besides."""
IMAGES, NODE = "images.tar", "node.tar"
PROGRAM = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""What a program begins with that needs nothing else of its machine: a script would lead to what isn't carried."""
CHUNK = 1 << 20


class Content(Model):
    """What is in a bundle.

    Args:
        platform: Of the tools and images, such as `linux-amd64`.
        pins: Of what is not built here.
        images: Name to id (`sha256:…`) of all images.
        tools: Name to version.
        files: Member to SHA-256.
    """

    platform: str
    pins: Pins
    images: Mapping[str, str]
    tools: Mapping[str, str]
    files: Mapping[str, str]


def node_images(settings: Settings) -> Path | None:
    """The archive of a Kubernetes node's own images that a bundle brought for the settings' node image, if one did."""
    found = docker.image(settings.cluster.image)
    path = _node_archive(found[0]) if found else None
    return path if path and path.is_file() else None


def make(lab: Lab, file: Path, say: Say) -> None:
    """Write a bundle of the lab that is up.

    Args:
        lab: The lab.
        file: Where to; it is there whole or not at all.
        say: Told what is under way.

    Raises:
        UsageError: No cluster is up, of whose nodes the images could be read.
        PreflightError: The disk refuses, a tool is no program, or an image or chart is not the pinned one.
        ToolError: Docker or Helm fails.
    """
    settings, platform = lab.settings, this_platform()
    server = server_container(settings.name)
    if server not in docker.cluster_nodes(settings.name):
        raise UsageError("a bundle is made of a lab that is up; run './invokew up', then try again")
    if platform is None:
        raise UsageError("a bundle can't be made on this machine: there are tools for Linux and macOS alone")
    with on_disk(file), tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as folder:
        parts = Path(folder)
        tools = dict(_tools(lab, parts))
        taken = pins.read()
        if taken:
            pins.hold(settings, lab.tools, taken, say, offline=False)
        else:
            taken = pins.take(settings, lab.tools, say)
        for use, chart in taken.charts.items():
            _copy(charts.copy(use, chart.sha256), parts / "charts" / use)
        ids = _images(lab, taken, tools["k3d"], say)
        say(f"saving {len(ids)} images")
        run(docker.save_command(parts / IMAGES, *ids))
        say("reading the node's own images")
        _node_images(settings, server, parts / NODE)
        say("adding up")
        files = {
            path.relative_to(parts).as_posix(): digest(path) for path in sorted(parts.rglob("*")) if path.is_file()
        }
        content = Content(platform=platform, pins=taken, images=ids, tools=tools, files=files)
        part = parts / "whole"
        _write(part, content, parts)
        part.replace(file)
    say(f"{file}: {figures.size(file.stat().st_size)}; there: './invokew up --bundle={file.name}'")


def require(file: Path) -> None:
    """A file is a bundle, as far as its beginning tells.

    Raises:
        UsageError: It isn't, or can't be read.
        PreflightError: It is cut or altered.
    """
    with _opened(file) as tar:
        _described(tar, file)


def take(lab: Lab, file: Path, say: Say) -> None:
    """Take what a bundle carries: images to Docker's store, tools, charts and pins to this checkout.

    Args:
        lab: The lab that it is to be for.
        file: The bundle.
        say: Told what is under way.

    Raises:
        UsageError: It is no bundle, for other settings than those in force, or for another platform.
        PreflightError: It is cut or altered, or the disk refuses; nothing was taken.
        ToolError: Docker fails.
    """
    say(f"checking {file}")
    with archive.only_one(TOOLS), tempfile.TemporaryDirectory(prefix="bundle-", dir=TOOLS) as folder:
        parts = Path(folder)
        content = _read(file, parts)
        if content.platform != this_platform():
            raise UsageError(f"{file} is for {content.platform}, this machine is {this_platform()}; make one there")
        pins.require_current(lab.settings, content.pins)
        if (own := pins.read()) not in (None, content.pins):
            raise UsageError(f"{file} has other digests than {pins.FILE.name}; delete that file to take the bundle's")
        if any((docker.image(name) or ("",))[0] != id_ for name, id_ in content.images.items()):
            say(f"loading {len(content.images)} images")
            run(docker.load_command(parts / IMAGES))
        for name, id_ in content.images.items():
            if (there := (docker.image(name) or ("none",))[0]) != id_:
                raise PreflightError(f"image {name} is {there} after it was loaded, not {id_}; update Docker")
        _place(lab, content, parts)
        if own is None:
            pins.write(content.pins)


def _tools(lab: Lab, parts: Path) -> Iterator[tuple[str, str]]:
    for name in lab.tools.specs:
        tool = lab.tools.tool(name)
        path = tool.path.resolve()
        with path.open("rb") as file:
            if not file.read(4).startswith(PROGRAM):
                raise PreflightError(
                    f"{path} is a script that starts {name} from elsewhere, which can't be carried; take it off PATH, "
                    f"so that the lab downloads {lab.tools.specs[name].pinned}",
                    cause=DOWNLOAD_FAILED,
                )
        _copy(path, parts / "tools" / name)
        yield name, tool.version


def _images(lab: Lab, taken: Pins, k3d_version: str, say: Say) -> dict[str, str]:
    """All images that any topology of the settings needs, and their ids; those that are built here are built."""
    settings = lab.settings
    has_gateway = any(settings.topology(name).has_gateway for name in settings.topologies)
    for role in images.used(settings):
        if (role != "gateway" or has_gateway) and images.why_in_store(settings, role) is None:
            images.obtain(settings, role, say)
    built = [
        images.settings_of(settings, role).name
        for role in images.used(settings)
        if not images.is_foreign(settings, role)
    ]
    named = [*(pin.name for pin in taken.images.values()), *built, k3d.tools_image(k3d_version)]
    found = {name: docker.image(name) for name in named}
    return {name: image[0] for name, image in found.items() if image}


def _node_images(settings: Settings, server: str, to: Path) -> None:
    """What the node's own pods run: its containerd fetched it, Docker's store hasn't it."""
    own = f"{registry_name(settings.name)}:"
    listed = run(docker.node_images_command(server)).stdout.split()
    names = [name for name in listed if not name.startswith((own, "sha256:", "import-"))]
    inside = f"/tmp/{NODE}"  # noqa: S108 - the node's own
    run(docker.command("exec", server, "ctr", "images", "export", inside, *names, deadline=300))
    run(docker.command("cp", f"{server}:{inside}", str(to), deadline=300))
    run(docker.command("exec", server, "rm", inside, deadline=30))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)


def _write(path: Path, content: Content, parts: Path) -> None:
    text = content.model_dump_json(indent=1).encode()
    with tarfile.open(path, "w") as tar:
        first = tarfile.TarInfo(f"bundle-{hashlib.sha256(text).hexdigest()}.json")
        first.size = len(text)
        tar.addfile(first, io.BytesIO(text))
        for name in content.files:
            tar.add(parts / name, arcname=name)
            (parts / name).unlink()


def _read(file: Path, to: Path) -> Content:
    """Unpack a bundle, and hold each member to its sum."""
    with _opened(file) as tar:
        content = _described(tar, file)
        left = dict(content.files)
        for member in tar:
            if FIRST.fullmatch(member.name):
                continue
            wanted = left.pop(member.name, None)
            if wanted is None or not MEMBER.fullmatch(member.name) or _unpack(tar, member, to) != wanted:
                raise _broken(file, f"{member.name} is not what was bundled")
        if left:
            raise _broken(file, f"it lacks {', '.join(left)}")
        return content


def _described(tar: tarfile.TarFile, file: Path) -> Content:
    first = tar.next()
    name = FIRST.fullmatch(first.name) if first else None
    data = tar.extractfile(first) if first and name else None
    if data is None or name is None:
        raise _no_bundle(file)
    text = data.read()
    if hashlib.sha256(text).hexdigest() != name[1]:
        raise _broken(file, "its description is not what was bundled")
    try:
        return Content.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(f"{file} was made by another version of the lab; make it anew with this one") from error


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> str:
    """Copy a member to a folder; its sum."""
    target, sum_ = to / member.name, hashlib.sha256()
    target.parent.mkdir(exist_ok=True)
    data: IO[bytes] | None = tar.extractfile(member)
    with on_disk(target), target.open("wb") as out:
        while chunk := data.read(CHUNK) if data else b"":
            sum_.update(chunk)
            out.write(chunk)
    return sum_.hexdigest()


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    """A bundle to be read; what its bytes make tarfile raise where they were changed or cut is a line."""
    try:
        with tarfile.open(file, "r:") as tar:
            try:
                yield tar
            except (tarfile.TarError, EOFError) as error:
                raise _broken(file, str(error)) from error
    except tarfile.ReadError as error:
        raise _no_bundle(file) from error
    except OSError as error:
        said = error.strerror or error
        raise UsageError(f"{str(file)!r} can't be read: {said}; give the path of a file that `bundle` wrote") from error


def _no_bundle(file: Path) -> UsageError:
    return UsageError(f"{str(file)!r} is no bundle; './invokew bundle FILE' makes one")


def _broken(file: Path, why: str) -> PreflightError:
    return PreflightError(
        f"{file} is cut or altered: {why}; nothing was taken; copy it again, or make it anew", cause=DOWNLOAD_FAILED
    )


def _place(lab: Lab, content: Content, parts: Path) -> None:
    """Tools and charts where the lab looks for them; each tool is tried first."""
    for name, version in content.tools.items():
        target = archive.folder(TOOLS, name, version, content.platform) / name
        carried = parts / "tools" / name
        carried.chmod(0o755)
        try_out(name, version, carried, how="carried")
        with on_disk(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            origin.record(target.parent, Origin(way="bundle"))
            carried.replace(target)
    for name in content.pins.charts:
        charts.keep(name, (parts / "charts" / name).read_bytes())
    node = _node_archive(content.images[lab.settings.cluster.image])
    with on_disk(node):
        node.parent.mkdir(exist_ok=True)
        (parts / NODE).replace(node)


def _node_archive(id_: str) -> Path:
    return TOOLS / "node-images" / f"{id_.removeprefix('sha256:')[: images.ID_LENGTH]}.tar"
