"""Doc comments of C and C++ headers, for the functions that are defined elsewhere without one."""

from __future__ import annotations

from mindgap_indexer.languages import detect
from mindgap_indexer.types import CALLABLE, Unit
from mindgap_training.pairs import UnitPair

_WITH_HEADERS = frozenset({"c", "cpp"})


def has_headers(path: str) -> bool:
    """Whether what a file defines may be documented in another one."""
    language = detect(path)
    return language is not None and language.name in _WITH_HEADERS


class Declarations:
    """Remembers what is said of functions that have no body.

    A name that stands at several declarations with different docs (overloads, static functions of several
    files) is told of no definition.
    """

    def __init__(self) -> None:
        self._docs: dict[str, str] = {}

    def add(self, unit: Unit) -> None:
        """Take note of a unit, if it is such a declaration."""
        if unit.doc and not unit.body and unit.kind in CALLABLE and unit.language in _WITH_HEADERS:
            key = _key(unit.qualname)
            if self._docs.setdefault(key, unit.doc) != unit.doc:
                self._docs[key] = ""

    def doc_of(self, pair: UnitPair) -> str:
        """The doc of a definition that has none of its own; empty if there is none that is surely its own."""
        return self._docs.get(_key(pair.qualname), "") if pair.language in _WITH_HEADERS else ""


def _key(qualname: str) -> str:
    # Class and function: definitions stand under `using namespace`, declarations inside the namespace.
    return ".".join(qualname.split(".")[-2:])
