from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.routing import Address, RoutingTable
from serving.errors import SettingsError

IDS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
SYMBOLS = st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True)
A = "a=http://a:8080"


@st.composite
def splits(draw: st.DrawFn) -> dict[str, list[str]]:
    """Symbols by shard: at least one shard, none without symbols, each symbol once."""
    ids = draw(st.lists(IDS, min_size=1, max_size=20, unique=True))
    symbols = draw(st.lists(SYMBOLS, min_size=len(ids), max_size=60, unique=True))
    return {shard: symbols[n :: len(ids)] for n, shard in enumerate(ids)}


def maps(split: dict[str, list[str]]) -> tuple[str, str]:
    urls = ",".join(f"{shard}=http://me-shard-{shard}:{8000 + n}" for n, shard in enumerate(split))
    return urls, ",".join(f"{shard}={':'.join(symbols)}" for shard, symbols in split.items())


@given(splits())
def test_each_symbol_leads_to_its_shards_address(split: dict[str, list[str]]) -> None:
    table = RoutingTable.from_maps(*maps(split))

    assert table.owners == {symbol: shard for shard, symbols in split.items() for symbol in symbols}
    assert table.addresses == {shard: Address(host=f"me-shard-{shard}", port=8000 + n) for n, shard in enumerate(split)}


@given(splits(), st.data())
def test_symbol_given_to_two_shards_is_refused_by_name(split: dict[str, list[str]], data: st.DataObject) -> None:
    giver = data.draw(st.sampled_from(sorted(split)))
    symbol = data.draw(st.sampled_from(split[giver]))
    shared = {**split, "zz-other": [symbol]} if "zz-other" not in split else {**split, "zz-third": [symbol]}
    with pytest.raises(SettingsError) as caught:
        RoutingTable.from_maps(*maps(shared))
    assert f"symbol {symbol!r} to shards {giver} and zz-" in str(caught.value)


@given(splits(), st.booleans(), st.data())
def test_shard_in_one_map_only_is_refused_by_name(
    split: dict[str, list[str]], of_urls: bool, data: st.DataObject
) -> None:
    urls, symbols = maps(split)
    missing = data.draw(st.sampled_from(sorted(split)))
    other = {shard: names for shard, names in split.items() if shard != missing} or {"zz-other": ["X"]}
    arguments = (maps(other)[0], symbols) if of_urls else (urls, maps(other)[1])
    with pytest.raises(SettingsError, match=r"lacks shards that .* has: "):
        RoutingTable.from_maps(*arguments)


def test_spaces_around_the_parts_do_not_matter() -> None:
    table = RoutingTable.from_maps(" a = http://a:1 , b = http://b:2 ", " b = Y , a = X : Z ")
    assert table.owners == {"Y": "b", "X": "a", "Z": "a"}


@pytest.mark.parametrize(
    ("url", "host", "port", "authority"),
    [
        ("http://me-shard-a:8080", "me-shard-a", 8080, "me-shard-a:8080"),
        ("http://me-shard-a.lab.svc.cluster.local.:65535/", "me-shard-a.lab.svc.cluster.local.", 65535, None),
        ("http://127.0.0.1", "127.0.0.1", 80, "127.0.0.1:80"),
        ("http://[::1]:8080", "::1", 8080, "[::1]:8080"),
    ],
)
def test_url_is_taken_apart(url: str, host: str, port: int, authority: str | None) -> None:
    address = RoutingTable.from_maps(f"a={url}", "a=X").addresses["a"]
    assert (address.host, address.port) == (host, port)
    assert address.authority == (authority or f"{host}:{port}")


@pytest.mark.parametrize(
    "url",
    [
        "me-shard-a:8080",
        "https://a:8080",
        "http://",
        "http://:8080",
        "http://a:0",
        "http://a:65536",
        "http://a:80x",
        "http://a:",
        "http://a b:80",
        "http://a\tb:80",
        "http://a:8080/orders",
        "http://a:8080?x=1",
        "http://user@a:8080",
        "http://-.-..:80",
        f"http://{'a' * 64}:80",
        "http://[a:80",
        "http://ü:80",
    ],
)
def test_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        RoutingTable.from_maps(f"a={url}", "a=X")
    assert str(caught.value) == f"ME_SHARD_MAP must give shard a a URL of the form http://host:port; got {url!r}"


@pytest.mark.parametrize(
    ("urls", "symbols", "message"),
    [
        ("", "a=X", "ME_SHARD_MAP must be a comma list of shard=value; got '' in it"),
        (A, "", "SHARD_SYMBOLS_MAP must be a comma list of shard=value; got '' in it"),
        (A + ",", "a=X", "ME_SHARD_MAP must be a comma list of shard=value; got '' in it"),
        ("a", "a=X", "ME_SHARD_MAP must be a comma list of shard=value; got 'a' in it"),
        ("a=", "a=X", "ME_SHARD_MAP must be a comma list of shard=value; got 'a=' in it"),
        ("=http://a:1", "a=X", "ME_SHARD_MAP must be a comma list of shard=value; got '=http://a:1' in it"),
        ("a/b=http://a:1", "a=X", "ME_SHARD_MAP must be a comma list of shard=value; got 'a/b=http://a:1' in it"),
        (f"{A},{A}", "a=X", "ME_SHARD_MAP names shard a twice"),
        (A, "a=X,a=Y", "SHARD_SYMBOLS_MAP names shard a twice"),
        (A, "a=X:", "SHARD_SYMBOLS_MAP must give shard a symbols joined by ':'; got 'X:'; correct '' in it"),
        (A, "a=X:Y Z", "SHARD_SYMBOLS_MAP must give shard a symbols joined by ':'; got 'X:Y Z'; correct 'Y Z' in it"),
        (A, "a=X:Y:X", "SHARD_SYMBOLS_MAP names a symbol of shard a twice; got 'X:Y:X'"),
        (A, "a=X,b=Y", "ME_SHARD_MAP lacks shards that SHARD_SYMBOLS_MAP has: b; name them in both"),
        (f"{A},c=http://c,b=http://b", "a=X", "SHARD_SYMBOLS_MAP lacks shards that ME_SHARD_MAP has: b, c; name them"),
    ],
)
def test_wrong_map_is_refused_with_the_place(urls: str, symbols: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        RoutingTable.from_maps(urls, symbols)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
