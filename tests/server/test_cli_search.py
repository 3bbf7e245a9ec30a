from __future__ import annotations

import os
from pathlib import Path

import filelock
import pytest

from mindgap_indexer import paths
from mindgap_indexer.store.database import DiskFullError
from mindgap_server import crash
from tests.conftest import WriteTree
from tests.server.cli_helpers import Run, runner

FILES = {
    "src/dates.py": "def parse_date(text):\n    return text.split('-')\n\n\nclass Calendar:\n    pass\n",
    "src/disk.go": "package disk\n\nfunc FreeSpace(folder string) int {\n\treturn statvfs(folder)\n}\n",
    "lib/dates.py": "@cache\ndef format_date(date):\n    return str(date)\n",
}
HIT_KEYS = [
    "rank",
    "path",
    "start_line",
    "end_line",
    "name",
    "qualname",
    "kind",
    "language",
    "score",
    "confidence",
]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture
def root(write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that is the current folder."""
    folder = write_tree(FILES).resolve()
    monkeypatch.chdir(folder)
    return folder


def names(run: Run, *arguments: str) -> list[str]:
    return [hit["name"] for hit in run("search", "--json", *arguments).json()["hits"]]


@pytest.mark.usefixtures("root")
def test_json_has_these_keys(run: Run) -> None:
    answer = run("search", "--json", "parse", "a", "date").json()
    assert list(answer) == ["query", "mode", "abstained", "elapsed_ms", "hits"]
    assert (answer["query"], answer["mode"], answer["abstained"]) == ("parse a date", "nl", False)
    assert list(answer["hits"][0]) == HIT_KEYS


@pytest.mark.usefixtures("root")
def test_json_hits_name_file_and_lines(run: Run) -> None:
    hit = run("search", "--json", "format_date").json()["hits"][0]
    assert {key: hit[key] for key in HIT_KEYS[:8]} == {
        "rank": 1,
        "path": "lib/dates.py",
        "start_line": 1,
        "end_line": 3,
        "name": "format_date",
        "qualname": "format_date",
        "kind": "function",
        "language": "python",
    }


@pytest.mark.usefixtures("root")
def test_why_adds_the_features(run: Run) -> None:
    hit = run("search", "--json", "--why", "parse date").json()["hits"][0]
    assert hit["features"]["lexical"] > 0


@pytest.mark.usefixtures("root")
def test_people_get_a_place_whose_line_is_that_of_the_name(run: Run) -> None:
    ran = run("search", "format_date")
    assert ran.code == 0
    assert ran.out.startswith(f"{Path('lib/dates.py')}:2: function format_date  (")
    assert "  2 │ def format_date(date):\n" in ran.out
    assert "\x1b" not in ran.out + ran.err


def test_limit_filters_and_mode_reach_the_search(run: Run, root: Path) -> None:
    assert len(names(run, "date")) > 1
    assert len(names(run, "--limit", "1", "date")) == 1
    assert names(run, "--lang", "go", "date") == ["FreeSpace", "disk"]
    assert names(run, "--path", "lib/**", "date") == ["format_date"]
    assert names(run, "--path", "./lib", "date") == ["format_date"]
    assert names(run, "--path", f"{root}/lib/", "date") == ["format_date"]
    assert names(run, "--path", "*.py", "--path", "!./src/", "date") == ["format_date"]
    assert names(run, "--kind", "class", "date") == ["Calendar"]
    assert set(names(run, "--kind", "class", "-k", "function", "-l", "python", "date")) == {
        "Calendar",
        "parse_date",
        "format_date",
    }
    assert run("search", "--json", "--mode", "code", "date").json()["mode"] == "code"


@pytest.mark.usefixtures("root")
def test_standard_input_holds_several_lines(run: Run) -> None:
    text = "parts = split text at -\nreturn größe\n"
    answer = run("search", "--json", "-", stdin=text).json()
    assert (answer["query"], answer["mode"]) == (text, "pseudocode")


@pytest.mark.usefixtures("root")
def test_a_query_that_is_typed_in_is_asked_for(run: Run) -> None:
    ran = run("search", "--json", "-", stdin="parse_date", keyboard=True)
    assert ran.err.startswith("Type the query, then Ctrl-D")
    assert ran.json()["query"] == "parse_date"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--limit", "0", "x"], "--limit"),
        (["--lang", "klingon", "x"], "klingon"),
        (["--kind", "verb", "x"], "verb"),
        (["--mode", "prose", "x"], "prose"),
        (["--tier", "upper", "x"], "upper"),
        (["--root", "no-such-folder", "x"], "no-such-folder"),
        (["--queries", "no-such-file", "--json"], "no-such-file"),
        ([], "Say what to search for"),
        (["  "], "Say what to search for"),
        (["-"], "Say what to search for"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_indexed(
    run: Run, root: Path, arguments: list[str], complaint: str
) -> None:
    ran = run("search", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert complaint in " ".join(ran.err.replace("│", " ").split())
    assert not paths.index_folder(root).exists()


@pytest.mark.usefixtures("root")
def test_deep_vectors_that_are_not_there_are_an_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index")
    ran = run("search", "--tier", "deep", "--deep-model", "no-such-folder", "date")
    assert ran.code == 1
    assert "mindgap index --deep" in ran.err


def test_what_changed_is_indexed_first_and_said(run: Run, root: Path) -> None:
    assert "Indexed 3 changed files.\n" in run("search", "date").err
    assert "ndexed" not in run("search", "date").err
    (root / "new.py").write_text("def quarter_of_year(month):\n    return month // 3\n")
    (root / "lib" / "dates.py").unlink()
    ran = run("search", "--json", "quarter_of_year")
    assert ran.err == "Indexed 1 changed file and dropped 1 removed file.\n"
    assert ran.json()["hits"][0]["path"] == "new.py"


def test_while_another_process_indexes_the_old_answers_are_given(run: Run, root: Path) -> None:
    run("index")
    (root / "new.py").write_text("def quarter_of_year(month):\n    return month // 3\n")
    with filelock.FileLock(paths.index_folder(root) / "writer.lock"):
        ran = run("search", "parse_date")
    assert ran.code == 0
    assert ran.out.startswith(f"{Path('src/dates.py')}:1: ")
    assert ran.err.startswith("Another process is indexing this folder")


def test_while_the_disk_is_full_the_old_answers_are_given(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DiskFullError("The disk is full. Free some space, then try again.")

    run("index")
    monkeypatch.setattr("mindgap_indexer.workspace.Workspace.index", fail)
    ran = run("search", "parse_date")
    assert ran.code == 0
    assert ran.out.startswith(f"{Path('src/dates.py')}:1: ")
    assert ran.err.startswith("The disk is full. Free some space, then try again. Until then the answers")


@pytest.mark.usefixtures("root")
def test_when_nothing_fits_the_exit_code_says_so(run: Run) -> None:
    ran = run("search", "qqxxzzvvkk")
    assert (ran.code, ran.out.splitlines()[0][:12]) == (3, "Nothing fits")
    as_json = run("search", "--json", "qqxxzzvvkk")
    assert (as_json.code, as_json.json()["abstained"]) == (0, True)
    nowhere = run("search", "--path", "no-such-folder/", "date")
    assert (nowhere.code, nowhere.out) == (3, "Nothing fits.\n")


def test_a_file_of_queries_is_answered_line_by_line(run: Run, root: Path) -> None:
    queries = root.parent / "queries.jsonl"
    queries.write_text('{"id": "1", "query": "parse_date"}\nnonsense\n{"id": "3", "query": "FreeSpace"}\n')
    ran = run("search", "--json", "--limit", "1", "--queries", queries)
    first, error, third = (line for line in ran.out.splitlines())
    assert ran.code == 1
    assert '"id": "1"' in first
    assert '"name": "parse_date"' in first
    assert error.startswith('{"error": "This line is no JSON')
    assert '"name": "FreeSpace"' in third


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
@pytest.mark.usefixtures("root")
def test_a_file_of_queries_that_cannot_be_read_is_one_sentence(run: Run) -> None:
    ran = run("search", "--queries", "/proc/self/mem")
    assert ran.code == 1
    assert "mindgap: The file /proc/self/mem cannot be read (Input/output error). Check that" in ran.err
    assert not crash.folder().exists()


@pytest.mark.usefixtures("root")
def test_queries_come_from_standard_input_too(run: Run) -> None:
    ran = run("search", "--mode", "code", "--queries", "-", stdin='{"id": 1, "query": "date"}\n')
    assert (ran.code, ran.json()["id"], ran.json()["mode"]) == (0, 1, "code")


def test_a_query_beside_a_file_of_queries_is_wrong_usage(run: Run, root: Path) -> None:
    ran = run("search", "--queries", root / "src" / "dates.py", "date")
    assert ran.code == 2
    assert "not both" in ran.err


def test_the_deep_model_comes_from_the_environment(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def load(model: str, revision: str | None) -> None:
        asked.append((model, revision))
        raise OSError(os.strerror(2))

    monkeypatch.setattr("mindgap_indexer.workspace.load_deep", load)
    monkeypatch.setenv("MINDGAP_DEEP_MODEL", "some/model")
    run("index", "--root", root, "--deep")
    assert asked == [("some/model", None)]
