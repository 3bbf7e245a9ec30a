"""The `mindgap` command as a process of its own, with the model that is shipped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import pytest

from mindgap_indexer.languages import LANGUAGES
from tests.conftest import WriteTree

MINDGAP = (sys.executable, "-m", "mindgap_server.cli")
FILES = {
    "src/storage.py": (
        "def free_space(folder):\n"
        '    """How many bytes can still be written to the disk of a folder."""\n'
        "    return statvfs(folder).f_bavail\n"
        "\n\n"
        "def größe(datei):\n"
        '    """The size of a file in bytes."""\n'
        "    return datei.stat().st_size\n"
    ),
    "src/retry.py": (
        "def retry(call, times):\n"
        '    """Call again after a failure, waiting twice as long each time."""\n'
        "    for attempt in range(times):\n"
        "        if call():\n"
        "            return\n"
        "        sleep(2**attempt)\n"
    ),
    "web/cart.go": (
        "package web\n\n// Total adds up prices.\nfunc Total(prices []int) int {\n\treturn sum(prices)\n}\n"
    ),
    ".gitignore": "*.log\n",
    "debug.log": "noise\n",
}


def mindgap(
    *arguments: str | Path, stdin: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; what it writes into pipes never has escape codes."""
    ran = subprocess.run(
        [*MINDGAP, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **(environment or {})},
        timeout=60,
        check=False,
    )
    assert "\x1b" not in ran.stdout + ran.stderr
    return ran


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every path below the root with its time stamp and content."""
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in [root, *root.rglob("*")]
    }


@pytest.fixture
def root(write_tree: WriteTree) -> Path:
    return write_tree(FILES)


def test_from_an_unknown_folder_to_an_answer_and_back(root: Path, mindgap_home: Path) -> None:
    before = tree(root)
    found = mindgap("search", "--root", root, "--why", "how much room is left on the disk")
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith(f"{root.resolve() / 'src' / 'storage.py'}:1: function free_space")
    assert "Indexed 3 changed files." in found.stderr
    assert mindgap("clear", "--root", root, "--yes").returncode == 0
    assert [path for path in mindgap_home.rglob("*") if path.is_file()] == []
    assert tree(root) == before


def test_index_and_search_speak_json(root: Path) -> None:
    summary = json.loads(mindgap("index", "--root", root, "--json").stdout)
    assert summary["files"] == 3
    assert summary["peak_rss_mb"] > 0
    answer = json.loads(mindgap("search", "--root", root, "--json", "größe").stdout)
    assert answer["hits"][0]["qualname"] == "größe"
    assert (answer["hits"][0]["path"], answer["hits"][0]["start_line"]) == ("src/storage.py", 6)


def test_many_queries_are_answered_in_order_around_a_malformed_line(root: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(
        '{"id": "a", "query": "try again later with growing pauses"}\n'
        '{"id": "b", "query": \n'
        '{"id": "c", "query": "for each price\\n  total += price\\nreturn total", "mode": "pseudocode"}\n',
        encoding="utf-8",
    )
    ran = mindgap("search", "--root", root, "--json", "--limit", "1", "--queries", queries)
    first, malformed, third = map(json.loads, ran.stdout.splitlines())
    assert ran.returncode == 1
    assert (first["id"], first["hits"][0]["name"]) == ("a", "retry")
    assert malformed.keys() == {"error"}
    assert (third["id"], third["mode"], third["hits"][0]["name"]) == ("c", "pseudocode", "Total")


def test_each_answer_is_flushed_before_the_next_query_comes(root: Path) -> None:
    command = [*MINDGAP, "search", "--root", str(root), "--queries", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "query": "retry"}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(30) == 0


def test_pseudocode_comes_through_a_pipe_as_utf8_in_any_locale(root: Path) -> None:
    ran = mindgap(
        "search",
        "--root",
        root,
        "-",
        stdin="größe ← bytes der datei\nreturn größe\n",
        environment={"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert ran.returncode == 0, ran.stderr
    assert "function größe" in ran.stdout
    assert "Read as pseudocode" in ran.stderr


def test_filters_and_exit_codes(root: Path) -> None:
    only_go = json.loads(mindgap("search", "--root", root, "--json", "--lang", "go", "retry").stdout)
    assert {hit["language"] for hit in only_go["hits"]} == {"go"}
    assert mindgap("search", "--root", root, "--path", "docs/", "retry").returncode == 3
    assert mindgap("search", "--root", root, "???").returncode == 1
    assert mindgap("search", "--root", root / "missing", "retry").returncode == 2


def test_a_reader_that_stops_early_is_no_error_to_talk_about(root: Path) -> None:
    with subprocess.Popen(
        [*MINDGAP, "search", "--root", str(root), "--queries", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write('{"query": "retry"}\n')
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write('{"query": "retry"}\n' * 3)
        process.stdin.close()
        assert process.stderr.read() == "Indexed 3 changed files.\n"
        assert process.wait(30) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
def test_ctrl_c_keeps_what_is_done_and_the_next_run_continues(write_tree: WriteTree) -> None:
    count = 1024  # four batches
    body = "".join(f"def task_{n}(items):\n    return [item * {n} for item in items]\n\n\n" for n in range(4))
    root = write_tree({f"part{number}.py": body.replace("task", f"t{number}") for number in range(count)})
    for path in root.iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))  # old: the next run need not look at them again
    command = [*MINDGAP, "index", "--root", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Indexing 1,024 files …\n"
        assert process.stderr.readline().startswith("25 %")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.endswith(
        "mindgap: cancelled. What was indexed so far is kept; the next run continues there.\n"
    )
    summary = json.loads(mindgap("index", "--root", root, "--json").stdout)
    assert summary["files"] == count
    assert 0 < summary["files_changed"] < count


@pytest.mark.skipif(sys.platform == "win32", reason="written for the shell of POSIX")
@pytest.mark.parametrize(
    ("redirected", "code", "said"),
    [
        ("search - <&-", 1, "mindgap: Standard input is closed, so there is no query to read. Give it"),
        ("search --queries - <&-", 1, "mindgap: Standard input is closed, so there is no query to read."),
        ("clear <&-", 2, "needed where there is no terminal to ask on"),
        ("search retry >&-", 0, "Read as"),
        ("search --json retry 2>&- <&-", 0, ""),
        ("index >/dev/full", 1, "mindgap: Standard output cannot be written (No space left on device)."),
    ],
)
def test_streams_that_are_closed_or_full_are_no_bugs(
    root: Path, mindgap_home: Path, redirected: str, code: int, said: str
) -> None:
    if "/dev/full" in redirected and not Path("/dev/full").exists():
        pytest.skip("this system has no such device")
    mindgap("index", "--root", root)
    shell = [
        "sh",
        "-c",
        f'cd "$1" && exec "$0" -m mindgap_server.cli {redirected}',
        sys.executable,
        str(root),
    ]
    ran = subprocess.run(shell, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (ran.returncode, said in ran.stderr) == (code, True), ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (mindgap_home / "crashes").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="written for the shell of POSIX")
def test_what_is_started_without_streams_has_some() -> None:
    inner = "import os; print([os.fstat(number).st_rdev == os.stat(os.devnull).st_rdev for number in (0, 2)])"
    outer = (
        "import subprocess, sys; from mindgap_server.cli.terminal import mend_streams; mend_streams(); "
        f"subprocess.run([sys.executable, '-c', {inner!r}], check=True)"
    )
    shell = ["sh", "-c", 'exec "$0" -c "$1" <&- 2>&-', sys.executable, outer]
    assert subprocess.run(shell, stdout=subprocess.PIPE, text=True, check=True).stdout == "[True, True]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups of processes such as these")
@pytest.mark.parametrize("delay", [0.2, 2.0], ids=["while they start", "while they work"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_those_that_help_as_well_and_without_a_word(
    write_tree: WriteTree, name: str, delay: float
) -> None:
    number = signal.Signals[name]
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("whoever runs the tests ignores this signal, as nohup does, and so does what they start")
    body = "".join(
        f"def task_{n}(items):\n    return [item * {n} for item in items]\n\n\n" for n in range(1000)
    )
    root = write_tree({f"part{number}.py": body.replace("task", f"t{number}") for number in range(256)})
    command = [*MINDGAP, "index", "--root", str(root)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Indexing 256 files …\n"
        time.sleep(delay)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        ended = time.monotonic()
        rest = process.stderr.read()  # to the end: nobody has the pipe any more
        assert number == signal.SIGINT or time.monotonic() - ended < 2
        code = process.wait(30)
    cancelled = "mindgap: cancelled. What was indexed so far is kept; the next run continues there.\n"
    assert (code, rest) == ((130, cancelled) if number == signal.SIGINT else (-number, ""))


def test_doctor_finds_nothing_wrong(root: Path) -> None:
    ran = mindgap("doctor", "--root", root, "--json")
    report = json.loads(ran.stdout)
    assert [check for check in report["checks"] if check["outcome"] != "ok"] == []
    assert (ran.returncode, report["ok"]) == (0, True)
    grammars = next(check for check in report["checks"] if check["name"] == "grammars")
    assert grammars["detail"].startswith(f"{sum(1 for language in LANGUAGES if language.grammar)} grammars")


def test_the_installed_command_is_this_one() -> None:
    script = Path(sys.executable).with_name("mindgap.exe" if sys.platform == "win32" else "mindgap")
    ran = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"mindgap {metadata.version('mindgap')}\n"
