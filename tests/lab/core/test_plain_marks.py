"""A terminal that has no marks gets letters."""

import io
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core.paths import ROOT
from lab.core.plain_marks import printable


def written(text: str, encoding: str) -> bytes:
    kept = io.BytesIO()
    stream = io.TextIOWrapper(kept, encoding=encoding, newline="")
    printable(stream)
    stream.write(text)
    stream.flush()
    return kept.getvalue()


@pytest.mark.parametrize(
    ("encoding", "expected"), [("latin-1", b"+ a \xb1 b..."), ("ascii", b"+ a +- b..."), ("utf-8", "✓ a ± b…".encode())]
)
def test_marks_are_written_in_what_the_encoding_has(encoding: str, expected: bytes) -> None:
    assert written("✓ a ± b…", encoding) == expected


@given(st.text(), st.sampled_from(["latin-1", "ascii", "cp437", "utf-8"]))
def test_no_text_fails(text: str, encoding: str) -> None:
    assert written(text, encoding) is not None


def test_a_command_speaks_to_a_terminal_without_marks() -> None:
    argv = [sys.executable, "-m", "invoke", "--search-root", str(ROOT), "suites"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}

    ended = subprocess.run(argv, capture_output=True, env=environment, timeout=60, check=False)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.isascii()
