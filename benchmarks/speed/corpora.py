"""Corpora: published packages at fixed versions, and larger ones made of them by renaming."""

from __future__ import annotations

import hashlib
import keyword
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".py"


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is indexed: packages from PyPI, each that many times, every copy after the first renamed."""

    packages: Sequence[str]
    copies: int = 1


CORPORA: Mapping[str, Corpus] = {
    "1k": Corpus(("pygls==2.0.0",)),
    "10k": Corpus(("networkx==3.4.2", "fonttools==4.55.0")),
    "50k": Corpus(("sympy==1.13.3", "networkx==3.4.2", "fonttools==4.55.0", "pip==24.3.1")),
    "200k": Corpus(("sympy==1.13.3", "networkx==3.4.2", "fonttools==4.55.0", "pip==24.3.1"), 4),
    "1M": Corpus(("sympy==1.13.3", "networkx==3.4.2", "fonttools==4.55.0", "pip==24.3.1"), 19),
}
"""Nominal numbers of functions; what was indexed stands in the results. The last two are synthetic."""


def prepare(name: str, cache: Path) -> Path:
    """The folder of a corpus, downloaded and made if it is not there yet."""
    corpus = CORPORA[name]
    folder = cache / name
    if folder.exists():
        return folder
    building = cache / f"{name}.part"
    shutil.rmtree(building, ignore_errors=True)
    for package in corpus.packages:
        _unpack(package, building / "first" / package.split("==")[0])
    for copy in range(1, corpus.copies):
        for source in sorted((building / "first").rglob(f"*{SUFFIX}")):
            target = building / f"copy{copy}" / source.relative_to(building / "first")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(renamed(source.read_text("utf-8", "replace"), copy), "utf-8")
    building.rename(folder)
    return folder


def renamed(text: str, copy: int) -> str:
    """The same code with about a third of its longer words replaced by others, so that no unit is equal.

    A word becomes the same other word everywhere in a copy; documents keep their length and their mixture
    of frequent and rare words, which is what costs time.
    """
    return _WORD.sub(lambda match: _other(match[0], copy), text)


_WORD = re.compile(r"[a-z]{5,}")


def _other(word: str, copy: int) -> str:
    digest = hashlib.blake2b(f"{copy}:{word}".encode(), digest_size=2).digest()
    return word if digest[0] % 3 or word in _KEYWORDS else f"{word}{_SYLLABLES[digest[1] % len(_SYLLABLES)]}"


_KEYWORDS = frozenset(keyword.kwlist)
_SYLLABLES = ("ar", "el", "in", "os", "um", "ta", "ko", "ri", "ne", "su", "mo", "li")


def _unpack(package: str, target: Path) -> None:
    """The Python files of a package's wheel."""
    with tempfile.TemporaryDirectory(prefix="mindgap-corpus-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", folder, package], check=True)
        for wheel in Path(folder).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                for member in _sources(archive):
                    path = target / member
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.read(member))


def _sources(archive: zipfile.ZipFile) -> Iterator[str]:
    return (name for name in archive.namelist() if name.endswith(SUFFIX) and ".." not in name)
