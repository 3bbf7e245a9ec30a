"""The workspace rules: what counts as source, judged the same by scan, judge and (for ignore files) git."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mindgap_indexer.errors import Cancelled, WorkspaceError
from mindgap_indexer.types import SkipReason, SourceFile
from mindgap_indexer.workspace_rules import HEAD_BYTES, WorkspaceRules, judge_content
from mindgap_indexer.workspace_rules.globs import translate
from mindgap_indexer.workspace_rules.ignore import Patterns

CODE = "def add(a, b):\n    return a + b\n"
CONTENT_REASONS = {SkipReason.BINARY, SkipReason.MINIFIED, SkipReason.GENERATED, SkipReason.EMPTY}
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs links, modes or names of POSIX")
quick = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def no_user_configuration(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, input=stdin.encode(), capture_output=True, check=False
    )
    # check-ignore answers 1 when nothing is ignored.
    assert done.returncode in {0, 1}, done.stderr.decode()
    return done.stdout.decode()


def paths(rules: WorkspaceRules) -> list[str]:
    return [file.path for file in rules.scan().files]


def admitted(root: Path, files: Mapping[str, str | bytes]) -> list[str]:
    return paths(WorkspaceRules(write(root, files)))


def assert_judge_agrees(rules: WorkspaceRules) -> None:
    """Judge every entry by itself and compare with one scan: same files, same reasons, same numbers."""
    scan = rules.scan()
    files = {file.path: file for file in scan.files}
    for judge in (rules, WorkspaceRules(rules.root, rules.max_file_bytes)):
        skipped: Counter[str] = Counter()
        seen: set[str] = set()
        for folder, folders, names in os.walk(rules.root):
            for name in [*folders]:
                path = Path(folder, name).relative_to(rules.root).as_posix()
                is_link = Path(folder, name).is_symlink()
                if reason := judge.judge(path) if is_link else judge.admits_folder(path):
                    assert isinstance(reason, SkipReason)
                    skipped[reason.value] += 1
                    folders.remove(name)
            for name in names:
                path = Path(folder, name).relative_to(rules.root).as_posix()
                verdict = judge.judge(path)
                if path in files:
                    seen.add(path)
                    content = judge.judge_content(path, Path(folder, name).read_bytes())
                    assert verdict == (content or files[path]), path
                    assert judge.admits_file(path) is None
                else:
                    assert isinstance(verdict, SkipReason), path
                    skipped[verdict.value] += 1
        assert seen == set(files)
        assert skipped == scan.skipped


# Workspaces


def test_a_scan_lists_source_files_by_path_with_size_time_and_language(tmp_path: Path) -> None:
    write(
        tmp_path, {"b.py": CODE, "a/z.go": "package a\n", "a.rs": "fn a() {}\n", "notes.txt": "x", "e.py": ""}
    )
    scan = WorkspaceRules(tmp_path).scan()
    assert [(file.path, file.language) for file in scan.files] == [
        ("a.rs", "rust"),
        ("a/z.go", "go"),
        ("b.py", "python"),
    ]
    status = (tmp_path / "b.py").stat()
    assert scan.files[2] == SourceFile("b.py", status.st_size, status.st_mtime_ns, "python")
    assert scan.skipped == {"language": 1, "empty": 1}
    assert set(scan.examples) == {("notes.txt", SkipReason.LANGUAGE), ("e.py", SkipReason.EMPTY)}


def test_examples_are_few_and_the_same_each_time(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path, {f"{number}.txt": "x" for number in range(9)}))
    assert rules.scan().examples == tuple((f"{number}.txt", SkipReason.LANGUAGE) for number in range(3))


@pytest.mark.parametrize("name", ["missing", "file.py"])
def test_a_root_must_be_a_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"file.py": CODE})
    with pytest.raises(WorkspaceError, match="not a folder"):
        WorkspaceRules(tmp_path / name)


def test_a_root_that_vanished_is_an_error_and_not_an_empty_workspace(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path / "root", {"a.py": CODE}).parent / "root")
    shutil.rmtree(tmp_path / "root")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        rules.scan()
    assert rules.judge("a.py") is None


@posix_only
def test_a_root_that_is_a_link_is_resolved(tmp_path: Path) -> None:
    write(tmp_path, {"real/a.py": CODE})
    (tmp_path / "link").symlink_to("real")
    rules = WorkspaceRules(tmp_path / "link")
    assert rules.root == Path(os.path.realpath(tmp_path)) / "real"
    assert paths(rules) == ["a.py"]


def test_a_scan_can_be_cancelled(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path, {f"{name}/a.py": CODE for name in "abc"}))
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        rules.scan(lambda: next(answers))


@posix_only
def test_files_without_extension_count_if_they_are_executable_scripts(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "bin/tool": "#!/usr/bin/env python3\nprint(1)\n",
            "bin/data": "#!/usr/bin/env python3\n",
            "bin/elf": b"\x7fELF\0",
            "bin/.hidden": "#!/bin/sh\n",
            "Makefile": "all:\n",
        },
    )
    for name in ("tool", "elf", ".hidden"):
        (tmp_path / "bin" / name).chmod(0o755)
    rules = WorkspaceRules(tmp_path)
    assert [(file.path, file.language) for file in rules.scan().files] == [
        ("Makefile", "make"),
        ("bin/tool", "python"),
    ]
    assert_judge_agrees(rules)


# Ignore files


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({".gitignore": "*.py"}, []),
        ({".gitignore": "# *.py\n\\#a.py"}, ["a.py", "sub/a.py", "sub/deep/a.py", "sub/deep/b.py"]),
        ({".gitignore": "/a.py"}, ["sub/a.py", "sub/deep/a.py", "sub/deep/b.py"]),
        ({".gitignore": "a.py\n!/sub/a.py"}, ["sub/a.py", "sub/deep/b.py"]),
        ({".gitignore": "deep/"}, ["a.py", "sub/a.py"]),
        ({".gitignore": "b.py/"}, ["a.py", "sub/a.py", "sub/deep/a.py", "sub/deep/b.py"]),
        ({".gitignore": "sub/deep/\n!sub/deep/b.py"}, ["a.py", "sub/a.py"]),
        ({".gitignore": "sub/**/b.py"}, ["a.py", "sub/a.py", "sub/deep/a.py"]),
        ({".gitignore": "*\n!*/\n!b.py"}, ["sub/deep/b.py"]),
        ({".gitignore": "a.py  \r\nb.py\\ \r\n"}, ["sub/deep/b.py"]),
        ({".gitignore": "\ufeffa.py"}, ["sub/deep/b.py"]),
        ({".gitignore": "*.py", "sub/.gitignore": "!a.py"}, ["sub/a.py", "sub/deep/a.py"]),
        ({".gitignore": "!a.py", "sub/deep/.gitignore": "*"}, ["a.py", "sub/a.py"]),
        ({".gitignore": "a.py", "sub/.gitignore": "!deep/"}, ["sub/deep/b.py"]),
        ({".gitignore": "[[:alpha:]].py"}, []),
        ({".gitignore": "[\\]a].py"}, ["sub/deep/b.py"]),
        ({".gitignore": "a\\\n[z-a\n[\n!\n/\nb.py"}, ["a.py", "sub/a.py", "sub/deep/a.py"]),
    ],
)
def test_gitignore(tmp_path: Path, files: dict[str, str], left: list[str]) -> None:
    tree = {"a.py": CODE, "sub/a.py": CODE, "sub/deep/a.py": CODE, "sub/deep/b.py": CODE}
    assert admitted(tmp_path, {**tree, **files}) == left


def test_stars_do_not_backtrack() -> None:
    hostile = ["*a" * 30 + "*b", "/**/a" * 30 + "/b", "[!b]*" * 30 + "b"]
    started = time.perf_counter()
    for name in ("a" * 250, "a/" * 120 + "a"):
        assert Patterns(hostile).verdict(name, name.rsplit("/", 1)[-1], False) is None
    assert time.perf_counter() - started < 2


def test_a_malformed_glob_matches_nothing() -> None:
    assert [translate(glob) for glob in ("a\\", "[", "[a", "[[:nothing:]]", "a//b")] == [None] * 5


LITERALS = ["a", "b", "c", ".py", "/", "/", "\\a", "\\*", "\\", " ", "\\ ", "#", "!", "-"]
WILDCARDS = ["*", "?", "**", "[ab]", "[!a]", "[^b-c]", "[]a]", "[a-]", "[[:alpha:]]", "[c-a]"]


@st.composite
def globs(draw: st.DrawFn) -> str:
    glob = "".join(draw(st.lists(st.sampled_from(LITERALS + WILDCARDS), min_size=1, max_size=5)))
    # Against its documentation, git lets `a**/b` match across folders; it is not followed in that.
    assume(not re.search(r"[^/*]\*\*+/", glob))
    return "!" * draw(st.sampled_from([0, 0, 1])) + glob + "/" * draw(st.sampled_from([0, 0, 1]))


NAMES = st.sampled_from(["a", "b", "ab", "a.py", "b.py", "ab.py", "-", "a b", "#a", "!b", "c]"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


def _ignored(patterns: Patterns, path: str) -> bool:
    parts = path.split("/")
    return any(
        patterns.verdict("/".join(parts[:depth]), parts[depth - 1], depth < len(parts))
        for depth in range(1, len(parts) + 1)
    )


@needs_git
@quick
@given(
    lines=st.lists(globs(), min_size=1, max_size=4),
    names=st.lists(PATHS, min_size=10, max_size=25, unique=True),
)
def test_patterns_match_what_git_matches(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], names: list[str]
) -> None:
    root = tmp_path_factory.getbasetemp() / "patterns"
    if not root.exists():
        root.mkdir()
        git(root, "init", "-q")
    (root / ".gitignore").write_text("\n".join(lines) + "\n")
    answer = git(root, "check-ignore", "--no-index", "-z", "--stdin", stdin="\0".join(names))
    assert {name for name in names if _ignored(Patterns(lines), name)} == set(answer.split("\0")[:-1])


IGNORE_LINES = st.lists(
    st.sampled_from(
        ["*", "!*/", "a", "!a", "/b", "b/", "!b/", "*.py", "!a.py", "a/*.py", "**/b", "a/**", "!c.py", "c*"]
    ),
    max_size=4,
).map("\n".join)
FOLDERS = st.lists(st.sampled_from("abc"), max_size=3).map(
    lambda parts: "".join(f"{part}/" for part in parts)
)
TREES = st.dictionaries(
    st.builds("{}{}".format, FOLDERS, st.sampled_from(["a.py", "b.py", "c.py", "d.go", "d.txt"])),
    st.just(CODE),
    min_size=1,
    max_size=14,
)
IGNORE_FILES = st.dictionaries(st.builds("{}.gitignore".format, FOLDERS), IGNORE_LINES, max_size=4)


@needs_git
@quick
@given(tree=TREES, ignores=IGNORE_FILES, exclude=IGNORE_LINES)
def test_trees_hold_what_git_would_add(tree: dict[str, str], ignores: dict[str, str], exclude: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {**tree, **ignores})
        git(root, "init", "-q")
        write(root, {".git/info/exclude": exclude})
        expected = git(root, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
        assert paths(WorkspaceRules(root)) == sorted(
            path for path in expected if path.endswith((".py", ".go"))
        )


SPECIAL: dict[str, str | bytes] = {
    "node_modules/x.js": CODE,
    "env/pyvenv.cfg": "",
    "env/lib/x.py": CODE,
    "vendor/modules.txt": "",
    "vendor/x.go": CODE,
    "target/x.rs": CODE,
    "Cargo.toml": "",
    ".venv/x.py": CODE,
    ".github/x.py": CODE,
    ".env.py": CODE,
    "x_pb2.py": CODE,
    "gen.py": "# Code generated by x. DO NOT EDIT.\n",
    "bin.py": b"\0",
    "big.py": "x = 1\n" * 400,
    "sub/.git": "gitdir: ../.git/worktrees/sub",
    "sub/x.py": CODE,
    ".git/worktrees/sub/commondir": "../..",
    "name": CODE,
}


@quick
@given(
    tree=TREES,
    ignores=IGNORE_FILES,
    own=st.dictionaries(st.builds("{}.mindgapignore".format, FOLDERS), IGNORE_LINES, max_size=2),
    special=st.sets(st.sampled_from(sorted(SPECIAL))),
    below=st.sampled_from(["", "a"]),
)
def test_judge_says_what_scan_says(
    tree: dict[str, str], ignores: dict[str, str], own: dict[str, str], special: set[str], below: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {**tree, **ignores, **own})
        write(root, {path: SPECIAL[path] for path in special})
        (root / below).mkdir(exist_ok=True)
        if sys.platform != "win32":
            (root / "link.py").symlink_to("a.py")
            (root / "link").symlink_to(".")
        assert_judge_agrees(WorkspaceRules(root / below, max_file_bytes=2_000))


def test_own_ignore_files_are_stronger_than_everything_else(tmp_path: Path) -> None:
    files = {
        ".gitignore": "generated/\nlocal.py\n",
        ".mindgapignore": "\n".join(
            [
                "!generated/",
                "!node_modules/",
                "!*_pb2.py",
                "!env/",
                "!.tools/",
                "second.py",
                "!.git/",
                "!.env.py",
            ]
        ),
        "generated/a.py": CODE,
        "node_modules/b.js": CODE,
        "c_pb2.py": "# Generated by the protocol buffer compiler.  DO NOT EDIT!\nx = 1\n",
        "env/pyvenv.cfg": "",
        "env/d.py": CODE,
        ".tools/e.py": CODE,
        ".git/f.py": CODE,
        ".env.py": CODE,
        "local.py": CODE,
        "second.py": CODE,
        "deep/.mindgapignore": "!second.py",
        "deep/second.py": CODE,
    }
    rules = WorkspaceRules(write(tmp_path, files))
    left = [".tools/e.py", "c_pb2.py", "deep/second.py", "env/d.py", "generated/a.py", "node_modules/b.js"]
    assert paths(rules) == left
    assert isinstance(rules.judge("c_pb2.py"), SourceFile)
    assert rules.judge(".env.py") is SkipReason.SECRET
    assert_judge_agrees(rules)


def test_extra_excludes_are_the_strongest(tmp_path: Path) -> None:
    write(tmp_path, {".mindgapignore": "!docs/\n", "docs/a.py": CODE, "src/b.py": CODE, "src/docs.py": CODE})
    assert paths(WorkspaceRules(tmp_path, extra_excludes=["/docs/", "b.py"])) == ["src/docs.py"]


def test_rules_above_the_root_count_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    files = {
        ".gitignore": "outside.py\n",
        "repo/.git/HEAD": "",
        "repo/.git/info/exclude": "excluded.py\n",
        "repo/.gitignore": "*.gen.py\n/src/anchored.py\n",
        "repo/.mindgapignore": "own.py\n",
        "repo/src/.gitignore": "!kept.gen.py\n",
        **{
            f"repo/src/{name}.py": CODE
            for name in ("a", "a.gen", "kept.gen", "anchored", "outside", "excluded", "own")
        },
    }
    write(tmp_path, files)
    assert paths(WorkspaceRules(tmp_path / "repo/src")) == ["a.py", "kept.gen.py", "outside.py"]


@pytest.mark.parametrize("rule", ["build/", "*", "/build/*", "build/**", "/build"])
def test_a_root_that_its_repository_ignores_is_indexed_all_the_same(tmp_path: Path, rule: str) -> None:
    write(
        tmp_path,
        {".git/HEAD": "", ".gitignore": f"{rule}\n", "build/src/a.py": CODE, "build/.gitignore": "b.py"},
    )
    write(tmp_path, {"build/src/b.py": CODE})
    assert paths(WorkspaceRules(tmp_path / "build")) == ["src/a.py"]
    # Nothing of the rules above is left then, not even those of the folder in between.
    assert paths(WorkspaceRules(tmp_path / "build/src")) == ["a.py", "b.py"]


def test_the_users_global_ignore_file_counts(tmp_path: Path, no_user_configuration: Path) -> None:
    write(no_user_configuration, {"config/git/ignore": "scratch.py\n"})
    assert admitted(tmp_path, {"scratch.py": CODE, "a.py": CODE}) == ["a.py"]


@posix_only
def test_the_users_global_ignore_file_may_be_a_link(tmp_path: Path, no_user_configuration: Path) -> None:
    write(no_user_configuration, {"dotfiles/ignore": "scratch.py\n", "config/git/config": ""})
    (no_user_configuration / "config/git/ignore").symlink_to("../../dotfiles/ignore")
    assert admitted(tmp_path, {"scratch.py": CODE, "a.py": CODE}) == ["a.py"]


@posix_only
def test_an_ignore_file_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, {"rules": "*.py", "root/a.py": CODE})
    (tmp_path / "root/.gitignore").symlink_to(tmp_path / "rules")
    assert paths(WorkspaceRules(tmp_path / "root")) == ["a.py"]


# Repositories in the workspace


@needs_git
def test_work_trees_are_indexed_once_and_submodules_once(tmp_path: Path) -> None:
    library = write(tmp_path / "library", {"lib.py": CODE, "out.py": CODE, ".gitignore": "ignored.py\n"})
    main = write(tmp_path / "main", {"a.py": CODE, ".gitignore": "out.py\n"})
    for folder in (library, main):
        git(folder, "init", "-q", "-b", "main")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "first")
    git(main, "submodule", "--quiet", "add", str(library), "deps/library")
    git(main, "commit", "-q", "-m", "second")
    git(main, "worktree", "add", "-q", "trees/feature")
    write(main, {"deps/library/ignored.py": CODE, ".git/modules/deps/library/info/exclude": "local.py\n"})
    write(main, {"deps/library/local.py": CODE, "deps/library/out.py": CODE})
    rules = WorkspaceRules(main)
    # The rules of the repository around end at the submodule: its own out.py stays.
    assert paths(rules) == ["a.py", "deps/library/lib.py", "deps/library/out.py"]
    assert ("trees/feature", SkipReason.NESTED) in rules.scan().examples
    assert rules.judge("trees/feature/a.py") is SkipReason.NESTED
    assert_judge_agrees(rules)
    # The work tree by itself is a workspace like any other, and its exclude file is that of the repository.
    write(main, {".git/info/exclude": "left_out.py\n", "trees/feature/left_out.py": CODE})
    tree = WorkspaceRules(main / "trees/feature")
    assert paths(tree) == ["a.py"]
    assert tree.git_folder() == Path(os.path.realpath(main)) / ".git/worktrees/feature"


@needs_git
def test_of_several_work_trees_beside_a_bare_repository_the_first_counts(tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"a.py": CODE})
    git(source, "init", "-q", "-b", "main")
    git(source, "add", "-A")
    git(source, "commit", "-q", "-m", "first")
    git(tmp_path, "clone", "-q", "--bare", "source", "all/store.git")
    git(tmp_path / "all/store.git", "worktree", "add", "-q", "../two", "-b", "two")
    git(tmp_path / "all/store.git", "worktree", "add", "-q", "../one", "-b", "one")
    rules = WorkspaceRules(tmp_path / "all")
    assert paths(rules) == ["one/a.py"]
    assert_judge_agrees(rules)


@pytest.mark.parametrize("outer", ["", ".git"])
def test_a_work_tree_is_left_out_where_the_root_or_a_neighbour_holds_its_repository(
    tmp_path: Path, outer: str
) -> None:
    """The root is a work tree itself, or the main work tree stands beside the linked one below the root."""
    store = tmp_path / ("store" if outer else "root/main/.git")
    for name in ("around", "tree"):
        write(
            store, {f"worktrees/{name}/commondir": "../..", f"worktrees/{name}/gitdir": f"{tmp_path}/x/.git"}
        )
    write(
        tmp_path,
        {"root/a.py": CODE, "root/tree/b.py": CODE, "root/tree/.git": f"gitdir: {store}/worktrees/tree"},
    )
    if outer:
        write(tmp_path, {"root/.git": f"gitdir: {store}/worktrees/around"})
    rules = WorkspaceRules(tmp_path / "root")
    assert paths(rules) == ["a.py"]
    assert rules.admits_folder("tree") is SkipReason.NESTED


def test_independent_repositories_in_the_workspace_keep_their_own_rules(tmp_path: Path) -> None:
    files = {
        ".gitignore": "local.py\n",
        "inner/.git/HEAD": "",
        "inner/.git/info/exclude": "/mine.py\n",
        "inner/.gitignore": "*.tmp.py\n",
        **{f"inner/{name}.py": CODE for name in ("local", "mine", "a.tmp", "b")},
        "inner/deep/mine.py": CODE,
    }
    assert admitted(tmp_path, files) == ["inner/b.py", "inner/deep/mine.py", "inner/local.py"]


# Built-in rules


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/x/a.js",
        "web/bower_components/a.js",
        "Pods/a.swift",
        "src/__pycache__/a.py",
        ".tox/py/a.py",
        ".mypy_cache/a.py",
        ".idea/a.py",
        "thing.egg-info/a.py",
        ".svn/a.py",
        "CVS/a.py",
    ],
)
def test_folders_of_dependencies_caches_and_tools_are_left_out(tmp_path: Path, path: str) -> None:
    rules = WorkspaceRules(write(tmp_path, {path: CODE, "a.py": CODE}))
    assert paths(rules) == ["a.py"]
    assert rules.scan().skipped == {"builtin": 1}


@pytest.mark.parametrize(
    ("evidence", "path"),
    [
        ("Cargo.toml", "target/a.rs"),
        ("pom.xml", "target/a.java"),
        ("build.gradle.kts", "build/a.java"),
        ("mix.exs", "deps/x/a.ex"),
        ("docs/conf.py", "docs/_build/a.js"),
        ("any/pyvenv.cfg", "any/lib/python3/site-packages/a.py"),
        ("cache/CACHEDIR.TAG", "cache/a.py"),
        ("out/CMakeCache.txt", "out/a.c"),
        ("vendor/modules.txt", "vendor/x/a.go"),
        ("vendor/autoload.php", "vendor/x/a.php"),
    ],
)
def test_output_and_dependencies_are_left_out_only_on_evidence(
    tmp_path: Path, evidence: str, path: str
) -> None:
    rules = WorkspaceRules(write(tmp_path, {path: CODE}))
    assert paths(rules) == [path]
    write(tmp_path, {evidence: "x"})
    assert path not in paths(rules)
    assert rules.judge(path) is SkipReason.BUILTIN


def test_what_only_looks_like_output_stays(tmp_path: Path) -> None:
    files = [
        "build/a.py",
        "dist/a.js",
        "out/a.ts",
        "target/a.rs",
        "vendor/a.go",
        "third_party/a.c",
        "site-packages/a.py",
        "types.d.ts",
        ".github/scripts/a.py",
        ".hidden.py",
        "cmake/CMakeLists.txt",
        "cmake/a.c",
        "modules/a.go",
    ]
    evidence = {"cmake/CMakeCache.txt": "x", "modules/modules.txt": "x"}
    rules = WorkspaceRules(write(tmp_path, {**dict.fromkeys(files, CODE), **evidence}))
    assert paths(rules) == sorted(files)


@pytest.mark.parametrize(
    "root", ["site-packages/django", "node_modules/left-pad", "env", ".hidden", "target"]
)
def test_the_root_itself_is_never_left_out(tmp_path: Path, root: str) -> None:
    write(tmp_path, {"Cargo.toml": "", f"{root}/a.py": CODE, f"{root}/pyvenv.cfg": ""})
    assert paths(WorkspaceRules(tmp_path / root)) == ["a.py"]


@pytest.mark.parametrize(
    "name",
    [
        ".env.py",
        ".env",
        "server.key",
        "Cert.PEM",
        "id_rsa",
        "credentials",
        ".npmrc",
        "prod.tfvars",
        "wp-config.php",
    ],
)
def test_secrets_are_left_out_whatever_else_says(tmp_path: Path, name: str) -> None:
    rules = WorkspaceRules(write(tmp_path, {name: CODE, ".mindgapignore": "!*\n"}))
    assert rules.judge(name) is SkipReason.SECRET
    assert "secret" in rules.scan().skipped
    with pytest.raises(WorkspaceError, match="secret"):
        rules.read(name)


def test_code_about_secrets_stays(tmp_path: Path) -> None:
    files = ["credentials.py", "environment.ts", "keys.go", "secrets.rb"]
    assert admitted(tmp_path, dict.fromkeys(files, CODE)) == files


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("package-lock.json", SkipReason.BUILTIN),
        (".terraform.lock.hcl", SkipReason.BUILTIN),
        ("jquery.min.js", SkipReason.MINIFIED),
        ("app.bundle.js", SkipReason.MINIFIED),
        ("user_pb2.py", SkipReason.GENERATED),
        ("user_pb2_grpc.py", SkipReason.GENERATED),
        ("user.pb.go", SkipReason.GENERATED),
        ("user.g.dart", SkipReason.GENERATED),
        ("Form.Designer.cs", SkipReason.GENERATED),
        ("api.generated.ts", SkipReason.GENERATED),
    ],
)
def test_files_that_nobody_wrote_are_left_out_by_name(tmp_path: Path, name: str, reason: SkipReason) -> None:
    rules = WorkspaceRules(write(tmp_path, {name: CODE}))
    assert rules.scan().skipped == {reason.value: 1}
    assert rules.judge(name) is reason


# Content


def test_size_is_limited(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path, {"fits.py": "#" * 100, "large.py": "#" * 101}), max_file_bytes=100)
    assert paths(rules) == ["fits.py"]
    assert rules.judge("large.py") is SkipReason.TOO_LARGE


MINIFIED = "!function(a,b){var c=a.d;if(c&&b){return c(b)}}(e,f);" * 60
TABLE = "TABLE = [\n" + "".join(f"    {list(range(row, row + 90))},\n" for row in range(40)) + "]\n"
BASE64 = f"ICON = '{'iVBORw0KGgoAAAANSUhEUgAA' * 40}'\n" + CODE * 40


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (CODE.encode(), None),
        (b"", SkipReason.EMPTY),
        (b" \n\t\r\n", SkipReason.EMPTY),
        (b"\x7fELF\x02\0\0", SkipReason.BINARY),
        (bytes(range(1, 256)) * 9, SkipReason.BINARY),
        (CODE.encode("utf-16"), SkipReason.BINARY),
        ("# Größe ändern\n".encode("latin-1") + CODE.encode(), None),
        ("# 関数を探す\n".encode("shift-jis") * 9, None),
        (b"\xef\xbb\xbf" + CODE.encode(), None),
        (MINIFIED.encode(), SkipReason.MINIFIED),
        (b"/*! license */\n" + MINIFIED.encode(), SkipReason.MINIFIED),
        (MINIFIED[:400].encode(), None),
        (TABLE.encode(), None),
        (BASE64.encode(), None),
        (b"x = '" + b"a" * 50_000 + b"'\n", SkipReason.MINIFIED),
        (b"// @generated by a tool\nint x;\n", SkipReason.GENERATED),
        (
            b"// Copyright\n\n// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n",
            SkipReason.GENERATED,
        ),
        (b"# This file was automatically generated from x.\n", SkipReason.GENERATED),
        (b'"""\n    Petstore\n\n    Do not edit the class manually.\n"""\n', SkipReason.GENERATED),
        (b"// <auto-generated />\nclass A {}\n", SkipReason.GENERATED),
        (b"# AUTOGENERATED\nx = 1\n", SkipReason.GENERATED),
        (b"# It's old. DO NOT EDIT\nx = 1\n", SkipReason.GENERATED),
        (b"# Tests of the autogenerated pages.\nx = 1\n", None),
        (b"# Users do not edit settings here.\nx = 1\n", None),
        (b'HEADER = "// Code generated by me. DO NOT EDIT."\n', None),
        (b'TEMPLATE = """\n# Code generated by me. DO NOT EDIT.\n"""\n', None),
        (CODE.encode() * 40 + b"# DO NOT EDIT\n", None),
    ],
)
def test_content(content: bytes, reason: SkipReason | None) -> None:
    assert judge_content(content) is reason


