from __future__ import annotations

import signal
from importlib import metadata, util
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from mindgap_indexer import ModelError, paths
from mindgap_server.cli import checks
from tests.conftest import WriteTree
from tests.fakes import hash_model
from tests.server.cli_helpers import Run, runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("mindgap_indexer.encoding.load_default", hash_model)
    return runner(capsys, monkeypatch)


@pytest.fixture
def root(write_tree: WriteTree) -> Path:
    return write_tree({"src/a.py": "def one(): pass\n", "src/deep/b.py": "def two(): pass\n"}).resolve()


@pytest.fixture
def few_grammars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling the queries of all languages takes a second: the end-to-end test does that once."""
    from mindgap_indexer.languages import by_name

    monkeypatch.setattr("mindgap_indexer.languages.LANGUAGES", (by_name("python"), by_name("sql")))


pytestmark = pytest.mark.usefixtures("few_grammars")


def finding(run: Run, root: Path, name: str) -> tuple[int, dict[str, Any]]:
    """Exit code and the finding of one check; all others are expected to be well."""
    ran = run("doctor", "--root", root, "--json")
    report = ran.json()
    assert report["ok"] is (ran.code == 0)
    found = {check["name"]: check for check in report["checks"]}
    assert list(found) == list(checks.CHECKS)
    others = {other: check for other, check in found.items() if other != name and check["outcome"] != "ok"}
    assert others == {}
    return ran.code, found[name]


def test_all_is_well(run: Run, root: Path) -> None:
    code, found = finding(run, root, "index")
    assert (code, found["outcome"]) == (0, "ok")
    assert "not indexed yet" in found["detail"]


def test_ctrl_c_ends_it_where_a_grammar_takes_it_for_an_error(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            # As tree-sitter does while it compiles the patterns of a query.
            raise ValueError("regular expression error") from None

    monkeypatch.setattr("mindgap_indexer.languages.load_grammar", load)
    ran = run("doctor", "--root", root)
    assert ran.code == 130
    assert "grammars" not in ran.out


def test_each_check_is_a_line_for_people(run: Run, root: Path) -> None:
    ran = run("doctor", "--root", root)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert len(lines) == len(checks.CHECKS)
    assert all(line.startswith("ok    ") for line in lines)


def test_nothing_is_left_behind(run: Run, root: Path, mindgap_home: Path) -> None:
    run("doctor", "--root", root)
    assert [path for path in mindgap_home.rglob("*") if path.is_file()] == []
    assert sorted(path.name for path in root.rglob("*")) == ["a.py", "b.py", "deep", "src"]


def test_the_index_is_checked(run: Run, root: Path) -> None:
    run("index", "--root", root)
    assert "2 units, undamaged" in finding(run, root, "index")[1]["detail"]


def test_an_index_of_another_model_is_a_warning(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", "--root", root)
    monkeypatch.setattr("mindgap_indexer.encoding.load_default", lambda: hash_model(seed=1))
    code, found = finding(run, root, "index")
    assert (code, found["outcome"]) == (0, "warn")
    assert found["advice"]


@pytest.mark.parametrize("start", [0, 4096])
def test_a_damaged_index_fails(run: Run, root: Path, start: int) -> None:
    run("index", "--root", root)
    path = paths.index_folder(root) / "index.db"
    data = path.read_bytes()
    path.write_bytes(data[:start] + b"\x55" * (len(data) - start))
    damaged = path.read_bytes()
    code, found = finding(run, root, "index")
    assert (code, found["outcome"]) == (1, "fail")
    assert "mindgap clear" in found["detail"] + found["advice"]
    assert path.read_bytes() == damaged


def test_a_damaged_model_fails_with_its_message(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ModelError("The model file is damaged. Install Mindgap again.")

    monkeypatch.setattr("mindgap_indexer.encoding.load_default", fail)
    code, found = finding(run, root, "model")
    assert (code, found["outcome"]) == (1, "fail")
    assert found["detail"] == "The model file is damaged. Install Mindgap again."


def test_a_missing_package_fails(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requires = ["numpy>=1.26", "no-such-package>=1", "not-needed>=5; extra == 'training'"]

    def declared(_: str) -> list[str]:
        return requires

    monkeypatch.setattr(metadata, "requires", declared)
    code, found = finding(run, root, "packages")
    assert (code, found["detail"]) == (1, "not installed: no-such-package")
    assert "pip install" in found["advice"]


def test_every_grammar_that_cannot_be_loaded_is_named(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ImportError("no such file")

    monkeypatch.setattr("mindgap_indexer.languages.load_grammar", fail)
    code, found = finding(run, root, "grammars")
    assert (code, found["detail"]) == (1, "cannot be loaded: python (no such file)")


def test_a_database_without_the_extension_fails(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mindgap_indexer.store.schema.TABLES", "CREATE VIRTUAL TABLE t USING fts99 (x)")
    code, found = finding(run, root, "database")
    assert (code, found["outcome"]) == (1, "fail")
    assert "fts99" in found["detail"]


def test_a_wrong_answer_fails(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_SAMPLE_QUERY", "deliver to all readers")
    code, found = finding(run, root, "answers")
    assert code == 1
    assert "found send_newsletter and not free_space" in found["detail"]


def test_more_folders_than_may_be_watched_are_a_warning(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limit = tmp_path / "max_user_watches"
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(checks, "_INOTIFY", limit)
    limit.write_text("4\n")
    assert finding(run, root, "watching")[1]["outcome"] == "ok"
    limit.write_text("3\n")
    code, found = finding(run, root, "watching")
    assert (code, found["outcome"]) == (0, "warn")
    assert "3 folders" in found["detail"]
    assert "sysctl" in found["advice"]


def test_other_systems_have_no_such_limit(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_INOTIFY", Path("no-such-file"))
    monkeypatch.setattr("sys.platform", "darwin")
    assert finding(run, root, "watching")[1]["outcome"] == "ok"


def test_the_deep_tier_is_optional(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(_: str) -> None:
        return None

    monkeypatch.setattr(util, "find_spec", find_nothing)
    code, found = finding(run, root, "deep tier")
    assert (code, found["outcome"]) == (0, "ok")
    assert "not installed" in found["detail"]
    assert "pip install" in found["detail"]


def test_the_deep_tier_that_ships_needs_no_torch(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = util.find_spec

    def without_torch(name: str) -> ModuleSpec | None:
        return None if name == "torch" else find(name)

    monkeypatch.setattr(util, "find_spec", without_torch)
    _, found = finding(run, root, "deep tier")
    assert found["detail"].startswith("can be used: onnxruntime ")
    assert "mindgap[transformers]" in found["detail"]


def test_a_folder_that_cannot_be_written_fails(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "file" / "home"))
    ran = run("doctor", "--root", root)
    assert ran.code == 1
    line = ran.out.index("fail  index folder ")
    assert "cannot be written" in ran.out[line:]
    assert "set MINDGAP_HOME to another folder" in ran.out[line:]
