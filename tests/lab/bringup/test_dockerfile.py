"""What a target of a Dockerfile takes from its folder."""

import pytest

from lab.bringup import dockerfile

SHARED = """\
# syntax=docker/dockerfile:1
ARG BASE=python:3.11
FROM --platform=linux/amd64 python AS Builder
COPY --chown=1:1 requirements.txt ./shared/ \\
     /build/
RUN pip install \\
    # a comment in between
    -r /build/requirements.txt
from debian
ADD ./third /
FROM builder as one
COPY one/src/a.py /
FROM debian AS two
COPY --from=builder /build /build
COPY --from=1 /third /third
COPY two /
"""


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("builder", {"requirements.txt", "shared"}),
        ("ONE", {"requirements.txt", "shared", "one"}),
        ("two", {"requirements.txt", "shared", "third", "two"}),
    ],
)
def test_a_target_takes_what_it_and_the_stages_that_it_names_copy(target: str, names: frozenset[str]) -> None:
    assert dockerfile.taken(SHARED, target) == names


@pytest.mark.parametrize(
    "instruction",
    [
        "COPY . /app",
        "COPY ./ /app",
        "ADD / /app",
        "COPY o*e /app",
        "COPY on? /app",
        'COPY ["one", "/app"]',
        "COPY $SOURCE /app",
        "COPY one/../two /app",
        "COPY <<EOF /app\nFROM inside\nEOF",
        "RUN --mount=type=bind,target=/src make",
        "ONBUILD COPY one /app",
        "# escape=`",
    ],
)
def test_where_it_may_be_anything_it_is(instruction: str) -> None:
    assert dockerfile.taken(f"FROM scratch AS one\n{instruction}\n", "one") is None


def test_stages_have_their_names_in_order() -> None:
    assert [stage.name for stage in dockerfile.stages(SHARED)] == ["builder", None, "one", "two"]
