import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.cluster import journal
from lab.cluster.journal import Outage
from lab.core.errors import FaultError
from lab.process.ledger import Identity
from tests.lab.outages import GONE, outage


@given(
    st.builds(
        Outage,
        namespace=st.text(),
        name=st.text(),
        replicas=st.integers(),
        undo_by=st.integers(),
        kubeconfig=st.text(),
        context=st.text(),
        owner=st.builds(Identity, pid=st.integers(), started=st.floats(allow_nan=False, allow_infinity=False)),
        host=st.text(),
        began=st.integers(),
        id=st.text(),
    )
)
def test_an_outage_outlives_being_written(made: Outage) -> None:
    assert journal.load(journal.dump(made)) == made


def test_an_outages_text_is_the_same_each_time() -> None:
    """It is compared as text when the mark in the cluster is taken off."""
    made = outage()

    assert journal.dump(journal.load(journal.dump(made))) == journal.dump(made)


def test_the_journal_says_who_what_how_many_since_and_until_when(tmp_path: Path) -> None:
    journal.write(outage(), path=tmp_path / "state" / "fault.json")

    written = json.loads((tmp_path / "state" / "fault.json").read_text())

    assert {"owner", "host", "name", "replicas", "began", "undo_by"} <= written.keys()
    assert {"pid", "started"} == written["owner"].keys()
    assert [page.name for page in (tmp_path / "state").iterdir()] == ["fault.json"]


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"owner": 3}', '{"owner": {"pid": 1}}'])
def test_a_journal_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "fault.json").write_text(text)

    assert journal.read(path=tmp_path / "fault.json") is None


def test_there_is_none_without_a_file(tmp_path: Path) -> None:
    assert journal.read(path=tmp_path / "fault.json") is None


def test_only_the_outages_own_journal_is_cleared(tmp_path: Path) -> None:
    path, first, second = tmp_path / "fault.json", outage(id="1"), outage(id="2")
    journal.write(second, path=path)

    journal.clear(first, path=path)
    assert journal.read(path=path) == second

    journal.clear(second, path=path)
    journal.clear(second, path=path)
    assert not path.exists()


def test_fails_when_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FaultError, match=r"the journal .* can't be written"):
        journal.write(outage(), path=tmp_path / "file" / "fault.json")


@pytest.mark.parametrize(
    ("found", "orphaned"),
    [
        (outage(), False),
        (outage(owner=GONE), True),
        (outage(host="elsewhere", owner=GONE), False),
        (outage(host="elsewhere", undo_by=1), True),
    ],
    ids=["its owner runs", "its owner is gone", "its owner can't be seen", "it can't be seen and is late"],
)
def test_an_outage_is_orphaned_when_nobody_will_undo_it(found: Outage, orphaned: bool) -> None:
    assert found.orphaned is orphaned