def test_only_the_head_of_a_file_is_judged() -> None:
    code = CODE.encode() * (HEAD_BYTES // len(CODE) + 1)
    assert judge_content(code + b"\0" * 9) is judge_content(code[:HEAD_BYTES]) is None


def test_text_that_is_not_on_disk_is_judged_like_a_file(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path, {".gitignore": "out/\n", "a.py": CODE}), max_file_bytes=40)
    assert isinstance(rules.judge_text("new/b.py", b"x = 1\n"), SourceFile)
    assert isinstance(rules.judge_text("tool", b"#!/usr/bin/env python3\nx = 1\n"), SourceFile)
    said = {
        "out/b.py": b"x = 1\n",
        "notes.txt": b"x = 1\n",
        "empty.py": b"",
        "large.py": b"x = 1\n" * 9,
    }
    assert [rules.judge_text(path, data) for path, data in said.items()] == [
        SkipReason.IGNORED,
        SkipReason.LANGUAGE,
        SkipReason.EMPTY,
        SkipReason.TOO_LARGE,
    ]


@pytest.mark.parametrize("line", ["build/", "/build", "build/*", "*"])
def test_a_root_that_is_ignored_from_above_is_indexed_all_the_same(tmp_path: Path, line: str) -> None:
    write(
        tmp_path,
        {".git/HEAD": "ref: x\n", ".gitignore": line + "\n", "build/a.py": CODE, "build/b/c.py": CODE},
    )
    assert paths(WorkspaceRules(tmp_path / "build")) == ["a.py", "b/c.py"]


