from __future__ import annotations

import pytest

from mindgap_indexer.ranking.spelling import Likeness, Spelling, likeness


def alike(query: str, name: str, qualname: str = "") -> float:
    found = likeness(Spelling.of(query), qualname or name, name)
    return found.pieces + found.letters + found.words


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
    assert likeness(Spelling.of("formatDuration"), "format_duration", "format_duration") == Likeness(
        1, 1, 1, 1
    )


def test_a_qualified_query_meets_the_qualified_name() -> None:
    assert alike("CookieJar.store", "store", "CookieJar.store") > alike(
        "CookieJar.store", "store", "Box.store"
    )


def test_names_without_letters_are_like_nothing() -> None:
    assert likeness(Spelling.of("store"), "", "_") == Likeness(0.0, 0.0, 0.0, 0.0)


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
    assert likeness(Spelling.of(asked), name, name).short == pytest.approx(share)


def test_what_is_too_long_to_be_words_is_like_no_word() -> None:
    digits = "0123456789abcdef" * 4
    assert likeness(Spelling.of(digits), "read", "read").words == 0.0
    assert likeness(Spelling.of("read"), digits, digits).words == 0.0
