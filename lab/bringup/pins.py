"""Pins: the digests of images and charts in force, in a file of the user's, which `up` holds to."""

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from lab.bringup import charts, images
from lab.core import image_name
from lab.core.causes import IMAGE_MISSING
from lab.core.errors import PreflightError, ToolError, UsageError
from lab.core.paths import ROOT
from lab.process.shell import run
from lab.process.steps import Say
from lab.settings.model import Model
from lab.settings.settings import ChartSettings, ChartsSettings, Settings
from lab.tools import docker, k3d
from lab.tools.archive import on_disk
from lab.tools.toolbox import Toolbox

FILE = ROOT / "experiment.pins.json"
ANEW = "'./invokew pin' takes what is in force"
NODE, REGISTRY = "cluster.image", "k3d's registry"


class ImagePin(Model):
    """An image that is not built here.

    Args:
        name: As the settings have it.
        id: Of Docker's store (`sha256:…`).
        digest: Of its registry (`sha256:…`); None for one that came from none.
    """

    name: str
    id: str
    digest: str | None = None


class ChartPin(Model):
    """A chart as the settings have it, and the SHA-256 of its packed form."""

    chart: str
    version: str | None
    sha256: str


class Pins(Model):
    """All of them, by what they are used for."""

    images: Mapping[str, ImagePin]
    charts: Mapping[str, ChartPin]


def read() -> Pins | None:
    """The user's pins, if there are any.

    Raises:
        UsageError: The file is damaged.
    """
    try:
        return Pins.model_validate_json(FILE.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")
        raise UsageError(f"{FILE.name} is damaged: {said}; {ANEW}, or delete it") from error


def write(pins: Pins) -> None:
    """Write the user's pins.

    Raises:
        PreflightError: The disk refuses.
    """
    with on_disk(FILE):
        FILE.write_text(pins.model_dump_json(indent=2) + "\n", encoding="utf-8")


def in_force(settings: Settings) -> Mapping[str, str]:
    """The images that are not built here, by what they are used for."""
    used = {
        f"images.{role}": images.settings_of(settings, role).name
        for role in images.used(settings)
        if images.is_foreign(settings, role)
    }
    registry = {REGISTRY: k3d.REGISTRY_IMAGE} if settings.images.delivery == "registry" else {}
    return {**used, NODE: settings.cluster.image, **registry}


def take(settings: Settings, tools: Toolbox, say: Say) -> Pins:
    """The pins of what is in force: images are pulled and charts fetched where they are not here.

    Raises:
        ToolError: Something can't be had.
        UsageError: A chart isn't there.
    """
    taken: dict[str, ImagePin] = {}
    for use, name in in_force(settings).items():
        if docker.image(name) is None:
            say(f"pulling {name}")
            run(docker.pull_command(name))
        id_, digests = docker.digests(name) or ("", ())
        taken[use] = ImagePin(name=name, id=id_, digest=_of_registry(name, digests))
    packed: dict[str, ChartPin] = {}
    for use in ChartsSettings.model_fields:
        say(f"packing the chart {use}")
        chart = charts.of(settings, use)
        sum_ = charts.keep(use, charts.packed(settings, use, tools.path("helm")))
        packed[use] = ChartPin(chart=chart.chart, version=chart.version, sha256=sum_)
    return Pins(images=taken, charts=packed)


def hold(settings: Settings, tools: Toolbox, pins: Pins, say: Say, *, offline: bool) -> None:
    """Have exactly the images and charts that are pinned; what isn't here is fetched by its digest.

    Args:
        settings: The settings in force, of which the pins have to be.
        tools: With Helm.
        pins: What is held to.
        say: Told what is fetched.
        offline: Whether nothing is fetched.

    Raises:
        UsageError: The settings name something else than the pins do.
        PreflightError: Something is another than the pinned one, or can't be had; each is named.
    """
    require_current(settings, pins)
    wrong = []
    for use, pin in pins.images.items():
        problem = _image_problem(pin)
        if problem and pin.digest and not offline:
            say(f"pulling {pin.name} by its digest")
            name = image_name.parse(pin.name)
            whole = f"{name.path}@{pin.digest}"
            run(docker.pull_command(whole))
            run(docker.tag_command(whole, f"{name.path}:{name.tag}"))
            problem = _image_problem(pin)
        wrong += [f"{use}: {problem}"] if problem else []
    for use, one in pins.charts.items():
        problem = _chart_problem(settings, tools, use, one, offline=offline)
        wrong += [f"charts.{use}: {problem}"] if problem else []
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise PreflightError(f"{wrong[0]}{more}; {ANEW}", details=wrong[1:], cause=IMAGE_MISSING)


def require_current(settings: Settings, pins: Pins) -> None:
    """The settings name what is pinned, all of it.

    Raises:
        UsageError: They don't.
    """
    wanted: dict[str, str] = {
        **in_force(settings),
        **{f"charts.{use}": _shown(charts.of(settings, use)) for use in ChartsSettings.model_fields},
    }
    pinned = {
        **{use: pin.name for use, pin in pins.images.items()},
        **{f"charts.{use}": _shown(pin) for use, pin in pins.charts.items()},
    }
    for use in (*wanted, *pinned):
        if wanted.get(use) != pinned.get(use):
            has, says = pinned.get(use, "none"), wanted.get(use, "none")
            raise UsageError(f"{FILE.name} has {has} for {use}, the settings have {says}; {ANEW}")


def chart(settings: Settings, name: str) -> str | None:
    """The copy of a pinned chart, if the settings' chart is pinned and the copy is kept."""
    pins = read()
    pin = pins.charts.get(name) if pins else None
    if pin is None or _shown(pin) != _shown(charts.of(settings, name)) or not charts.has_copy(name, pin.sha256):
        return None
    return str(charts.copy(name, pin.sha256))


def _shown(chart: ChartPin | ChartSettings) -> str:
    return f"{chart.chart} {chart.version}" if chart.version else chart.chart


def _image_problem(pin: ImagePin) -> str | None:
    """What is wrong with an image of the store; nothing where its id or its registry's digest is the pinned one."""
    there = docker.digests(pin.name)
    if there is None:
        return f"{pin.name} is not in Docker's store; {pin.digest or pin.id} is pinned"
    id_, digests = there
    if pin.id == id_ or (pin.digest and pin.digest == _of_registry(pin.name, digests)):
        return None
    return f"{pin.name} is {_of_registry(pin.name, digests) or id_}, {pin.digest or pin.id} is pinned"


def _chart_problem(settings: Settings, tools: Toolbox, use: str, pin: ChartPin, *, offline: bool) -> str | None:
    chart = charts.of(settings, use)
    has_copy = charts.has_copy(use, pin.sha256)
    if charts.is_remote(chart) and (has_copy or offline):
        return None if has_copy else f"{_shown(pin)} is not here"
    try:
        sum_ = charts.keep(use, charts.packed(settings, use, tools.path("helm")))
    except (UsageError, ToolError) as error:
        return None if has_copy else error.summary  # a bundle has brought the copy alone
    return None if sum_ == pin.sha256 else f"{_shown(pin)} has the sum {sum_}, {pin.sha256} is pinned"


def _of_registry(name: str, digests: Iterable[str]) -> str | None:
    """Of an image's digests the one under the repository that its name has."""
    wanted = image_name.parse(name)
    for one in digests:
        parsed = image_name.parse(one)
        if (parsed.host, parsed.repository.removeprefix("library/")) == (
            wanted.host,
            wanted.repository.removeprefix("library/"),
        ):
            return parsed.digest
    return None
