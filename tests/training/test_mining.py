from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.types import Unit
from mindgap_training.commands.mine import Options, mine, run_mining
from mindgap_training.corpora import read_pairs, write_pairs
from mindgap_training.errors import ManifestError, PackageError, TrainingDataError
from mindgap_training.mining import Package, Registry, mine_files, mine_folder, mine_package, read_manifest
from mindgap_training.mining.archives import Limits, read_archive
from mindgap_training.mining.clean import CleaningRules, Reason, clean_doc
from mindgap_training.mining.fetch import Fetched, client_command, fetch, file_sha256, run_client
from mindgap_training.mining.licences import is_permissive
from mindgap_training.mining.mine import code_without_doc
from mindgap_training.mining.select import MOST_ALIKE, select
from tests.conftest import WriteTree

PYTHON = b'''
def add_all(rows):
    """Adds up the numbers of all rows.

    :param rows: what to add
    """
    total = 0
    for row in rows:
        total += row
    return total


def bare(x):
    return compute(x, 2)
'''
GO = b"""package p

// ReadAll reads from r until it ends.
func ReadAll(r Reader) string {
	for r.Next() { buffer.Write(r.Text()) }
	return buffer.String()
}
"""
JAVASCRIPT = b"""/**
 * Finds the first {@link Node} that matches.
 * @param {Function} test
 */
function findFirst(nodes, test) {
  for (const node of nodes) if (test(node)) return node;
}
"""
FILES = {"lib/sums.py": PYTHON, "lib/read.go": GO, "lib/find.js": JAVASCRIPT}


def make_wheel(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def make_tarball(path: Path, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def write_manifest(folder: Path, text: str) -> Path:
    path = folder / "packages.toml"
    path.write_text(text, "utf-8")
    return path


def make_unit(doc: str, name: str = "sort_rows", body: str = "return sorted(rows)") -> Unit:
    source = f"def {name}(rows):\n    {body}\n".encode()
    (unit,) = parse_source(source, by_name("python"), "m").units
    return unit._replace(doc=doc)


class FakeClient:
    """Stands for pip, npm and apt-get: leaves a wheel, a tarball or nothing in the folder."""

    def __init__(self, files: Mapping[str, bytes] = FILES, fails: Sequence[str] = ()) -> None:
        self.commands: list[Sequence[str]] = []
        self._files, self._fails = files, fails

    def __call__(self, command: Sequence[str], folder: Path) -> None:
        self.commands.append(command)
        if any(name in command[-1] for name in self._fails):
            raise PackageError(f"{command[-1]} is not there. Check the name.")
        if command[0] == "npm":
            make_tarball(folder / "p-1.tgz", {f"package/{name}": data for name, data in self._files.items()})
        else:
            make_wheel(folder / "p-1-py3-none-any.whl", self._files)


def test_a_manifest_names_packages(tmp_path: Path) -> None:
    path = write_manifest(
        tmp_path,
        '[[package]]\nregistry = "pypi"\nname = "flask"\nversion = "3.1.0"\nlicence = "BSD-3-Clause"\n'
        '[[package]]\nregistry = "npm"\nname = "@scope/it"\nlicence = "MIT"\nfolder = "src"\n',
    )
    flask, scoped = read_manifest(path).packages
    assert flask == Package(Registry.PYPI, "flask", "BSD-3-Clause", "3.1.0")
    assert (scoped.label, scoped.folder, scoped.version) == ("npm:@scope/it", "src", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no package"),
        ("package = 3", "names no package"),
        ("[[package", "is no TOML"),
        ('[[package]]\nregistry = "pypi"\nname = "x"', "package 1: 'licence' is missing"),
        (
            '[[package]]\nregistry = "cpan"\nname = "x"\nlicence = "MIT"',
            "'cpan' is unknown. Choose one of: pypi",
        ),
        ('[[package]]\nregistry = "pypi"\nname = "-x"\nlicence = "MIT"', "'-x' is no name"),
        ('[[package]]\nregistry = "npm"\nname = "../x"\nlicence = "MIT"', "is no name"),
        ('[[package]]\nregistry = "npm"\nname = "x"\nlicence = "MIT"\nversion = "1 --x"', "is no version"),
        ('[[package]]\nregistry = "npm"\nname = "x"\nlicence = "MIT"\nfolder = "../y"', "is no folder"),
        ('[[package]]\nregistry = "npm"\nname = "x"\nlicense = "MIT"', "the key 'license' is unknown"),
        ('[[package]]\nregistry = "npm"\nname = "x"\nlicence = 3', "value of 'licence' is no text"),
        ('[[package]]\nregistry = "npm"\nname = "x"\nlicence = "GPL-3.0-only"', "not among the permissive"),
        ('[[package]]\nregistry = "npm"\nname = "x"\nlicence = "MIT"\nsplit = "test"', "is no split"),
        (
            '[[package]]\nregistry = "npm"\nname = "x"\nlicence = "MIT"\nlanguages = ["klingon"]',
            "language 'klingon' is unknown",
        ),
        (
            '[[package]]\nregistry = "npm"\nname = "x"\nlicence = "MIT"\nlanguages = "go"',
            "value of 'languages' is no list",
        ),
        (
            'excluded = ["X"]\n[[package]]\nregistry = "npm"\nname = "x"\nlicence = "MIT"',
            "package 1: 'x' is excluded",
        ),
    ],
)
def test_a_wrong_manifest_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        read_manifest(write_manifest(tmp_path, text))
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path / "nowhere.toml")


