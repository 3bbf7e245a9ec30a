"""The short commands: index, status, clear, serve."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Never

import filelock
import pytest

from mindgap_indexer import ModelError, paths
from mindgap_indexer.encoding import EmbeddingModel
from tests.conftest import WriteTree
from tests.fakes import hash_model
from tests.server.cli_helpers import Keyboard, Run, runner

SUMMARY_KEYS = {
    "files",
    "units",
    "languages",
    "skipped",
    "files_changed",
    "files_removed",
    "units_encoded",
    "seconds",
    "units_per_second",
    "index_bytes",
    "peak_rss_mb",
}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture
def root(write_tree: WriteTree) -> Path:
    return write_tree({"a.py": "def one(): pass\n\n\ndef two(): pass\n", "notes.txt": "no source"}).resolve()


def test_index_reports_what_it_found_as_json(run: Run, root: Path) -> None:
    summary = run("index", "--root", root, "--json").json()
    assert summary.keys() == SUMMARY_KEYS
    assert (summary["files"], summary["units"], summary["languages"]) == (1, 2, {"python": 2})
    assert (summary["skipped"], summary["files_changed"]) == ({"language": 1}, 1)
    assert run("index", "--root", root, "--json").json()["files_changed"] == 0


def test_index_reports_what_it_found_in_words(run: Run, root: Path) -> None:
    ran = run("index", "--root", root)
    assert ran.code == 0
    assert f"Indexed {root} in " in ran.out
    assert "files      1 (1 new or changed, 0 removed)" in ran.out
    assert "units      2 (python 2)" in ran.out
    assert "skipped    1 (language 1)" in ran.out
    assert ran.err == "Indexing 1 file …\n"
    assert "(nothing changed)" in run("index", "--root", root).out


def test_index_works_on_the_current_folder(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert run("index", "--json").json()["files"] == 1


def test_index_refuses_what_is_no_folder(run: Run, root: Path) -> None:
    for wrong in (root / "a.py", root / "missing"):
        ran = run("index", "--root", wrong)
        assert (ran.code, ran.out) == (2, "")
        assert "--root" in ran.err


def test_two_indexing_processes_are_one_too_many(run: Run, root: Path) -> None:
    run("index", "--root", root)
    with filelock.FileLock(paths.index_folder(root) / "writer.lock"):
        ran = run("index", "--root", root)
    assert ran.code == 1
    assert ran.err.startswith("mindgap: Another Mindgap process is indexing")


def test_the_deep_tier_encodes_every_unit_once(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load(model: str, revision: str | None) -> EmbeddingModel:
        asked.append(f"{model}@{revision}")
        return hash_model(seed=1)

    monkeypatch.setattr("mindgap_indexer.workspace.load_deep", load)
    assert run("index", "--root", root, "--deep", "--json").json()["deep_units_encoded"] == 2
    ran = run("index", "--root", root, "--deep", "--deep-model", "own/model")
    assert "deep tier  0 units encoded" in ran.out
    assert asked == ["default@None", "own/model@None"]
    assert run("status", "--root", root, "--json").json()["deep_coverage"] == 1.0
    answer = run("search", "--root", root, "--tier", "deep", "--json", "one").json()
    assert answer["hits"][0]["name"] == "one"


def test_a_deep_model_that_cannot_be_loaded_is_an_error(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> EmbeddingModel:
        raise ModelError("It needs sentence-transformers. Install it.")

    monkeypatch.setattr("mindgap_indexer.workspace.load_deep", load)
    ran = run("index", "--root", root, "--deep")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("mindgap: It needs sentence-transformers. Install it.\n")


def test_status_before_the_first_run_says_how_to_index(run: Run, root: Path) -> None:
    ran = run("status", "--root", root)
    assert ran.code == 0
    assert f"{root} is not indexed yet.\n" in ran.out
    assert f'mindgap index --root "{root}"' in ran.out
    assert run("status", "--root", root, "--json").json()["exists"] is False


def test_status_says_what_the_index_holds(run: Run, root: Path) -> None:
    run("index", "--root", root)
    state = run("status", "--root", root, "--json").json()
    assert (state["exists"], state["files"], state["units"], state["root"]) == (True, 1, 2, str(root))
    in_words = run("status", "--root", root).out
    assert "units      2 (python 2)" in in_words
    assert "updated    just now" in in_words
    assert "deep tier  none" in in_words


def test_the_age_of_an_index_is_said_in_words(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index", "--root", root)
    now = time.time()
    ages = {59: "just now", 60: "1 minute ago", 7_300: "2 hours ago", 200_000: "2 days ago"}
    for seconds, words in ages.items():
        monkeypatch.setattr(time, "time", lambda later=now + seconds: later)
        assert f"updated    {words}\n" in run("status", "--root", root).out


def test_clear_removes_one_index_and_says_how_much(run: Run, root: Path) -> None:
    run("index", "--root", root)
    folder = paths.index_folder(root)
    size = sum(path.stat().st_size for path in folder.iterdir())
    ran = run("clear", "--root", root, "--yes")
    assert ran.code == 0
    assert ran.out == f"Removed 1 index, {size:,} bytes:\n  {folder}\n"
    assert not folder.exists()
    assert (root / "a.py").exists()
    assert run("clear", "--root", root).out == "There is no index to remove.\n"


def test_clear_all_removes_every_index(run: Run, root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    run("index", "--root", root)
    run("index", "--root", other)
    assert run("clear", "--all", "--yes").out.startswith("Removed 2 indexes, ")
    assert not paths.index_folder(root).exists()
    assert run("clear", "--all", "--yes").out == "There is no index to remove.\n"


def test_clear_all_removes_what_else_is_kept_and_nothing_of_others(run: Run) -> None:
    kept = [paths.home() / name for name in ("crashes", "tokens", "training/vectors", "packages")]
    theirs = paths.home() / "theirs"
    for folder in (*kept, theirs):
        folder.mkdir(parents=True)
        (folder / "file").write_text("word", "utf-8")
    assert run("clear", "--all", "--yes").out.startswith("Removed 0 indexes, 16 bytes:\n")
    assert [path.name for path in paths.home().iterdir()] == ["theirs"]


def test_clear_works_on_a_damaged_index_of_a_folder_that_is_gone(run: Run, tmp_path: Path) -> None:
    folder = paths.index_folder(tmp_path / "gone")
    folder.mkdir(parents=True)
    (folder / "index.db").write_bytes(b"rubbish")
    ran = run("clear", "--root", tmp_path / "gone", "-y")
    assert (ran.code, folder.exists()) == (0, False)
    assert "7 bytes" in ran.out


def test_clear_does_not_remove_unasked(run: Run, root: Path) -> None:
    run("index", "--root", root)
    ran = run("clear", "--root", root)
    assert ran.code == 2
    assert "--yes" in ran.err
    assert paths.index_folder(root).exists()


@pytest.mark.parametrize(("reply", "is_kept"), [("y\n", False), ("n\n", True), ("", True)])
def test_clear_asks_on_a_terminal(run: Run, root: Path, reply: str, is_kept: bool) -> None:
    run("index", "--root", root)
    ran = run("clear", "--root", root, stdin=reply, keyboard=True)
    assert f"Remove the index of {root} (" in ran.out + ran.err
    assert paths.index_folder(root).exists() is is_kept
    assert ran.code == (1 if is_kept else 0)


def test_ctrl_c_is_no_answer_to_clear(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Thinking(Keyboard):
        def readline(self, *_: object) -> Never:
            raise KeyboardInterrupt

    run("index", "--root", root)
    monkeypatch.setattr("tests.server.cli_helpers.Keyboard", Thinking)
    ran = run("clear", "--root", root, keyboard=True)
    assert ran.code == 130
    assert "Aborted" not in ran.err
    assert paths.index_folder(root).exists()


def test_clear_leaves_an_index_that_another_process_writes(
    run: Run, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mindgap_server.cli.clear.PATIENCE", 0.1)
    other = tmp_path / "other"
    other.mkdir()
    run("index", "--root", root)
    run("index", "--root", other)
    folder = paths.index_folder(root)
    with filelock.FileLock(folder / "writer.lock"):
        alone = run("clear", "--root", root, "--yes")
        assert (folder / "index.db").exists()
        every = run("clear", "--all", "--yes")
    message = (
        f"mindgap: Another Mindgap process is indexing right now, so {folder} was not removed. "
        "Wait until it is done, or stop it, then try again.\n"
    )
    assert (alone.code, alone.out, alone.err) == (1, "", message)
    assert (every.code, every.err) == (1, message)
    assert every.out.startswith("Removed 1 index, ")
    assert every.out.endswith(f"\n  {paths.index_folder(other)}\n")
    assert (folder / "index.db").exists()
    assert not paths.index_folder(other).exists()


def test_clear_counts_around_files_that_vanish_meanwhile(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", "--root", root)
    there = paths.index_folder(root) / "index.db"
    gone = there.with_name("index.db-shm")
    size = there.stat().st_size

    def listed(*_: object) -> list[Path]:
        return [gone, there]

    monkeypatch.setattr(Path, "rglob", listed)
    assert run("clear", "--root", root, "--yes").out.startswith(f"Removed 1 index, {size:,} bytes:")


def test_clear_waits_a_moment_for_a_process_that_is_nearly_done(run: Run, root: Path) -> None:
    run("index", "--root", root)
    lock = filelock.FileLock(paths.index_folder(root) / "writer.lock", thread_local=False)
    lock.acquire()
    timer = threading.Timer(0.2, lock.release)
    timer.start()
    assert run("clear", "--root", root, "--yes").code == 0
    timer.join()


def test_clear_works_where_there_can_be_no_lock(run: Run, root: Path) -> None:
    (paths.index_folder(root) / "writer.lock").mkdir(parents=True)
    assert run("clear", "--root", root, "--yes").code == 0
    assert not paths.index_folder(root).exists()


def test_clear_says_when_an_index_is_in_use(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    run("index", "--root", root)
    monkeypatch.setattr("shutil.rmtree", refuse)
    ran = run("clear", "--root", root, "--yes")
    assert ran.code == 1
    assert "cannot be removed (Permission denied). Stop the editors" in ran.err


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ([], None),
        (["--tcp", "127.0.0.1:7070"], ("127.0.0.1", 7070)),
        (["--tcp", "[::1]:7070"], ("::1", 7070)),
    ],
)
def test_serve_starts_the_language_server(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], address: object
) -> None:
    asked: list[object] = []

    def serve(tcp: tuple[str, int] | None) -> None:
        asked.append(tcp)

    module = ModuleType("mindgap_server.app")
    vars(module)["serve"] = serve
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("mindgap_server.cli.serve.serve_stdio", lambda: asked.append(None))
    assert run("serve", *arguments).code == 0
    assert asked == [address]


@pytest.mark.parametrize("address", ["7070", ":7070", "localhost:", "localhost:http", "localhost:70000"])
def test_serve_refuses_what_is_no_address(run: Run, address: str) -> None:
    ran = run("serve", "--tcp", address)
    assert ran.code == 2
    assert "127.0.0.1:7070" in ran.err
