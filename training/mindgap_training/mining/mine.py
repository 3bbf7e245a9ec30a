"""Mining: the doc comments and units of source trees and packages, by the indexer's own parser."""

from __future__ import annotations

import posixpath
import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from mindgap_indexer import guard
from mindgap_indexer.languages import detect
from mindgap_indexer.types import CALLABLE, CLASS_LIKE, Unit
from mindgap_indexer.words import words
from mindgap_indexer.workspace_rules import WorkspaceRules, judge_content
from mindgap_indexer.workspace_rules.builtin import is_left_out, judge_file_name
from mindgap_training.corpora.splits import position
from mindgap_training.mining.archives import read_archive
from mindgap_training.mining.clean import (
    CleaningRules,
    Reason,
    clean_doc,
    has_comments,
    is_trivial,
    judge_code,
)
from mindgap_training.mining.declarations import Declarations, has_headers
from mindgap_training.mining.fetch import Fetched
from mindgap_training.mining.manifest import Package
from mindgap_training.pairs import UnitPair

PER_PACKAGE = 15_000
"""Of one package no more pairs are taken, lest one voice drown the others."""
_SURPLUS = 1.2
"""So many times the limit are mined: some sentences turn out to stand at many functions."""
_DOC_CHARS = 1_500

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

    pairs: list[UnitPair] = field(default_factory=list[UnitPair])
    undocumented: list[UnitPair] = field(default_factory=list[UnitPair])
    """Functions without a doc comment, for synthetic pseudocode; their query is the words of the name."""
    files: int = 0
    functions: int = 0
    rejected: Counter[Reason] = field(default_factory=Counter[Reason])


def mine_package(
    package: Package,
    fetched: Fetched,
    rules: CleaningRules | None = None,
    limit: int = PER_PACKAGE,
    excluded_folders: Sequence[str] = (),
) -> Mined:
    """The pairs of a package's archive."""
    prefix = f"/{package.folder.strip('/')}/" if package.folder.strip("/") else "/"
    excluded = [f"/{folder.strip('/').lower()}/" for folder in excluded_folders]

    def wanted(path: str) -> bool:
        # Archives hold their files in a folder of their own: package/, name-1.0/, usr/share/….
        rooted = f"/{path}"
        if prefix not in rooted or any(part in rooted.lower() for part in excluded):
            return False
        return is_source(path) and _is_in(path, package.languages)

    return mine_files(read_archive(fetched.archive, wanted), package.label, rules, limit)


def mine_folder(folder: Path, rules: CleaningRules | None = None, limit: int = PER_PACKAGE) -> Mined:
    """The pairs of a source tree, ignored and generated files left out as in an index."""
    files = ((path, data) for path, data in _files(folder) if not _is_test(path))
    return mine_files(files, folder.resolve().name, rules, limit)


def function_codes(folder: Path) -> Iterator[str]:
    """The code of every function of a source tree, documented or not, without its doc comment."""
    for path, data in _files(folder):
        language = detect(path)
        if language is not None and language.grammar is not None:
            for unit in guard.parse(data, language, PurePosixPath(path).stem).units:
                if unit.kind in CALLABLE:
                    yield code_without_doc(data, unit)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    workspace = WorkspaceRules(folder)
    for file in workspace.scan().files:
        try:
            yield file.path, workspace.read(file.path)
        except OSError:
            continue  # gone since the scan


def mine_files(
    files: Iterable[tuple[str, bytes]],
    source: str,
    rules: CleaningRules | None = None,
    limit: int = PER_PACKAGE,
) -> Mined:
    """The pairs of files (path, content) that belong together; `source` names them all."""
    rules = rules or CleaningRules()
    mined = Mined()
    declarations = Declarations()
    # In no order that means anything: what is read until there is enough stands for the whole package.
    for path, data in sorted(files, key=lambda file: position(file[0])):
        if len(mined.pairs) >= limit * _SURPLUS:
            break
        mined.files += 1
        if judge_content(data) is None and (has_comments(data) or has_headers(path)):
            for pair in _find_units(path, data, source, rules, declarations, mined):
                _sort_in(pair, rules, mined)
    _adopt_docs(mined, declarations, rules)
    mined.pairs = _below_shared(_sample(_without_common(mined, rules.most_alike), limit))
    mined.undocumented = _below_shared(_sample(mined.undocumented, limit))
    return mined


