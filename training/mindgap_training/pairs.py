"""What training data is made of."""

from __future__ import annotations

from dataclasses import dataclass

from mindgap_indexer.types import Passage


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and what answers it: text and code, pseudocode and code, or two languages."""

    id: str
    query: str
    code: str
    """The answer: source code of a whole function, or the other language's sentence."""
    language: str = ""
    """Name as in the indexer's language table, or an ISO code for natural languages."""
    group: str = ""
    """What must stay together when data is split: a package, a repository, a programming problem."""
    split: str = "train"
    source: str = ""
    """Name of the corpus or package, for licences and statistics."""


@dataclass(frozen=True, slots=True)
class UnitPair(Pair):
    """A question and a unit of a source file, with all that an index would know of that unit.

    So that training can leave parts out: the doc comment, the body, the path.
    """

    kind: str = ""
    name: str = ""
    qualname: str = ""
    path: str = ""
    """Below the folder that all mined files of the package share."""
    package: str = ""
    signature: str = ""
    body: str = ""
    doc: str = ""
    """The whole doc comment as prose, tags included; `code` is without it."""

    @property
    def passage(self) -> Passage:
        """The unit as an encoder reads it."""
        return Passage(self.name, self.qualname, self.signature, self.doc, self.body, self.language)
