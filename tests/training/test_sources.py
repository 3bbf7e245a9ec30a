"""The code bases of the ranking's questions: what is unpacked, and where."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from mindgap_training.commands.sources import sources
from mindgap_training.errors import ManifestError, PackageError
from mindgap_training.ranker.sources import Row, read_code_bases, unpack

FILES = {
    "package/src/wait.ts": "export const wait = 1;",
    "package/src/old.js": "var old = 1;",
    "package/src/tool.py": "tool = 1",
    "package/test/wait.test.ts": "test();",
    "package/README.md": "# Wait",
}
PLAIN: Row = {
    "name": "waiter", "registry": "npm", "package": "@wait/er", "version": "1.0.0", "licence": "MIT",
    "languages": ["typescript", "javascript"],
}  # fmt: skip
MAPPED: Row = {
    "name": "mapped", "registry": "npm", "root": "",
    "artifacts": [
        {"kind": "npm", "package": "waiter", "version": "1.0.0",
         "map": [{"from": "package/src/old.js", "to": "legacy/old.js"}, {"from": "package/src/", "to": ""}]},
    ],
}  # fmt: skip


def described(folder: Path, *rows: Row) -> Path:
    path = folder / "corpora.json"
    path.write_text(json.dumps(rows), "utf-8")
    return path


class Registry:
    """Packs the files; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, command: Sequence[str], folder: Path) -> None:
        self.asked += 1
        with tarfile.open(folder / "waiter-1.0.0.tgz", "w:gz") as archive:
            for name, text in FILES.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text.encode()))


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_sources_in_the_languages_stand_as_in_the_archive(tmp_path: Path) -> None:
    (code_base,) = read_code_bases(described(tmp_path, PLAIN))
    assert unpack(code_base, tmp_path / "out", tmp_path / "cache", Registry()) == 2
    assert tree(tmp_path / "out" / "waiter") == {"package/src/wait.ts", "package/src/old.js"}


def test_a_map_puts_files_elsewhere(tmp_path: Path) -> None:
    (code_base,) = read_code_bases(described(tmp_path, MAPPED))
    unpack(code_base, tmp_path / "out", tmp_path / "cache", Registry())
    assert tree(tmp_path / "out" / "mapped") == {"legacy/old.js", "wait.ts", "tool.py"}


def test_what_is_there_is_kept_until_its_description_changes(tmp_path: Path) -> None:
    registry = Registry()
    places = (tmp_path / "out", tmp_path / "cache", registry)
    (code_base,) = read_code_bases(described(tmp_path, PLAIN))
    assert (unpack(code_base, *places), unpack(code_base, *places), registry.asked) == (2, 0, 1)
    (other,) = read_code_bases(described(tmp_path, {**PLAIN, "languages": ["typescript"]}))
    assert unpack(other, *places) == 1
    assert tree(tmp_path / "out" / "waiter") == {"package/src/wait.ts"}


def test_no_file_leaves_its_folder(tmp_path: Path) -> None:
    rules: list[Row] = [{"from": "package/src/", "to": "../../"}]
    artifact: Row = {"kind": "npm", "package": "waiter", "version": "1.0.0", "map": rules}
    (code_base,) = read_code_bases(described(tmp_path, {"name": "bad", "artifacts": [artifact]}))
    with pytest.raises(PackageError, match="would leave its folder"):
        unpack(code_base, tmp_path / "out", tmp_path / "cache", Registry())
    assert not (tmp_path / "out" / "bad").exists()


def test_a_code_base_without_files_is_an_error(tmp_path: Path) -> None:
    (code_base,) = read_code_bases(described(tmp_path, {**PLAIN, "languages": ["haskell"]}))
    with pytest.raises(PackageError, match="no file"):
        unpack(code_base, tmp_path / "out", tmp_path / "cache", Registry())


WRONG: list[tuple[Row, str]] = [
    ({**PLAIN, "name": "../x"}, "none of a folder"),
    ({**PLAIN, "registry": "ftp"}, "needs a registry"),
    ({**PLAIN, "languages": None}, "languages"),
    ({**PLAIN, "languages": ["klingon"]}, "'klingon' is unknown"),
    ({**PLAIN, "package": "--output=x"}, "no name of a package"),
    ({"name": "x", "artifacts": [{"kind": "rar"}]}, "a kind of wheel"),
    ({"name": "x", "artifacts": [{"kind": "npm", "package": "-x", "map": []}]}, "no name"),
]


@pytest.mark.parametrize(("row", "message"), WRONG)
def test_a_wrong_description_is_told(tmp_path: Path, row: Row, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        read_code_bases(described(tmp_path, row))


def test_files_that_describe_nothing_are_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        read_code_bases(tmp_path / "none.json")
    (tmp_path / "corpora.json").write_text("{}", "utf-8")
    with pytest.raises(ManifestError, match="no list"):
        read_code_bases(tmp_path / "corpora.json")
    (tmp_path / "corpora.json").write_text("[", "utf-8")
    with pytest.raises(ManifestError, match="no JSON"):
        read_code_bases(tmp_path / "corpora.json")


def test_the_command_fetches_all_it_can_and_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mindgap_training.mining.fetch.run_client", Registry())
    empty = {**PLAIN, "name": "empty", "languages": ["haskell"]}
    path = described(tmp_path, empty, PLAIN)
    with pytest.raises(PackageError, match="1 of 2 code bases are missing: empty"):
        sources([path], tmp_path / "out", tmp_path / "cache")
    assert (tmp_path / "out" / "waiter").is_dir()
    sources([described(tmp_path, PLAIN)], tmp_path / "out", tmp_path / "cache")
    assert "is there" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["questions", "questions/written"])
def test_the_descriptions_that_ship_can_be_read(folder: str) -> None:
    place = Path("training", folder)
    asked = {json.loads(line)["corpus"] for line in (place / "queries.jsonl").read_bytes().splitlines()}
    assert {code_base.name for code_base in read_code_bases(place / "corpora.json")} == asked