def test_the_manifest_that_ships_is_sound() -> None:
    manifest = read_manifest(Path(__file__).parents[2] / "training" / "corpora.toml")
    assert all(package.version and package.sha256 for package in manifest.packages)
    assert len({(package.label, package.folder) for package in manifest.packages}) == len(manifest.packages)
    measured = {"flask", "sympy", "django", "networkx", "zod", "ziglang", "golang-github-go-chi-chi-dev"}
    assert measured <= manifest.excluded


def test_a_manifest_names_what_stays_out(tmp_path: Path) -> None:
    path = write_manifest(
        tmp_path,
        'excluded = ["Flask"]\nexcluded_folders = ["spf13/cobra"]\n'
        '[[package]]\nregistry = "npm"\nname = "x"\nlicence = "MIT"\nsplit = "heldout"\n'
        'languages = ["go", "rust"]\n',
    )
    manifest = read_manifest(path)
    assert (manifest.excluded, manifest.excluded_folders) == (frozenset({"flask"}), ("spf13/cobra",))
    assert (manifest.packages[0].split, manifest.packages[0].languages) == ("heldout", ("go", "rust"))


@pytest.mark.parametrize(
    ("expression", "permissive"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND 0BSD AND MIT", True),
        ("GPL-2.0-or-later OR MIT", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("MIT AND LGPL-2.1-only", False),
        ("GPL-3.0-only", False),
        ("", False),
    ],
)
def test_only_permissive_licences_are_mined(expression: str, permissive: bool) -> None:
    assert is_permissive(expression) is permissive


def test_clients_download_and_run_nothing() -> None:
    def command(registry: Registry) -> str:
        return " ".join(client_command(Package(registry, "p", "MIT", "1.0")))

    assert "pip download --no-deps --only-binary=:all:" in command(Registry.PYPI)
    assert command(Registry.PYPI).endswith(" p==1.0")
    assert command(Registry.NPM) == "npm pack --ignore-scripts --silent p@1.0"
    assert command(Registry.DEBIAN) == "apt-get download --quiet p=1.0"
    assert "source --quiet --download-only" in command(Registry.DEBIAN_SOURCE)


def test_a_version_is_fetched_once(tmp_path: Path) -> None:
    client, package = FakeClient(), Package(Registry.PYPI, "p", "MIT", "1.0")
    first = fetch(package, tmp_path, client)
    assert fetch(package, tmp_path, client) == first
    assert first.sha256 == file_sha256(first.archive)
    assert len(client.commands) == 1
    newest = Package(Registry.PYPI, "p", "MIT")
    fetch(newest, tmp_path, client)
    fetch(newest, tmp_path, client)
    assert len(client.commands) == 3


def test_what_cannot_be_fetched_leaves_nothing(tmp_path: Path) -> None:
    package = Package(Registry.NPM, "p", "MIT", "1.0")
    with pytest.raises(PackageError, match="is not there"):
        fetch(package, tmp_path, FakeClient(fails=["p@"]))
    assert list((tmp_path / "npm").iterdir()) == []
    with pytest.raises(PackageError, match="no archive that can be read"):
        fetch(package, tmp_path, lambda command, folder: None)


def test_patches_alone_are_no_source(tmp_path: Path) -> None:
    package = Package(Registry.DEBIAN_SOURCE, "p", "MIT", "1.0-1")

    def leave(*names: str) -> Callable[[Sequence[str], Path], None]:
        def client(command: Sequence[str], folder: Path) -> None:
            for name in names:
                make_tarball(folder / name, FILES)

        return client

    with pytest.raises(PackageError, match="no archive that can be read"):
        fetch(package, tmp_path, leave("p_1.0-1.debian.tar.xz"))
    archive = fetch(package, tmp_path, leave("p_1.0-1.debian.tar.xz", "p_1.0.orig.tar.gz")).archive
    assert archive.name == "p_1.0.orig.tar.gz"


def test_another_archive_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    wrong = Package(Registry.NPM, "p", "MIT", "1.0", sha256="0" * 64)
    with pytest.raises(PackageError, match="not the one in the manifest"):
        fetch(wrong, tmp_path, FakeClient())


def test_a_failing_client_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="no-such-client is not there"):
        run_client(["no-such-client"], tmp_path)
    with pytest.raises(PackageError, match=r"failed: .*No such file"):
        run_client(["ls", str(tmp_path / "nowhere")], tmp_path)


