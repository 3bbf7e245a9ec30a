from __future__ import annotations

from pathlib import Path

from mindgap_indexer.types import Confidence, Hit, Kind, Mode, SearchResult
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.folders import Folder
from mindgap_server.session.answers import locate, merge

ONE, TWO = (Folder(Path(f"/{name}"), f"file:///{name}", name) for name in ("one", "two"))


def make_hit(score: float, path: str = "a.py") -> Hit:
    return Hit(
        rank=9, path=path, start_line=1, end_line=1, name_line=1,
        start_byte=0, end_byte=1, name_start_byte=0, name_end_byte=1,
        name="f", qualname="f", kind=Kind.FUNCTION, language="python", signature="def f()",
        score=score, confidence=Confidence.HIGH,
    )  # fmt: skip


def make_result(*scores: float, abstained: bool = False) -> SearchResult:
    return SearchResult("q", Mode.NATURAL_LANGUAGE, abstained, tuple(map(make_hit, scores)), 1.0)


def scores_of(results: list[tuple[Folder, SearchResult]], limit: int = 10) -> list[tuple[str, float]]:
    return [(folder.name, hit.score) for folder, hit in merge(results, limit)]


def test_the_best_hit_comes_first_wherever_it_is() -> None:
    results = [(ONE, make_result(0.8, 0.4)), (TWO, make_result(0.9, 0.5))]
    assert scores_of(results) == [("two", 0.9), ("one", 0.8), ("two", 0.5), ("one", 0.4)]
    assert scores_of(results, limit=3) == [("two", 0.9), ("one", 0.8), ("two", 0.5)]


def test_near_misses_are_left_out_where_something_fits() -> None:
    near = (ONE, make_result(0.95, abstained=True))
    assert scores_of([near, (TWO, make_result(0.5))]) == [("two", 0.5)]


def test_near_misses_of_all_folders_are_no_more_than_those_of_one() -> None:
    results = [(folder, make_result(0.2, 0.1, abstained=True)) for folder in (ONE, TWO)]
    assert scores_of(results) == [("one", 0.2), ("two", 0.2)]
    assert scores_of([]) == []


def test_ranks_are_counted_anew_without_the_files_that_are_gone(tmp_path: Path) -> None:
    folder = Folder(tmp_path, tmp_path.as_uri(), "w")
    (tmp_path / "a.py").write_bytes(b"on disk")
    open_one = OpenDocument("file:///b", tmp_path / "b.py", "in the editor")
    hits = [(folder, make_hit(0.9, path)) for path in ("gone.py", "a.py", "b.py", "a.py")]
    located = locate(hits, OpenDocuments([open_one]))
    assert [(item.hit.rank, item.text, item.document) for item in located] == [
        (1, b"on disk", None),
        (2, b"in the editor", open_one),
        (3, b"on disk", None),
    ]
