from __future__ import annotations

from pathlib import Path

from mindgap_indexer.types import Confidence, Hit, Kind
from mindgap_server.documents import OpenDocument, OpenDocuments
from mindgap_server.folders import Folder
from mindgap_server.session.answers import locate


def make_hit(score: float, path: str = "a.py") -> Hit:
    return Hit(
        rank=9, path=path, start_line=1, end_line=1, name_line=1,
        start_byte=0, end_byte=1, name_start_byte=0, name_end_byte=1,
        name="f", qualname="f", kind=Kind.FUNCTION, language="python", signature="def f()",
        score=score, confidence=Confidence.HIGH,
    )  # fmt: skip


def test_ranks_are_counted_anew_without_the_files_that_are_gone_or_too_large(tmp_path: Path) -> None:
    folder = Folder(tmp_path, tmp_path.as_uri(), "w")
    (tmp_path / "a.py").write_bytes(b"on disk")
    open_one = OpenDocument("file:///b", tmp_path / "b.py", "in the editor")
    (tmp_path / "grown.py").write_bytes(b"more than may be indexed")
    hits = [(folder, make_hit(0.9, path)) for path in ("gone.py", "a.py", "grown.py", "b.py", "a.py")]
    located = locate(hits, OpenDocuments([open_one]), len(b"on disk"))
    assert [(item.hit.rank, item.text, item.document) for item in located] == [
        (1, b"on disk", None),
        (2, b"in the editor", open_one),
        (3, b"on disk", None),
    ]
