"""What `mindgap doctor` looks at, one function for each thing that can be wrong."""

from __future__ import annotations

import importlib.util
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from mindgap_indexer import Tier, paths
from mindgap_server.cli.terminal import noticing_ctrl_c

REINSTALL = "Install Mindgap again: pip install --force-reinstall mindgap."
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_watches")
_SAMPLE = {
    "dates.py": "def parse_date(text):\n    year, month = text.split('-')\n    return year, month\n",
    "disk.py": "def free_space(folder):\n    return statvfs(folder).f_bavail\n",
    "mail.py": "def send_newsletter(readers):\n    for reader in readers:\n        reader.deliver()\n",
}
_SAMPLE_QUERY = "how much space is free on the disk"
_SAMPLE_ANSWER = "free_space"


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do about it."""

    outcome: Outcome
    detail: str
    advice: str = ""


def _ok(detail: str) -> Finding:
    return Finding(Outcome.OK, detail)


def _warn(detail: str, advice: str) -> Finding:
    return Finding(Outcome.WARN, detail, advice)


def _fail(detail: str, advice: str) -> Finding:
    return Finding(Outcome.FAIL, detail, advice)


def versions(_: Path) -> Finding:
    """Python and the packages that Mindgap stands on."""
    missing: list[str] = []
    found: list[str] = []
    for name in _required_packages():
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return _fail(f"not installed: {', '.join(missing)}", REINSTALL)
    telling = [item for item in found if not item.startswith("tree-sitter-")]
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return _ok(f"mindgap {metadata.version('mindgap')}, {python}; {', '.join(telling)}")


def _required_packages() -> Iterator[str]:
    for requirement in metadata.requires("mindgap") or ():
        name = re.match(r"[\w.-]+", requirement)
        if name and "extra ==" not in requirement:
            yield name[0]


def database(_: Path) -> Finding:
    """SQLite with sqlite-vec, and what the schema needs of both."""
    import apsw

    from mindgap_indexer.store.database import Database
    from mindgap_indexer.store.schema import TABLES, VECTOR_TABLE

    memory = Database(Path(":memory:"))
    memory.run(TABLES)
    memory.run(VECTOR_TABLE.format(tier="instant", dimension=8))
    extension = memory.value("SELECT vec_version()")
    memory.close()
    return _ok(f"SQLite {apsw.sqlite_lib_version()} with sqlite-vec {extension}")


def grammars(_: Path) -> Finding:
    """Every grammar of the language table, with its query."""
    from mindgap_indexer.languages import LANGUAGES, load_grammar

    broken: list[str] = []
    with_grammar = [language for language in LANGUAGES if language.grammar]
    with noticing_ctrl_c() as came:
        for language in with_grammar:
            try:
                load_grammar(language)
            except Exception as error:  # a foreign binary may fail in any way; each language is named
                if came():
                    # Tree-sitter took it for an error of the pattern that it was at.
                    raise KeyboardInterrupt from error
                broken.append(f"{language.name} ({error})")
    if broken:
        return _fail(f"cannot be loaded: {', '.join(broken)}", REINSTALL)
    return _ok(f"{len(with_grammar)} grammars; {len(LANGUAGES) - len(with_grammar)} languages by lines")


def model(_: Path) -> Finding:
    """The model of the instant tier; its files are checked by hash as they are read."""
    from mindgap_indexer.encoding import load_default

    loaded = load_default()
    return _ok(f"{loaded.fingerprint}, {loaded.dimension} dimensions, hashes are right")


def index_folder(_: Path) -> Finding:
    """The place of all indexes."""
    home = paths.home()
    try:
        with tempfile.TemporaryFile(dir=paths.make_private(home)):
            return _ok(f"{home} can be written")
    except OSError as error:
        return _fail(
            f"{home} cannot be written ({error.strerror})",
            f"Check its permissions, or set {paths.HOME_VARIABLE} to another folder.",
        )


def index(root: Path) -> Finding:
    """The index of this folder: readable, undamaged, made with the present model."""
    from mindgap_indexer.encoding import load_default
    from mindgap_indexer.store import Store
    from mindgap_indexer.store.database import Database
    from mindgap_indexer.store.store import FILE_NAME

    path = paths.index_folder(root) / FILE_NAME
    if not path.exists():
        return _ok("not indexed yet; the first search does it")
    # Looked at before a Store opens it, which would replace a damaged file.
    database = Database(path)
    verdict = database.value("PRAGMA quick_check")
    database.close()
    if verdict != "ok":
        return _fail(f"damaged: {verdict}", f'Run mindgap clear --root "{root}", then index again.')
    with Store(path.parent) as store:
        reader = store.reader()
        fingerprint, size = reader.meta(f"fingerprint.{Tier.INSTANT}"), reader.unit_count()
    if fingerprint not in (None, load_default().fingerprint):
        return _warn(
            f"was made with another model ({fingerprint})",
            "Nothing to do: the next search or index encodes it anew.",
        )
    return _consistent(root, size)


def _consistent(root: Path, size: int) -> Finding:
    """The parts of the index fit together; what does not is rebuilt here and now."""
    from mindgap_indexer.workspace import Workspace

    with Workspace.open(root) as workspace:
        problems = workspace.repair()
        if problems:
            workspace.index()
        left = workspace.check()
    if left:
        return _fail("; ".join(left), f'Run mindgap clear --root "{root}", then index again.')
    if problems:
        return _warn("; ".join(problems), "Nothing to do: what did not fit was built anew just now.")
    return _ok(f"{size:,} units, undamaged, consistent, fits the model; a known function is found")


def answer(_: Path) -> Finding:
    """A question with a known answer, from an index made for it."""
    from mindgap_indexer.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="mindgap-doctor-") as folder:
        for name, source in _SAMPLE.items():
            Path(folder, name).write_text(source, "utf-8")
        workspace = Workspace.open(folder)
        try:
            hits = workspace.search(_SAMPLE_QUERY).hits
        finally:
            workspace.clear()
    best = hits[0].name if hits else "nothing"
    if best != _SAMPLE_ANSWER:
        return _fail(f"“{_SAMPLE_QUERY}” found {best} and not {_SAMPLE_ANSWER}", REINSTALL)
    return _ok(f"“{_SAMPLE_QUERY}” finds {best}")


def watching(root: Path) -> Finding:
    """Whether the system lets a server follow all folders (Linux has a limit)."""
    if not sys.platform.startswith("linux"):
        return _ok("this system has no limit of watched folders")
    from mindgap_indexer.workspace_rules import WorkspaceRules

    limit = int(_INOTIFY.read_text("ascii"))
    folders = sum(1 for _ in WorkspaceRules(root).folders())
    if folders > limit * 0.8:
        return _warn(
            f"{folders:,} folders, and all programs together may watch {limit:,}",
            "Raise it: sudo sysctl fs.inotify.max_user_watches=524288 (a file in /etc/sysctl.d keeps it).",
        )
    return _ok(f"{folders:,} folders of {limit:,} that may be watched")


def deep_tier(_: Path) -> Finding:
    """The optional transformer: the one that ships, and others."""
    from mindgap_indexer.encoding import bases, onnx_session

    if importlib.util.find_spec("onnxruntime") is None:
        return _ok(f"not installed, and not needed. {onnx_session.INSTALL_HINT}")
    others = all(importlib.util.find_spec(name) for name in ("torch", "sentence_transformers"))
    hint = "other models too" if others else f"for models other than the one that ships: {bases.INSTALL_HINT}"
    return _ok(f"can be used: onnxruntime {metadata.version('onnxruntime')}; {hint}")


CHECKS: dict[str, Callable[[Path], Finding]] = {
    "packages": versions,
    "database": database,
    "grammars": grammars,
    "model": model,
    "index folder": index_folder,
    "index": index,
    "answers": answer,
    "watching": watching,
    "deep tier": deep_tier,
}