def test_judge_looks_at_the_content_and_scan_does_not(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path, {"a.py": b"\0", "b.py": "# @generated\n", "c.py": "\n"}))
    assert paths(rules) == ["a.py", "b.py", "c.py"]
    assert [rules.judge(name) for name in paths(rules)] == [
        SkipReason.BINARY,
        SkipReason.GENERATED,
        SkipReason.EMPTY,
    ]


# Reading


def test_read_gives_the_bytes_of_an_admitted_file(tmp_path: Path) -> None:
    rules = WorkspaceRules(
        write(tmp_path, {"sub/a.py": b"x\r\n\xff", ".gitignore": "b.py", "b.py": CODE}), 10
    )
    assert rules.read("sub/a.py") == b"x\r\n\xff"
    with pytest.raises(WorkspaceError, match="ignored"):
        rules.read("b.py")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        rules.read("missing.py")
    write(tmp_path, {"sub/a.py": "x" * 11})
    with pytest.raises(WorkspaceError, match="more than 10 bytes"):
        rules.read("sub/a.py")


@pytest.mark.parametrize(
    "path", ["../b.py", "sub/../../b.py", "/b.py", "", ".", "sub//a.py", "./a.py", "a\0.py"]
)
def test_nothing_outside_the_root_is_judged_or_read(tmp_path: Path, path: str) -> None:
    write(tmp_path, {"b.py": CODE, "root/a.py": CODE, "root/sub/a.py": CODE})
    rules = WorkspaceRules(tmp_path / "root")
    assert rules.judge(path) is None
    with pytest.raises(WorkspaceError, match="no file below"):
        rules.read(path)
    assert path in {"", "."} or rules.admits_folder(path) is SkipReason.UNREADABLE