@pytest.mark.parametrize(("make", "name"), [(make_wheel, "a.whl"), (make_tarball, "a.tgz")])
def test_no_path_leads_out_of_an_archive(
    tmp_path: Path, make: Callable[[Path, Mapping[str, bytes]], Path], name: str
) -> None:
    files = {
        "../evil.py": b"x",
        "/etc/evil.py": b"x",
        "a/../../evil.py": b"x",
        "./ok/a.py": b"y",
        "big.py": b"z" * 99,
    }
    archive = make(tmp_path / name, files)
    limits = Limits(file_bytes=50)
    assert list(read_archive(archive, lambda path: True, limits)) == [("ok/a.py", b"y")]


def test_links_are_left_out(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo("link.py")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    assert list(read_archive(tmp_path / "a.tgz", lambda path: True)) == []


@pytest.mark.parametrize("limits", [Limits(files=2), Limits(total_bytes=100)])
def test_an_endless_archive_is_given_up(tmp_path: Path, limits: Limits) -> None:
    archive = make_wheel(tmp_path / "a.whl", {f"{i}.py": b"x" * 50 for i in range(5)})
    with pytest.raises(PackageError, match="Take it out of the manifest"):
        list(read_archive(archive, lambda path: True, limits))


@pytest.mark.parametrize("name", ["a.whl", "a.tgz"])
def test_a_damaged_archive_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no archive")
    with pytest.raises(PackageError, match=r"a\.\w+ is damaged"):
        list(read_archive(tmp_path / name, lambda path: True))


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_debian_packages_are_read(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.c>\nDescription: d\n"
    )
    (tree / "usr/share").mkdir(parents=True)
    (tree / "usr/share/read.go").write_bytes(GO)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(tmp_path / "p.deb")],
        check=True,
        capture_output=True,
    )
    found = list(read_archive(tmp_path / "p.deb", lambda path: path.endswith(".go")))
    assert found == [("usr/share/read.go", GO)]
    (tmp_path / "p.deb").write_bytes(b"no package")
    with pytest.raises(PackageError, match="damaged"):
        list(read_archive(tmp_path / "p.deb", lambda path: True))


