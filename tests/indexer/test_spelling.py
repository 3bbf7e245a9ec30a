from __future__ import annotations

import pytest

from mindgap_indexer.ranking.spelling import likeness


def alike(query: str, name: str) -> float:
    pieces, letters, words, _ = measures(query, name)
    return pieces + letters + words


def measures(query: str, name: str) -> list[float]:
    # Between others, which must make no difference.
    found: list[list[float]] = likeness(query, ["", "readLine", name, "Store.drop_all"]).tolist()
    return found[2]


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("world2local", "worldToLocal", "localToWorld"),
        ("CompairDomainNme", "CompareDomainName", "IsDomainName"),
        ("balence_left", "balanceLeft", "Left"),
        ("updateFunctional", "functionalUpdate", "functionalGroup"),
        ("preftechQery", "prefetchQuery", "fetchQuery"),
        ("parse_http_header", "parseHTTPHeader", "parseHTTPBody"),
        ("Jar.store", "store", "restore"),
    ],
)
def test_the_meant_name_is_more_alike(query: str, right: str, wrong: str) -> None:
    assert alike(query, right) > alike(query, wrong)


def test_the_same_name_is_alike_in_every_way() -> None:
    assert measures("formatDuration", "format_duration") == [1, 1, 1, 1]


def test_names_without_letters_are_like_nothing() -> None:
    assert not likeness("store", ["", "_"]).any()
    assert likeness("store", []).shape == (0, 4)


@pytest.mark.parametrize(
    ("asked", "name", "share"),
    [
        ("drvFrmJsn", "deriveFromJSON", 1.0),
        ("hasAvaPrsstntFlgs", "hasAvailablePersistentFlags", 1.0),
        ("hasFlgs", "hasAvailablePersistentFlags", 2 / 3),
        ("flgsHas", "hasFlags", 0.5),
        ("rive", "deriveFromJSON", 0.0),
        ("deriveFrom", "derive", 2 / 3),
    ],
)
def test_shortened_words_in_their_order(asked: str, name: str, share: float) -> None:
    assert measures(asked, name)[3] == pytest.approx(share)


def test_what_is_too_long_to_be_words_is_like_no_word() -> None:
    digits = "0123456789abcdef" * 4
    assert measures(digits, "read")[2] == 0.0
    assert measures("read", digits)[2] == 0.0