@posix_only
def test_links_are_never_followed(tmp_path: Path) -> None:
    write(tmp_path, {"outside/secret.py": CODE, "root/a.py": CODE, "root/sub/b.py": CODE})
    root = tmp_path / "root"
    for name, target in {
        "loop": ".",
        "sub/up": "..",
        "out": "../outside",
        "c.py": "a.py",
        "gone.py": "x",
    }.items():
        (root / name).symlink_to(target)
    rules = WorkspaceRules(root)
    assert paths(rules) == ["a.py", "sub/b.py"]
    assert rules.scan().skipped == {"symlink": 5}
    for path in ("c.py", "gone.py", "out/secret.py", "loop/a.py", "loop"):
        assert rules.judge(path) is SkipReason.SYMLINK
    assert rules.admits_folder("out") is SkipReason.SYMLINK
    for path in ("c.py", "out/secret.py", "loop/a.py"):
        with pytest.raises(WorkspaceError):
            rules.read(path)
    assert_judge_agrees(rules)


@posix_only
def test_a_folder_that_became_a_link_is_not_read_through(tmp_path: Path) -> None:
    write(tmp_path, {"outside/a.py": "secret", "root/sub/a.py": CODE})
    rules = WorkspaceRules(tmp_path / "root")
    assert paths(rules) == ["sub/a.py"]
    shutil.rmtree(tmp_path / "root/sub")
    (tmp_path / "root/sub").symlink_to(tmp_path / "outside")
    with pytest.raises(WorkspaceError, match="link"):
        rules.read("sub/a.py")


