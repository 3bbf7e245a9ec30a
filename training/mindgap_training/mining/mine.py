"""Mining: the doc comments and functions of source trees and packages, by the indexer's own parser."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mindgap_indexer.languages import detect
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.types import Unit
from mindgap_indexer.workspace_rules import WorkspaceRules, judge_content
from mindgap_indexer.workspace_rules.builtin import is_left_out, judge_file_name
from mindgap_training.corpora.splits import position
from mindgap_training.mining.archives import read_archive
from mindgap_training.mining.clean import CleaningRules, Reason, clean_doc, judge_code
from mindgap_training.mining.fetch import Fetched
from mindgap_training.mining.manifest import Package
from mindgap_training.pairs import Pair

PER_PACKAGE = 5_000
"""Of one package no more pairs are taken, lest one voice drown the others."""

# Docs of tests name the test; nobody asks for them.
_TEST_FOLDERS = frozenset(
    ("test", "tests", "testing", "__tests__", "spec", "specs", "testdata", "fixtures", "mocks", "__mocks__")
)
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|conftest|[^/]*(?:_test|\.test|\.spec|_spec|Tests?))\.\w+$")
# The literal at the very end of a function's head; with it, the doc would be its own answer.
_DOCSTRING = re.compile(
    r"""[ \t]*[rRuU]?(?:\"{3}(?:(?!\"{3}).)*\"{3}|'{3}(?:(?!'{3}).)*'{3}|"[^"\n]*"|'[^'\n]*')\s*\Z""",
    re.DOTALL,
)


@dataclass(slots=True)
class Mined:
    """What came out of one source tree or package."""

    pairs: list[Pair] = field(default_factory=list[Pair])
    files: int = 0
    functions: int = 0
    rejected: Counter[Reason] = field(default_factory=Counter[Reason])


def mine_package(
    package: Package, fetched: Fetched, rules: CleaningRules | None = None, limit: int = PER_PACKAGE
) -> Mined:
    """The pairs of a package's archive."""
    prefix = f"{package.folder.strip('/')}/" if package.folder.strip("/") else ""

    def wanted(path: str) -> bool:
        # Archives hold their files in a folder of their own: package/, name-1.0/, usr/share/….
        return is_source(path) and (f"/{prefix}" in f"/{path}" if prefix else True)

    return mine_files(read_archive(fetched.archive, wanted), package.label, rules, limit)


def mine_folder(folder: Path, rules: CleaningRules | None = None, limit: int = PER_PACKAGE) -> Mined:
    """The pairs of a source tree, ignored and generated files left out as in an index."""
    workspace = WorkspaceRules(folder)

    def files() -> Iterator[tuple[str, bytes]]:
        for file in workspace.scan().files:
            if not _is_test(file.path):
                try:
                    yield file.path, workspace.read(file.path)
                except OSError:
                    continue  # gone since the scan

    return mine_files(files(), workspace.root.name, rules, limit)


def mine_files(
    files: Iterable[tuple[str, bytes]],
    source: str,
    rules: CleaningRules | None = None,
    limit: int = PER_PACKAGE,
) -> Mined:
    """The pairs of files (path, content) that belong together; `source` names them all."""
    rules = rules or CleaningRules()
    mined = Mined()
    for path, data in files:
        mined.files += 1
        if judge_content(data) is None:
            mined.pairs += _mine_file(path, data, source, rules, mined)
    mined.pairs = _without_common(mined, rules.most_alike)
    # A sample, not the beginning: the files of one folder are alike.
    mined.pairs = sorted(
        sorted(mined.pairs, key=lambda pair: position(pair.id))[:limit], key=lambda pair: pair.id
    )
    return mined


def is_source(path: str) -> bool:
    """Whether a file of an archive is source code that people wrote, judged by its path."""
    pure = PurePosixPath(path)
    if detect(path) is None or judge_file_name(pure.name) is not None or _is_test(path):
        return False
    return not any(is_left_out(part, frozenset()) for part in pure.parts[:-1])


def _mine_file(path: str, data: bytes, source: str, rules: CleaningRules, mined: Mined) -> Iterator[Pair]:
    language = detect(path)
    if language is None or language.grammar is None:
        return
    for unit in parse_source(data, language, PurePosixPath(path).stem).units:
        if unit.name_start_byte == unit.name_end_byte:
            continue  # code between definitions
        mined.functions += 1
        code = code_without_doc(data, unit)
        query = judge_code(code, unit, rules) or clean_doc(unit.doc, unit, rules)
        if isinstance(query, Reason):
            mined.rejected[query] += 1
        else:
            identity = f"{source}/{path}:{unit.start_line}"
            yield Pair(identity, query, code, unit.language, group=source, source=source)


def code_without_doc(data: bytes, unit: Unit) -> str:
    """The source of a unit, its docstring and the common indentation removed.

    Empty where the docstring cannot be found: a code that holds its own question teaches nothing.
    """
    row = data.rfind(b"\n", 0, unit.start_byte) + 1
    indent = data[row : unit.start_byte].decode("utf-8", "replace")
    text = data[unit.start_byte : unit.end_byte].decode("utf-8", "replace")
    if unit.language == "python" and unit.doc and unit.body:
        text = _without_docstring(text, unit)
    return textwrap.dedent((indent if indent.isspace() else "") + text).strip()


def _without_docstring(text: str, unit: Unit) -> str:
    # The body comes without it; where its first line stands behind a string, that string is the docstring.
    first = unit.body.split("\n", 1)[0]
    at = text.find(first)
    while at >= 0:
        head = _DOCSTRING.sub("", text[:at], count=1)
        if head != text[:at]:
            return f"{head.rstrip()}{_blanks_at_end(text[:at])}{text[at:]}"
        at = text.find(first, at + 1)
    # A comment above the function counts as its doc too.
    return text if unit.doc_start_line < unit.start_line else ""


def _blanks_at_end(text: str) -> str:
    # From the last line break, so that no empty line stays where the docstring was.
    return text[max(text.rfind("\n"), len(text.rstrip())) :]


def _is_test(path: str) -> bool:
    return not _TEST_FOLDERS.isdisjoint(path.lower().split("/")[:-1]) or _TEST_FILE.search(path) is not None


def _without_common(mined: Mined, most: int) -> list[Pair]:
    count = Counter(pair.query.lower() for pair in mined.pairs)
    kept = [pair for pair in mined.pairs if count[pair.query.lower()] <= most]
    mined.rejected[Reason.COMMON] += len(mined.pairs) - len(kept)
    return kept
