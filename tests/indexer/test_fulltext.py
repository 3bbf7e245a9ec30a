from __future__ import annotations

from mindgap_indexer.fulltext import MAX_COUNT, NO_TEXT, Fields, full_text


def fields(
    name: str = "",
    scopes: str = "",
    path: str = "",
    signature: str = "",
    summary: str = "",
    rest: str = "",
    body: str = "",
) -> Fields:
    return name, scopes, path, signature, summary, rest, body


def test_a_term_counts_by_the_fields_that_it_stands_in() -> None:
    units = [
        fields(name="readFile", summary="Reads a file.", body="file = open(); file.read()"),
        fields(name="sort", scopes="File", path="src/sort.py", signature="def sort(rows)", rest="sort"),
    ]
    text = full_text(units, ["readFile", "sort"])
    first, second = text.counts_of(0), text.counts_of(1)
    assert first == {"read": 12 + 8 + 2, "file": 12 + 8 + 2 + 2, "a": 8, "open": 2} | pieces("readfile")
    words = {"sort": 12 + 4 + 4 + 3, "file": 4, "src": 4, "py": 4, "def": 4, "row": 4}
    assert second == words | pieces("sort")
    assert text.lengths.tolist() == [2 + 3 + 4, 1 + 1 + 3 + 3 + 1]
    assert text.pieces.tolist() == [6, 2]


def pieces(name: str) -> dict[str, int]:
    return {f"={name[i : i + 3]}": 1 for i in range(len(name) - 2)}


def test_terms_of_several_units_are_kept_once() -> None:
    text = full_text([fields(body="alpha beta"), fields(body="beta gamma"), fields()], ["", "", ""])
    assert text.terms == ("alpha", "beta", "gamma")
    assert [dict(text.counts_of(unit)) for unit in range(3)] == [
        {"alpha": 2, "beta": 2},
        {"beta": 2, "gamma": 2},
        {},
    ]


def test_counts_have_an_end() -> None:
    text = full_text([fields(body="many " * 1_000)], [""])
    assert text.counts_of(0) == {"mani": MAX_COUNT}
    assert text.lengths.tolist() == [1_000]


def test_no_units_have_no_text() -> None:
    assert (NO_TEXT.terms, len(NO_TEXT.numbers), len(NO_TEXT.sizes)) == ((), 0, 0)