# Odd trees


@posix_only
def test_names_that_are_not_text_are_skipped(tmp_path: Path) -> None:
    for name in (b"bad\xff.py", b"bad\xfe"):
        target = os.path.join(os.fsencode(tmp_path), name)
        try:
            if name.endswith(b".py"):
                Path(os.fsdecode(target)).write_text(CODE)
            else:
                os.mkdir(target)
        except OSError:
            pytest.skip("the file system takes only UTF-8")
    rules = WorkspaceRules(write(tmp_path, {"a.py": CODE}))
    assert paths(rules) == ["a.py"]
    assert rules.scan().skipped == {"unreadable": 2}
    assert rules.judge(os.fsdecode(b"bad\xff.py")) is SkipReason.UNREADABLE


@posix_only
def test_odd_names_are_kept_as_they_are(tmp_path: Path) -> None:
    names = [
        "new\nline.py",
        " space .py",
        "tab\t.py",
        "[x].py",
        "*.py",
        "a\\b.py",
        'q".py',
        "über.py",
        "-rf.py",
    ]
    names.append(unicodedata.normalize("NFD", "ü.py"))
    rules = WorkspaceRules(
        write(tmp_path, {**dict.fromkeys(names, CODE), ".gitignore": "\\[x].py\nspace*\n"})
    )
    assert paths(rules) == sorted({*names} - {"[x].py"})
    assert_judge_agrees(rules)