def is_source(path: str) -> bool:
    """Whether a file of an archive is source code that people wrote, judged by its path."""
    pure = PurePosixPath(path)
    if detect(path) is None or judge_file_name(pure.name) is not None or _is_test(path):
        return False
    return not any(is_left_out(part, frozenset()) for part in pure.parts[:-1])


def _is_in(path: str, languages: Sequence[str]) -> bool:
    language = detect(path)
    return not languages or (language is not None and language.name in languages)


def _find_units(
    path: str, data: bytes, source: str, rules: CleaningRules, declarations: Declarations, mined: Mined
) -> Iterator[UnitPair]:
    """The units whose code makes a pair, if a doc comment says what they do."""
    language = detect(path)
    if language is None or language.grammar is None:
        return
    for unit in guard.parse(data, language, PurePosixPath(path).stem).units:
        if unit.name_start_byte == unit.name_end_byte:
            continue  # code between definitions
        mined.functions += 1
        declarations.add(unit)
        code = _outline(unit) if unit.kind in CLASS_LIKE else code_without_doc(data, unit)
        reason = judge_code(code, unit, rules)
        if reason is not None:
            mined.rejected[reason] += 1
        else:
            yield _pair(path, unit, code, source)


def _pair(path: str, unit: Unit, code: str, source: str) -> UnitPair:
    return UnitPair(
        id=f"{source}/{path}:{unit.start_line}",
        query=" ".join(words(unit.name)) or unit.name,
        code=code,
        language=unit.language,
        group=source,
        source=source,
        kind=unit.kind,
        name=unit.name,
        qualname=unit.qualname,
        path=path,
        package=source.split(":", 1)[-1],
        signature=unit.signature,
        body=unit.body,
        doc=unit.doc[:_DOC_CHARS],
    )


def _sort_in(pair: UnitPair, rules: CleaningRules, mined: Mined) -> None:
    query = clean_doc(pair.doc, pair, rules)
    if not isinstance(query, Reason):
        if is_trivial(query, pair) and position(pair.id) >= rules.trivial_share:
            mined.rejected[Reason.TRIVIAL] += 1
        else:
            mined.pairs.append(replace(pair, query=query))
    elif query is Reason.NO_DOC and pair.kind in CALLABLE:
        mined.undocumented.append(pair)
    else:
        mined.rejected[query] += 1


def _adopt_docs(mined: Mined, declarations: Declarations, rules: CleaningRules) -> None:
    """What headers say of functions that have no comment where they are defined."""
    bare, mined.undocumented = mined.undocumented, []
    for pair in bare:
        _sort_in(replace(pair, doc=declarations.doc_of(pair)[:_DOC_CHARS]), rules, mined)
    mined.rejected[Reason.NO_DOC] += len(mined.undocumented)


def _sample(pairs: Sequence[UnitPair], limit: int) -> list[UnitPair]:
    # Not the beginning: the files of one folder are alike.
    chosen = sorted(pairs, key=lambda pair: position(pair.id))[:limit]
    return sorted(chosen, key=lambda pair: pair.id)


def _below_shared(pairs: Sequence[UnitPair]) -> list[UnitPair]:
    """Paths as a workspace would show them, without the archive's own folders."""
    folders = {PurePosixPath(pair.path).parent for pair in pairs}
    shared = posixpath.commonpath(folders) if folders else ""
    return [replace(pair, path=posixpath.relpath(pair.path, shared or ".")) for pair in pairs]


def _outline(unit: Unit) -> str:
    """A class by its head and the heads of its members: the rest belongs to these."""
    return f"{unit.signature}\n{unit.body}"


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


def _without_common(mined: Mined, most: int) -> list[UnitPair]:
    """Without sentences that stand at functions of many names; of overloads and builds, one is enough."""
    named: defaultdict[str, dict[tuple[str, str], UnitPair]] = defaultdict(dict)
    for pair in mined.pairs:
        named[pair.query.lower()].setdefault((pair.language, pair.name), pair)
    kept = [pair for pairs in named.values() if len(pairs) <= most for pair in pairs.values()]
    mined.rejected[Reason.COMMON] += len(mined.pairs) - len(kept)
    return kept
