import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core.errors import UsageError
from lab.core.image_name import ImageName, parse

DIGEST = "sha256:" + "0f" * 32

NAMES: list[tuple[str, tuple[str | None, str, str | None, str | None]]] = [
    ("redis", (None, "redis", "latest", None)),
    ("redis:7", (None, "redis", "7", None)),
    ("rig/grafana:1", (None, "rig/grafana", "1", None)),
    ("docker.io/grafana/grafana:13.2.0", ("docker.io", "grafana/grafana", "13.2.0", None)),
    ("quay.io/prometheus/prometheus:v3.14.0", ("quay.io", "prometheus/prometheus", "v3.14.0", None)),
    ("localhost/a", ("localhost", "a", "latest", None)),
    ("localhost:5111/a/b:1", ("localhost:5111", "a/b", "1", None)),
    ("k3d-lab-registry:5111/rig/grafana:1", ("k3d-lab-registry:5111", "rig/grafana", "1", None)),
    ("127.0.0.1:5111/a", ("127.0.0.1:5111", "a", "latest", None)),
    ("[::1]:5111/a:1", ("[::1]:5111", "a", "1", None)),
    (f"a@{DIGEST}", (None, "a", None, DIGEST)),
    (f"host.example:443/team/a_b/c-d:v1@{DIGEST}", ("host.example:443", "team/a_b/c-d", "v1", DIGEST)),
]


@pytest.mark.parametrize(("name", "parts"), NAMES, ids=[name for name, _ in NAMES])
def test_a_name_comes_apart_into_registry_repository_tag_and_digest(
    name: str, parts: tuple[str | None, str, str | None, str | None]
) -> None:
    image = parse(name)

    assert (image.registry, image.repository, image.tag, image.digest) == parts


@pytest.mark.parametrize("name", ["", "A", "a:", "a/", "/a", "a b", "a:1\n", "a@sha256:12", "x..y/a", "a:1:2", "-/a"])
def test_what_is_no_image_name_is_refused_with_the_value_got(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(name)

    assert repr(name) in caught.value.summary


def test_a_name_without_a_registry_comes_from_docker_hub() -> None:
    assert parse("rig/grafana:1").host == "docker.io"


WORD = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True)
REGISTRY = st.none() | st.from_regex(r"[a-z]{1,6}(\.[a-z]{2,4}(:[1-9][0-9]{1,3})?|:[1-9][0-9]{1,3})", fullmatch=True)
IMAGES = st.builds(
    ImageName,
    registry=REGISTRY,
    repository=st.lists(WORD, min_size=1, max_size=4).map("/".join),
    tag=st.from_regex(r"[\w][\w.-]{0,20}", fullmatch=True).filter(str.isascii),
    digest=st.none() | st.just(DIGEST),
)


@given(IMAGES)
def test_a_name_put_together_from_its_parts_comes_apart_into_them(image: ImageName) -> None:
    """Only `localhost` as the first of several components would be read as a registry."""
    if image.registry is None and image.repository.startswith("localhost/"):
        return

    assert parse(str(image)) == image