@posix_only
def test_pipes_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    rules = WorkspaceRules(tmp_path)
    assert rules.scan().skipped == {}
    assert rules.judge("pipe.py") is None
    with pytest.raises(WorkspaceError, match="no regular file"):
        rules.read("pipe.py")


@posix_only
def test_very_deep_trees_need_no_recursion(tmp_path: Path) -> None:
    folders = [str(tmp_path)]
    for _ in range(sys.getrecursionlimit() + 20):
        folders.append(folders[-1] + "/d")
        os.mkdir(folders[-1])
    file = f"{folders[-1]}/a.py"
    with open(file, "w") as stream:
        stream.write(CODE)
    rules = WorkspaceRules(tmp_path)
    path = file[len(str(tmp_path)) + 1 :]
    assert paths(rules) == [path]
    assert isinstance(rules.judge(path), SourceFile)
    assert sum(1 for _ in rules.folders()) == len(folders)
    os.remove(file)
    for folder in reversed(folders):  # shutil.rmtree of Python 3.11 recurses
        os.rmdir(folder)


def _denied(function: Callable[..., object], name: str, error: type[OSError]) -> Callable[..., object]:
    def deny(path: object, *arguments: object, **options: object) -> object:
        if os.fspath(path).endswith(name):  # type: ignore[call-overload]
            raise error(1, "denied", path)
        return function(path, *arguments, **options)

    return deny