@pytest.mark.parametrize(
    ("doc", "name", "query"),
    [
        ("Sorts the rows by key.\n\nMore about it.", "f", "Sorts the rows by key."),
        ("SortRows sorts the rows.", "SortRows", "sorts the rows."),
        ("`sort_rows` sorts the rows", "sort_rows", "sorts the rows"),
        ("sort the rows by key", "sort", "sort the rows by key"),
        ("Sorts the rows.\n@param rows what to sort", "f", "Sorts the rows."),
        ("Sorts the rows\n:param rows: what to sort", "f", "Sorts the rows"),
        ("Sorts the rows\n\nArgs:\n    rows: what to sort", "f", "Sorts the rows"),
        ("@brief Sorts the rows.", "f", "Sorts the rows."),
        ("Public: Sorts the rows.", "f", "Sorts the rows."),
        (
            "Sorts <b>all</b> :class:`~a.b.Row` rows of [the table](http://x.y)",
            "f",
            "Sorts all Row rows of the table",
        ),
        ("Sorts ``rows`` **stably** &amp; fast, see +Row+", "f", "Sorts rows stably & fast, see Row"),
        ("Sorts. Done by comparing keys.", "f", "Sorts. Done by comparing keys."),
        ("Compares rows, i.e. their keys.", "f", "Compares rows, that is their keys."),
        ("Overlap of two ranges\n  (1..5) # => true", "f", "Overlap of two ranges"),
    ],
)
def test_docs_become_questions(doc: str, name: str, query: str) -> None:
    assert clean_doc(doc, make_unit(doc, name), CleaningRules()) == query


@pytest.mark.parametrize(
    ("doc", "reason"),
    [
        ("", Reason.NO_DOC),
        ("Sorts.", Reason.SHORT_DOC),
        ("@return the sorted rows of it", Reason.SHORT_DOC),
        ("word " * 80, Reason.LONG_DOC),
        ("TODO: sort the rows by key", Reason.BOILERPLATE),
        ("Copyright 2020 by the authors of it", Reason.BOILERPLATE),
        ("See the documentation of the other one.", Reason.BOILERPLATE),
        ("rows: The rows to be sorted here", Reason.BOILERPLATE),
        ("total = sum(rows); if (total) return f(x);", Reason.CODE_IN_DOC),
        ("Sortiert die Zeilen nach dem Wert und ist nicht stabil", Reason.FOREIGN),
        ("Сортирует строки по ключу таблицы", Reason.FOREIGN),
        ("Sort the rows.", Reason.ONLY_NAME),
        ("Sorts the rows by the value of", Reason.TORN),
    ],
)
def test_docs_that_nobody_would_ask_are_dropped(doc: str, reason: Reason) -> None:
    assert clean_doc(doc, make_unit(doc), CleaningRules()) is reason


def unit_of(source: bytes, language: str, name: str) -> Unit:
    return next(unit for unit in parse_source(source, by_name(language), "m").units if unit.name == name)


@pytest.mark.parametrize(
    "source",
    [
        PYTHON,
        b'def add_all(rows):\n    "Adds up the rows."\n    total = 0\n    return total\n',
        b"class A:\n    def add_all(self, rows):\n        '''Adds up.\n\n        r'''\n        total = 0\n",
        b'def add_all(rows, sign=""" """):\n    r"""Adds up the rows."""\n    total = 0\n    return total\n',
        b'def add_all(rows):\n    """Adds up."""\n    def inner():\n        pass\n' + b"    total = 0\n" * 70,
    ],
)
def test_the_code_of_a_pair_is_without_its_doc(source: bytes) -> None:
    code = code_without_doc(source, unit_of(source, "python", "add_all"))
    assert code.startswith("def add_all(")
    assert "Adds up" not in code
    assert "total = 0" in code
    assert "\n\n" not in code
    assert "\n    total" in code


def test_a_comment_above_is_no_docstring() -> None:
    source = b"# Adds up the rows.\ndef add_all(rows):\n    return compute(rows)\n"
    unit = unit_of(source, "python", "add_all")
    assert unit.doc
    assert code_without_doc(source, unit) == "def add_all(rows):\n    return compute(rows)"


def test_pairs_of_several_languages() -> None:
    mined = mine_files(FILES.items(), "pypi:p")
    assert [(pair.language, pair.query) for pair in mined.pairs] == [
        ("javascript", "Finds the first Node that matches."),
        ("go", "reads from r until it ends."),
        ("python", "Adds up the numbers of all rows."),
    ]
    assert {pair.group for pair in mined.pairs} == {pair.source for pair in mined.pairs} == {"pypi:p"}
    assert mined.pairs[2].id == "pypi:p/lib/sums.py:2"
    assert (mined.files, mined.functions, mined.rejected[Reason.NO_DOC]) == (3, 4, 1)


