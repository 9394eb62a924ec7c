"""The steps that get images into the host's store and to the nodes trust no exit status."""

import pytest

from lab.bringup import delivery, images
from lab.cluster.lab import Lab
from lab.core import causes
from lab.core.errors import ToolError
from lab.process.steps import Graph, Step
from lab.settings.settings import Settings
from lab.tools import docker
from tests.lab.caused import by
from tests.lab.doubles import Recorder, lab_of, with_images

HAD = "sha256:0123456789abcdef null"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder().on("image", "inspect", stdout=HAD).instead_of_run(monkeypatch, docker, images)


@pytest.fixture
def arrived(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the registry says each time it is asked; the last answer stays."""
    answers: list[bool] = []
    monkeypatch.setattr(images, "in_registry", lambda _: answers.pop(0) if len(answers) > 1 else answers[0])
    return answers


def outcome(step: Step) -> tuple[str, str]:
    graph = Graph([step])
    graph.run()
    record = graph.records[step.name]
    return record.state.value, record.note


def test_what_the_registry_has_is_not_pushed_again(lab: Lab, run: Recorder, arrived: list[bool]) -> None:
    arrived.append(True)

    assert outcome(delivery.deliver(lab, "grafana", ())) == (
        "skipped",
        "k3d-matching-engine-exp-registry:5000/grafana/grafana:13.2.0-0123456789ab",
    )
    assert not run.asked("push")


def test_what_it_lacks_is_pushed_and_looked_for(lab: Lab, run: Recorder, arrived: list[bool]) -> None:
    arrived += [False, True]

    assert outcome(delivery.deliver(lab, "grafana", ()))[0] == "done"
    assert len(run.asked("push")) == 1


def test_what_does_not_arrive_is_an_error_whatever_the_command_said(
    lab: Lab, run: Recorder, arrived: list[bool]
) -> None:
    arrived.append(False)

    with pytest.raises(ToolError) as caught:
        outcome(delivery.deliver(lab, "grafana", ()))

    assert caught.value.summary == (
        "image docker.io/grafana/grafana:13.2.0 did not arrive at 127.0.0.1:5111/grafana/grafana:13.2.0-0123456789ab, "
        "though the command reported success; run './invokew images'"
    )
    assert run.asked("push")


def test_an_import_that_misses_a_node_is_an_error(settings: Settings, run: Recorder) -> None:
    """k3d logs a node's failure and returns 0."""
    lab = lab_of(with_images(settings, delivery="import"))
    run.on("ps", stdout="n-0 server\nn-1 agent\n").on(
        "exec", "n-0", stdout="docker.io/grafana/grafana:13.2.0-0123456789ab"
    )

    with pytest.raises(
        ToolError, match="did not arrive at n-1, though the command reported success", check=by(causes.IMAGE_MISSING)
    ):
        outcome(delivery.deliver(lab, "grafana", ()))

    assert run.asked("k3d", "import")


def test_an_image_that_is_there_is_neither_built_nor_pulled(lab: Lab, run: Recorder) -> None:
    assert outcome(delivery.have(lab, "grafana", ())) == (
        "skipped",
        "docker.io/grafana/grafana:13.2.0 is in Docker's store",
    )
    assert not run.asked("pull")


def test_an_image_that_is_not_there_after_its_pull_is_an_error(lab: Lab, run: Recorder) -> None:
    run.on("image", "inspect", code=1)

    with pytest.raises(
        ToolError,
        match="is not in Docker's store though Docker reported success; try again",
        check=by(causes.IMAGE_MISSING),
    ):
        outcome(delivery.have(lab, "grafana", ()))

    assert run.asked("pull")


SEATS = {
    "redpanda": ["server-0"],
    "gateway": ["server-0"],
    "engine": ["agent-0", "agent-1", "agent-2"],
}


@pytest.mark.parametrize("role", SEATS)
def test_an_image_is_placed_on_the_nodes_that_its_pods_prefer(lab: Lab, run: Recorder, role: images.Role) -> None:
    """Orders come in at the server: a gateway there sends each a hop less far."""
    pulls = delivery.place(lab, lab.settings.topology("multi"), role, ()).plan()

    assert [line.split()[2] for line in pulls] == [f"k3d-matching-engine-exp-{node}" for node in SEATS[role]]
    assert not run.asked("pull")
