from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from mindgap_indexer.encoding import EmbeddingModel, Projection, load_static
from mindgap_indexer.errors import Cancelled, MindgapError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import Changes, Float32, Passage, Progress, Tier
from mindgap_indexer.workspace import Workspace
from tests.conftest import WriteTree
from tests.fakes import HashEncoder, hash_model, make_tiny_model

OLD_NS = 1_600_000_000_000_000_000

TREE = {
    "app/config.py": 'def read_config(path):\n    """Read settings from a file."""\n    return open(path)\n',
    "app/graph.py": "class Graph:\n    def shortest_path(self, a, b):\n        return walk(a, b)\n",
    "web/main.ts": "export function render(node: Node): string {\n  return node.html;\n}\n",
    "notes.txt": "not code\n",
}


class CountingEncoder(HashEncoder):
    """Counts the passages that it had to encode."""

    count = 0

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        self.count += len(passages)
        return super().encode_units(passages)


def aged(root: Path) -> Path:
    """Make all files look old, so that their time stamps are trusted."""
    for path in root.rglob("*"):
        os.utime(path, ns=(OLD_NS, OLD_NS))
    return root


def names(workspace: Workspace) -> set[str]:
    return {unit.qualname for unit in workspace._store.reader().all_units()}  # pyright: ignore[reportPrivateUsage]