def test_a_pair_knows_its_unit() -> None:
    (go,) = (pair for pair in mine_files(FILES.items(), "pypi:p").pairs if pair.language == "go")
    assert (go.kind, go.name, go.qualname, go.path) == ("function", "ReadAll", "ReadAll", "read.go")
    assert (go.package, go.signature) == ("p", "func ReadAll(r Reader) string")
    assert go.doc == "ReadAll reads from r until it ends."
    assert go.body.startswith("{")
    assert "ReadAll reads" not in go.code


def test_what_a_pair_knows_is_written_and_read(tmp_path: Path) -> None:
    pairs = mine_files(FILES.items(), "pypi:p").pairs
    assert write_pairs(tmp_path / "pairs.jsonl.gz", pairs) == 3
    assert read_pairs(tmp_path / "pairs.jsonl.gz") == pairs


def test_a_class_is_told_by_the_heads_of_its_members() -> None:
    source = b"""
/** Keeps the rows that were changed. */
class Changes {
  /** Adds a row that was changed. */
  add(row) { this.rows.push(row); this.count += 1; return this; }
  clear() { this.rows = []; }
}
"""
    mined = mine_files([("a.js", source)], "p")
    by_kind = {pair.kind: pair for pair in mined.pairs}
    assert by_kind["class"].query == "Keeps the rows that were changed."
    assert "add(row)" in by_kind["class"].code
    assert "this.count" not in by_kind["class"].code
    assert "this.count" in by_kind["method"].code


def test_headers_document_what_is_defined_elsewhere() -> None:
    header = b"/** Sorts the rows by their key. */\nvoid rows_sort(struct rows *rows);\n"
    twice = b"/** Counts all of the rows. */\nint n(void);\n/** Names the first of them. */\nint n(int);\n"
    code = b"""
void rows_sort(struct rows *rows)
{
    qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
}
int n(void) { return count_all_of(first_row, last_row); }
"""
    mined = mine_files([("a.c", code), ("a.h", header + twice)], "p")
    assert [(pair.name, pair.query) for pair in mined.pairs] == [
        ("rows_sort", "Sorts the rows by their key.")
    ]
    assert mined.pairs[0].code.startswith("void rows_sort(struct rows *rows)\n{")
    assert [pair.name for pair in mined.undocumented] == ["n"]


def test_undocumented_functions_are_kept_apart() -> None:
    mined = mine_files(FILES.items(), "pypi:p")
    assert [(pair.name, pair.query) for pair in mined.undocumented] == [("bare", "bare")]


def test_files_without_comments_are_not_parsed() -> None:
    bare = b"def f(x):\n    return compute(x, 2) + compute(x, 3) + compute(x, 4)\n" * 25
    licence = b"# Copyright by the authors.\n# All rights reserved.\n" + bare
    assert mine_files([("a.py", bare), ("b.py", licence)], "p").functions == 0
    assert mine_files([("a.py", b"# Computes the sum of x.\n" + bare)], "p").functions == 25


def test_of_accessors_a_share_is_taken() -> None:
    functions = b"".join(
        b'def get_%d(self):\n    """Returns the row number %d."""\n    return self.row_%d\n' % (i, i, i)
        for i in range(100)
    )
    mined = mine_files([("a.py", functions)], "p")
    assert 5 < len(mined.pairs) < 40
    assert mined.rejected[Reason.TRIVIAL] == 100 - len(mined.pairs)
    assert len(mine_files([("a.py", functions)], "p", CleaningRules(trivial_share=1)).pairs) == 100


def test_overloads_give_one_pair() -> None:
    overloads = b"".join(
        b"/** Adds up all the numbers. */\nfun sum(x: List<%s>): %s { return add_up(x, zero, %d) }\n"
        % (kind, kind, i)
        for i, kind in enumerate((b"Int", b"Long", b"Float", b"Double", b"Short"))
    )
    assert len(mine_files([("a.kt", overloads)], "p").pairs) == 1


