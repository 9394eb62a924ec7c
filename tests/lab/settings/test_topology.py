"""How symbols may be split among shards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.settings.topology import MAX_SHARD_ID, Shard, Topology

IDS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
SYMBOLS = st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True)


@st.composite
def splits(draw: st.DrawFn) -> list[tuple[str, list[str]]]:
    """Some shard ids, each with some symbols that no other has."""
    ids = draw(st.lists(IDS, min_size=1, max_size=8, unique=True))
    symbols = draw(st.lists(SYMBOLS, min_size=len(ids), max_size=24, unique=True))
    owners = [*ids, *(draw(st.sampled_from(ids)) for _ in symbols[len(ids) :])]
    return [(id_, [s for s, owner in zip(symbols, owners, strict=True) if owner == id_]) for id_ in ids]


def topology(split: list[tuple[str, list[str]]], name: str = "t") -> Topology:
    return Topology(name=name, shards=tuple(Shard(id=id_, symbols=tuple(symbols)) for id_, symbols in split))


@given(splits(), st.data())
def test_any_split_of_distinct_symbols_is_accepted_and_what_is_given_twice_is_refused(
    split: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    made, id_ = topology(split), data.draw(st.sampled_from(split))[0]
    symbol, second = data.draw(st.sampled_from(made.symbols)), data.draw(st.integers(0, len(split) - 1))
    twice = [(owner, [*own, symbol] if place == second else own) for place, (owner, own) in enumerate(split)]

    assert [shard.id for shard in made.shards] == [owner for owner, _ in split]
    assert made.symbols == tuple(one for _, own in split for one in own)
    assert made.has_gateway == (len(split) > 1)
    with pytest.raises(ValueError, match=f"shard id '{id_}' is given twice"):
        topology([*split, (id_, ["one-more"])])
    with pytest.raises(ValueError, match=r"belongs to shards|is listed twice") as caught:
        topology(twice)
    assert repr(symbol) in str(caught.value)


@pytest.mark.parametrize("id_", ["", "A", "-a", "a-", "a_b", "a.b", "a\n", "é", "a" * (MAX_SHARD_ID + 1)])
def test_an_id_that_names_no_service_is_refused(id_: str) -> None:
    with pytest.raises(ValueError, match="shard id must be a DNS label of at most 54 characters"):
        Shard(id=id_, symbols=("X",))


def test_the_longest_id_gives_the_longest_name_that_kubernetes_takes() -> None:
    assert len(Shard(id="a" * MAX_SHARD_ID, symbols=("X",)).name) == 63


@pytest.mark.parametrize("symbol", ["", "A,B", "A:B", "A=B", "A B", "A\n"])
def test_a_symbol_that_would_break_the_maps_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="symbol must be made of letters"):
        Shard(id="a", symbols=(symbol,))


def test_a_single_shard_takes_its_orders_itself_and_several_are_behind_the_gateway() -> None:
    a, b = (Shard(id=id_, symbols=(id_.upper(),)) for id_ in "ab")
    single, multi = Topology(name="single", shards=(a,)), Topology(name="multi", shards=(a, b))

    assert (single.entry, single.entry_says, single.seed_path(a)) == ("me-shard-a", ("shardId", "a"), "/seed")
    assert single.handlers == ("me-shard-a",)
    assert (multi.entry, multi.entry_says, multi.seed_path(b)) == (
        "edge-gateway", ("component", "edge-gateway"), "/seed/b",
    )  # fmt: skip
    assert multi.handlers == ("me-shard-a", "me-shard-b", "edge-gateway")