def test_first_index_and_its_summary(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        summary = workspace.index()
        assert names(workspace) == {"read_config", "Graph", "Graph.shortest_path", "render"}
    assert (summary.files, summary.units, summary.files_changed) == (3, 4, 3)
    assert summary.languages == {"python": 3, "typescript": 1}
    assert summary.skipped == {"language": 1}
    assert summary.units_encoded == 4
    assert summary.index_bytes > 0
    assert summary.peak_rss_mb > 10


def test_an_unchanged_workspace_is_not_read_again(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = aged(write_tree(TREE))
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        monkeypatch.setattr("mindgap_indexer.indexing.prepare_file", None)
        monkeypatch.setattr("mindgap_indexer.batches.digest_of", None)
        summary = workspace.index()
    assert (summary.files_changed, summary.units_encoded, summary.units) == (0, 0, 4)


def test_a_touched_file_is_compared_but_not_parsed(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = aged(write_tree(TREE))
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        os.utime(root / "app/graph.py", ns=(OLD_NS + 1, OLD_NS + 1))
        monkeypatch.setattr("mindgap_indexer.indexing.prepare_file", None)
        assert workspace.index().files_changed == 0


def test_a_change_of_the_same_size_within_a_clock_tick_is_seen(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": "def one(): pass\n"})
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        stamp = (root / "a.py").stat()
        (root / "a.py").write_text("def two(): pass\n")
        os.utime(root / "a.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        workspace.index()
        assert names(workspace) == {"two"}


def test_only_new_content_is_encoded(write_tree: WriteTree) -> None:
    encoder = CountingEncoder()
    model = EmbeddingModel(encoder, hash_model().projection)
    root = write_tree(TREE)
    with Workspace.open(root, model=model) as workspace:
        workspace.index()
        assert encoder.count == 5  # one of them with a head
        # A method more: its class changes too, the other method does not.
        with (root / "app/graph.py").open("a") as file:
            file.write("\n    def clear(self):\n        self.nodes = []\n")
        assert workspace.index().units_encoded == 2
        assert encoder.count == 7
        shutil.move(root / "app", root / "moved")
        summary = workspace.index()
        assert (summary.files_removed, summary.files_changed, summary.units_encoded) == (2, 2, 0)


def test_a_branch_switch_and_back_encodes_nothing(write_tree: WriteTree) -> None:
    encoder = CountingEncoder()
    root = write_tree({f"m{i}.py": f"def f{i}():\n    return {i}\n" for i in range(30)})
    with Workspace.open(root, model=EmbeddingModel(encoder, hash_model().projection)) as workspace:
        workspace.index()
        before = workspace._store.reader().vectors(Tier.INSTANT)  # pyright: ignore[reportPrivateUsage]
        for i in range(30):
            (root / f"m{i}.py").write_text(f"def g{i}():\n    return -{i}\n")
        workspace.index()
        count = encoder.count
        write_tree({f"m{i}.py": f"def f{i}():\n    return {i}\n" for i in range(30)})
        workspace.index()
        assert encoder.count == count
        assert workspace._store.reader().vectors(Tier.INSTANT) == before  # pyright: ignore[reportPrivateUsage]


def test_deleted_and_newly_ignored_files_vanish(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        (root / "web/main.ts").unlink()
        (root / ".gitignore").write_text("app/config.py\n")
        workspace.apply_rescan()
        assert names(workspace) == {"Graph", "Graph.shortest_path"}


def test_update_of_paths(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        (root / "app/new.py").write_text("def fresh(): pass\n")
        (root / "app/graph.py").unlink()
        assert workspace.update_paths(["app/new.py", "app/graph.py", "notes.txt"]) == Changes(1, 1, 1)
        assert names(workspace) == {"read_config", "render", "fresh"}
        assert workspace.update_paths(["notes.txt", "nowhere.py"]) is None


def test_a_vanished_folder_takes_its_files_along(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        shutil.rmtree(root / "app")
        workspace.update_paths(["app"])
        assert names(workspace) == {"render"}


def test_a_folder_that_appears_brings_its_files(write_tree: WriteTree, tmp_path: Path) -> None:
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        (tmp_path / "lib").mkdir()
        (tmp_path / "lib/deep.py").write_text("def deep(): pass\n")
        shutil.move(tmp_path / "lib", root / "lib")
        workspace.update_paths(["lib"])
        assert "deep" in names(workspace)


def test_cancelling_keeps_what_was_committed(write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mindgap_indexer.batches.BATCH_FILES", 2)
    root = write_tree({f"m{i}.py": f"def f{i}(): pass\n" for i in range(9)})
    seen: list[Progress] = []
    with Workspace.open(root, model=hash_model()) as workspace:
        with pytest.raises(Cancelled):
            workspace.index(seen.append, lambda: len(seen) > 0 and seen[-1].done >= 4)
        assert len(names(workspace)) == 4
        assert not workspace.is_indexed
        assert workspace.index().files_changed == 5
        assert len(names(workspace)) == 9
        assert workspace.is_indexed
    assert [(p.stage, p.done, p.total) for p in seen] == [
        ("scan", 0, 0), ("index", 0, 9), ("index", 2, 9), ("index", 4, 9),
    ]  # fmt: skip


def test_another_model_re_encodes_everything(write_tree: WriteTree) -> None:
    root = aged(write_tree(TREE))
    with Workspace.open(root, model=hash_model(seed=0)) as workspace:
        workspace.index()
    with Workspace.open(root, model=hash_model(seed=1)) as workspace:
        assert not workspace.is_indexed
        assert workspace.index().units_encoded == 4
        assert workspace.status().encoder == hash_model(seed=1).fingerprint


def test_content_guards_are_remembered(write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = aged(write_tree({"a.py": b"\0\1\2binary", "b.py": "# Code generated by x. DO NOT EDIT.\nx = 1\n"}))
    os.utime(root / "a.py", ns=(OLD_NS, OLD_NS))
    with Workspace.open(root, model=hash_model()) as workspace:
        assert workspace.index().skipped == {"binary": 1, "generated": 1}
        monkeypatch.setattr("mindgap_indexer.indexing.prepare_file", None)
        assert workspace.index().skipped == {"binary": 1, "generated": 1}


def test_a_file_that_vanishes_between_scan_and_read_is_no_error(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_tree(TREE)

    def vanish(progress: Progress) -> None:
        if progress.stage == "index" and progress.done == 0:
            (root / "web/main.ts").unlink(missing_ok=True)

    with Workspace.open(root, model=hash_model()) as workspace:
        summary = workspace.index(vanish)
        assert summary.skipped["unreadable"] == 1
        assert "render" not in names(workspace)


def test_nothing_is_written_into_the_workspace(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    before = sorted(root.rglob("*"))
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        workspace.search("read settings")
    assert sorted(root.rglob("*")) == before


def test_options_reach_the_rules(write_tree: WriteTree) -> None:
    root = write_tree({**TREE, "big.py": "def big(): pass\n" + "# filler\n" * 500})
    options = IndexOptions(max_file_bytes=1_000, exclude=("web/",))
    with Workspace.open(root, options, hash_model()) as workspace:
        workspace.index()
        assert names(workspace) == {"read_config", "Graph", "Graph.shortest_path"}


def test_deep_vectors_are_added_in_the_background_and_resume(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mindgap_indexer.indexing.DEEP_BATCH", 2)
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        workspace.use_deep(hash_model(dimension=32, seed=7))
        seen: list[Progress] = []
        with pytest.raises(Cancelled):
            workspace.deepen(seen.append, lambda: seen[-1].done >= 2)
        assert workspace.status().deep_coverage == 0.5
        assert workspace.deepen() == 2
        assert workspace.status().deep_coverage == 1.0
        assert workspace.deepen() == 0


def everything(workspace: Workspace) -> tuple[list[object], dict[bytes, list[bytes]]]:
    """Units and vectors of an index, ids left out."""
    reader = workspace._store.reader()  # pyright: ignore[reportPrivateUsage]
    units: list[object] = [(u.path, u.qualname, u.kind, u.start_byte, u.end_byte) for u in reader.all_units()]
    return units, reader.vectors(Tier.INSTANT)


def test_helpers_make_the_same_index(
    write_tree: WriteTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"m{i}.py": f"def task_{i}(x):\n    return x + {i}\n" for i in range(12)}
    root = write_tree({**TREE, **files, "broken.py": b"\xff\xfe\x00def"})
    model = load_static(make_tiny_model(tmp_path / "model"))
    monkeypatch.setattr("mindgap_indexer.batches.BATCH_FILES", 3)
    with Workspace.open(root, IndexOptions(workers=1), model) as alone:
        alone.index()
        expected = everything(alone)
        alone.clear()
    monkeypatch.setattr("mindgap_indexer.indexing.CREW_BYTES", 0)
    with Workspace.open(root, IndexOptions(workers=2), model) as together:
        summary = together.index()
        assert everything(together) == expected
        assert summary.units == summary.units_encoded == len(expected[0])


def test_helpers_run_no_code_of_the_folder_they_start_in(
    write_tree: WriteTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_tree({**TREE, "numpy.py": "raise SystemExit\n", "pickle.py": "raise SystemExit\n"})
    monkeypatch.chdir(root)
    monkeypatch.setattr("mindgap_indexer.indexing.CREW_BYTES", 0)
    model = load_static(make_tiny_model(tmp_path / "model"))
    with Workspace.open(root, IndexOptions(workers=2), model) as workspace:
        assert workspace.index().units


def test_a_helper_that_dies_is_an_error_in_plain_words(
    write_tree: WriteTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mindgap_indexer.indexing.CREW_BYTES", 0)
    monkeypatch.setattr("sys.executable", shutil.which("true"))
    model = load_static(make_tiny_model(tmp_path / "model"))
    with (
        Workspace.open(write_tree(TREE), IndexOptions(workers=2), model) as workspace,
        pytest.raises(MindgapError, match="number of workers to 1"),
    ):
        workspace.index()


def test_the_deep_tier_makes_way_for_a_search(write_tree: WriteTree) -> None:
    files = {f"m{i}.py": f"def task_{i}(x):\n    return x + {i}\n" for i in range(80)}
    options = IndexOptions(pause_on_battery=False, pause_under_load=False)
    with Workspace.open(write_tree(files), options, hash_model()) as workspace:
        workspace.index()
        slices: list[int] = []

        class Searching(CountingEncoder):
            def encode_units(self, passages: Sequence[Passage]) -> Float32:
                slices.append(len(passages))
                workspace.search("task_1", tier=Tier.INSTANT)
                return super().encode_units(passages)

        encoder = Searching(seed=1)
        deep = EmbeddingModel(encoder, Projection.identity(encoder.dimension, encoder.fingerprint))
        workspace.use_deep(deep)
        waits: list[bool] = []

        def cancelled() -> bool:
            waits.append(workspace.reason_to_wait() is not None)
            return len(slices) >= 2

        with pytest.raises(Cancelled):
            workspace.deepen(cancelled=cancelled, in_background=True)
        assert slices[0] == 4
        assert any(waits)


def test_a_change_before_the_first_index_is_left_to_it(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        assert workspace.update_paths(["app/config.py"]) is None
        assert names(workspace) == set()


def test_a_change_meets_an_index_that_another_model_made_since(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        with Workspace.open(root, model=hash_model(seed=1)) as other:
            other.index()
        (root / "app/config.py").write_text("def newcomer():\n    return 1\n")
        changes = workspace.update_paths(["app/config.py"])
        assert changes is not None
        assert changes.units_encoded == 4  # all of them: vectors of two models never mix
        assert workspace.is_indexed
        assert "newcomer" in [hit.name for hit in workspace.search("newcomer").hits]


def test_deep_vectors_of_another_model_are_not_mixed_in(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        other = hash_model(16, seed=1)

        def meanwhile(progress: Progress) -> None:
            if progress.done == 0:
                workspace._store.bind_model(Tier.DEEP, other.fingerprint, 16)  # pyright: ignore[reportPrivateUsage]

        workspace.use_deep(hash_model(16))
        assert workspace.deepen(meanwhile) == 0
        assert workspace.status().deep_coverage == 0.0


def test_contents_that_no_unit_has_any_more_do_not_pile_up(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mindgap_indexer.indexing.TIDY_CONTENTS", 4)
    monkeypatch.setattr("mindgap_indexer.store.writer.MIN_CACHED", 3)
    root = write_tree(TREE)
    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        for number in range(20):
            (root / "app/config.py").write_text(f"def read_config(path):\n    return {number}\n", "utf-8")
            workspace.update_paths(["app/config.py"])
        assert names(workspace) == {"read_config", "Graph", "Graph.shortest_path", "render"}
        database = workspace._store._database  # pyright: ignore[reportPrivateUsage]
        assert database.value("SELECT count(*) FROM content") <= 4 + 4 + 5