def test_xml_parameters_are_no_question() -> None:
    source = b"""
class Matrix {
    /// <summary>Subtracts one matrix from another</summary>
    /// <param name="left">The matrix that is larger</param>
    static Matrix Subtract(Matrix left, Matrix right) { return Compute(left, right, Minus); }
}
"""
    assert [pair.query for pair in mine_files([("a.cs", source)], "p").pairs] == [
        "Subtracts one matrix from another"
    ]


def test_what_is_said_of_many_functions_is_dropped() -> None:
    functions = b"".join(
        b'def f%d(x):\n    """Does what all of them do."""\n    return compute(x, %d)\n' % (i, i)
        for i in range(5)
    )
    assert mine_files([("a.py", functions)], "p").pairs == []
    assert len(mine_files([("a.py", functions)], "p", CleaningRules(most_alike=5)).pairs) == 5


def test_of_a_large_package_a_sample_is_taken() -> None:
    functions = b"".join(
        b'def f%d(x):\n    """Computes the value number %d of it."""\n    return compute(x, %d)\n' % (i, i, i)
        for i in range(50)
    )
    whole = mine_files([("a.py", functions)], "p").pairs
    sample = mine_files([("a.py", functions)], "p", limit=10).pairs
    assert len(sample) == 10
    assert sample == [pair for pair in whole if pair in sample] != whole[:10]


def test_archives_give_no_tests_and_no_bundles(tmp_path: Path) -> None:
    files = {
        **FILES,
        "tests/sums.py": PYTHON.replace(b"numbers", b"digits"),
        "lib/sums_test.go": GO,
        "node_modules/x/find.js": JAVASCRIPT,
        "lib/find.min.js": JAVASCRIPT,
        "data/notes.txt": b"text",
    }
    wheel = make_wheel(tmp_path / "p.whl", files)
    fetched = Fetched(wheel, "")
    assert mine_package(Package(Registry.PYPI, "p", "MIT"), fetched).files == 3
    assert mine_package(Package(Registry.PYPI, "p", "MIT", folder="data"), fetched).files == 0
    assert mine_package(Package(Registry.PYPI, "p", "MIT", folder="lib"), fetched).files == 3


def test_excluded_folders_and_languages_stay_out(tmp_path: Path) -> None:
    files = {"lib/Vendor/flask/sums.py": PYTHON, "lib/read.go": GO, "lib/find.js": JAVASCRIPT}
    fetched = Fetched(make_wheel(tmp_path / "p.whl", files), "")
    package = Package(Registry.PYPI, "p", "MIT", languages=("python", "go"))
    languages = {pair.language for pair in mine_package(package, fetched).pairs}
    assert languages == {"python", "go"}
    excluded = mine_package(package, fetched, excluded_folders=["vendor/flask"])
    assert {pair.language for pair in excluded.pairs} == {"go"}


def test_a_source_tree_is_mined_by_the_rules_of_the_index(write_tree: WriteTree) -> None:
    root = write_tree(
        {**FILES, ".gitignore": "*.go\n", "tests/t.py": PYTHON, "node_modules/a.js": JAVASCRIPT}
    )
    mined = mine_folder(root)
    assert sorted(pair.language for pair in mined.pairs) == ["javascript", "python"]


def test_mining_writes_pairs_and_where_they_are_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = write_manifest(
        tmp_path,
        "".join(
            f'[[package]]\nregistry = "{registry}"\nname = "{name}"\nversion = "1"\nlicence = "MIT"\n'
            for registry, name in [("pypi", "first"), ("npm", "copy"), ("pypi", "gone")]
        ),
    )
    out = tmp_path / "out" / "pairs.jsonl.gz"
    run_mining([manifest], out, Options(tmp_path / "cache"), FakeClient(fails=["gone"]))
    pairs = read_pairs(out)
    assert sorted(pair.language for pair in pairs) == ["go", "javascript", "python"]
    assert {pair.source for pair in pairs} == {"pypi:first"}
    report = json.loads((tmp_path / "out" / "pairs.report.json").read_text())
    assert [source["name"] for source in report["sources"]] == ["pypi:first", "npm:copy"]
    assert all(len(source["sha256"]) == 64 and source["licence"] == "MIT" for source in report["sources"])
    assert report["exact_duplicates"] == 3
    assert report["rejected"]["no doc"] == 2
    said = capsys.readouterr()
    assert "[3/3] left out: gone==1 is not there" in said.err
    assert "3 pairs from 2 sources; 3 equal" in said.out