def test_what_cannot_be_read_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = WorkspaceRules(write(tmp_path, {"a.py": CODE, "locked/b.py": CODE, "mute.py": CODE}))
    monkeypatch.setattr(os, "scandir", _denied(os.scandir, "locked/", PermissionError))
    monkeypatch.setattr(os, "open", _denied(os.open, "mute.py", PermissionError))
    assert paths(rules) == ["a.py", "mute.py"]
    assert rules.scan().skipped == {"unreadable": 1}
    assert rules.admits_folder("locked") is SkipReason.UNREADABLE
    assert rules.judge("locked/b.py") is SkipReason.UNREADABLE
    assert rules.judge("mute.py") is SkipReason.UNREADABLE
    with pytest.raises(WorkspaceError, match="denied"):
        rules.read("mute.py")


def test_folders_that_vanish_during_a_scan_are_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = WorkspaceRules(write(tmp_path, {"a.py": CODE, "gone/b.py": CODE}))
    monkeypatch.setattr(os, "scandir", _denied(os.scandir, "gone/", FileNotFoundError))
    assert paths(rules) == ["a.py"]
    assert rules.scan().skipped == {}


def test_files_that_vanish_during_a_scan_are_no_error(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": CODE, "z/gone.py": CODE})
    rules = WorkspaceRules(tmp_path)
    polls = 0

    def cancelled() -> bool:
        nonlocal polls
        polls += 1
        if polls == 2:
            (tmp_path / "z/gone.py").unlink()
        return False

    assert [file.path for file in rules.scan(cancelled).files] == ["a.py"]


# Changes


def test_changed_ignore_files_count_after_a_refresh(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path, {"a.py": CODE, "sub/b.py": CODE, "node_modules/.gitignore": "x"}))
    assert isinstance(rules.judge("sub/b.py"), SourceFile)
    write(tmp_path, {"sub/.gitignore": "b.py"})
    assert rules.changed_rules("sub/.gitignore")
    rules.refresh()
    assert rules.judge("sub/b.py") is SkipReason.IGNORED
    assert rules.changed_rules(".mindgapignore")
    assert rules.changed_rules(".git/info/exclude")
    assert not rules.changed_rules("node_modules/.gitignore")
    assert not rules.changed_rules("a.py")