def test_held_out_packages_and_copies_of_them_are_not_trained_on(tmp_path: Path) -> None:
    manifest = write_manifest(
        tmp_path,
        "".join(
            f'[[package]]\nregistry = "{registry}"\nname = "{name}"\nlicence = "MIT"\nsplit = "{split}"\n'
            for registry, name, split in [("pypi", "measured", "heldout"), ("npm", "copy", "train")]
        ),
    )
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own.py").write_bytes(PYTHON.replace(b"total", b"amount"))
    out, bare = tmp_path / "pairs.jsonl.gz", tmp_path / "bare.jsonl"
    run_mining(
        [manifest, tmp_path / "own"], out, Options(tmp_path / "cache", undocumented=bare), FakeClient()
    )
    assert [pair.source for pair in read_pairs(out)] == ["own"]
    heldout = read_pairs(tmp_path / "pairs.heldout.jsonl.gz")
    assert {(pair.source, pair.split) for pair in heldout} == {("pypi:measured", "heldout")}
    assert {pair.query for pair in read_pairs(bare)} == {"bare"}
    assert {pair.source for pair in read_pairs(bare)} == {"npm:copy", "own"}
    assert json.loads((tmp_path / "pairs.report.json").read_text())["copies_of_heldout"] == 3


def test_no_pair_holds_code_that_is_measured_with(tmp_path: Path, write_tree: WriteTree) -> None:
    root = write_tree(
        {
            "train/sums.py": PYTHON,
            "train/read.go": GO,
            # Without its doc comment, in another place and format.
            "measured/io/copied.go": GO.replace(b"// ReadAll reads from r until it ends.\n", b"").replace(
                b"\t", b"    "
            ),
        }
    )
    out = tmp_path / "pairs.jsonl"
    options = Options(tmp_path / "cache", without=(root / "measured",))
    run_mining([root / "train"], out, options)
    assert [pair.language for pair in read_pairs(out)] == ["python"]
    with pytest.raises(TrainingDataError, match="Correct --without"):
        run_mining([root / "train"], out, replace(options, without=(root / "nowhere",)))


def test_one_sentence_is_not_taken_from_every_package() -> None:
    pairs = [
        replace(pair, id=f"{i}/{pair.id}", code=f"{pair.code} // {i * 7919}")
        for i in range(20)
        for pair in mine_files(FILES.items(), f"p{i}").pairs
    ]
    selected = select(pairs, [])
    assert selected.alike == 3 * (20 - MOST_ALIKE)
    assert len(selected.pairs) + selected.near == 3 * MOST_ALIKE
    assert select(pairs[:3], pairs).pairs == []


def test_mining_splits_by_source(tmp_path: Path, write_tree: WriteTree) -> None:
    root = write_tree(
        {
            f"{name}/a.py": f'def f(x):\n    """Computes the {name} of it."""\n    return g(x, "{name}")\n'
            for name in ("size", "color", "weight", "age")
        }
    )
    out = tmp_path / "pairs.jsonl"
    mine(sorted(root.iterdir()), out, dev_share=0.25)
    splits = {pair.group: pair.split for pair in read_pairs(out)}
    assert sorted(splits.values()) == ["dev", "train", "train", "train"]


def test_mining_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingDataError, match="No documented function"):
        mine([tmp_path / "empty"], tmp_path / "out.jsonl")
    with pytest.raises(TrainingDataError, match="neither a folder nor a manifest"):
        mine([tmp_path / "nowhere"], tmp_path / "out.jsonl")
    with pytest.raises(TrainingDataError, match="--dev-share"):
        mine([tmp_path / "empty"], tmp_path / "out.jsonl", dev_share=1.0)
    assert not (tmp_path / "out.jsonl").exists()