def test_evidence_that_comes_or_goes_changes_the_rules_but_its_content_does_not(tmp_path: Path) -> None:
    rules = WorkspaceRules(
        write(tmp_path, {"env/a.py": CODE, "Cargo.toml": "x", "node_modules/package.json": ""})
    )
    assert paths(rules) == ["env/a.py"]
    assert not rules.changed_rules("Cargo.toml")
    assert not rules.changed_rules("node_modules/package.json")
    write(tmp_path, {"env/pyvenv.cfg": ""})
    assert rules.changed_rules("env/pyvenv.cfg")
    rules.refresh()
    assert rules.admits_folder("env") is SkipReason.BUILTIN
    assert not rules.changed_rules("env/pyvenv.cfg")
    (tmp_path / "env/pyvenv.cfg").unlink()
    assert rules.changed_rules("env/pyvenv.cfg")


def test_a_replaced_folder_is_judged_anew_once_forgotten(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path, {"a/.gitignore": "b.py", "a/sub/b.py": CODE}))
    assert rules.judge("a/sub/b.py") is SkipReason.IGNORED
    shutil.rmtree(tmp_path / "a")
    write(tmp_path, {"a/sub/b.py": CODE})
    rules.forget("a")
    assert isinstance(rules.judge("a/sub/b.py"), SourceFile)


def test_what_is_gone_is_judged_by_its_path(tmp_path: Path) -> None:
    rules = WorkspaceRules(write(tmp_path, {".gitignore": "*.log\nlogs/\n"}))
    assert rules.admits_file("gone/a.py") is None
    assert rules.admits_file("gone/script") is None
    assert rules.admits_folder("gone/deep") is None
    assert rules.admits_file("a.txt") is SkipReason.LANGUAGE
    assert rules.admits_file("logs/a.py") is SkipReason.IGNORED
    assert rules.admits_folder("x/logs") is SkipReason.IGNORED
    assert rules.admits_folder("x/node_modules/deep") is SkipReason.BUILTIN
    assert rules.judge("gone/a.py") is None
    assert rules.judge("gone") is None


def test_folders_lists_what_counts_and_sees_what_appears_while_it_lists(tmp_path: Path) -> None:
    files = {
        "a/x.py": CODE,
        "b/c/x.py": CODE,
        "node_modules/x/y.js": CODE,
        "out/x.py": CODE,
        ".gitignore": "out/",
    }
    rules = WorkspaceRules(write(tmp_path, files))
    assert sorted(rules.folders()) == ["", "a", "b", "b/c"]
    assert list(rules.folders("b")) == ["b", "b/c"]
    assert (
        list(rules.folders("node_modules"))
        == list(rules.folders("missing"))
        == list(rules.folders(".."))
        == []
    )
    listing = rules.folders("a")
    assert next(listing) == "a"
    (tmp_path / "a/late").mkdir()
    assert list(listing) == ["a/late"]


def test_case_is_ignored_where_the_file_system_ignores_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {".gitignore": "Build/\n*.TMP.py\nÄ.py\n", "build/a.py": CODE, "b.tmp.py": CODE, "Src/c.py": CODE}
    write(tmp_path, files)
    write(tmp_path, {unicodedata.normalize("NFD", "ä.py"): CODE})
    monkeypatch.setattr("mindgap_indexer.workspace_rules.folders._ignores_case", lambda folder: True)  # pyright: ignore
    assert paths(WorkspaceRules(tmp_path)) == ["Src/c.py"]


def test_modes_of_files_do_not_matter_for_known_extensions(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": CODE})
    (tmp_path / "a.py").chmod(stat.S_IRUSR)
    assert paths(WorkspaceRules(tmp_path)) == ["a.py"]
