"""From a file of the workspace to the rows that the store keeps of it."""

from __future__ import annotations

import hashlib
import logging
import time
from pathlib import PurePosixPath

from mindgap_indexer import guard
from mindgap_indexer.encoding.tokens import TokenSpace
from mindgap_indexer.fulltext import NO_TEXT, Fields, full_text
from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing import passages, split_summary
from mindgap_indexer.parsing.source import Parse
from mindgap_indexer.sketch import sketches
from mindgap_indexer.store import PreparedFile, PreparedUnit
from mindgap_indexer.types import SkipReason, SourceFile, Unit

log = logging.getLogger(__name__)

RACY_NS = 2_000_000_000
"""A file written this recently may change again without a new time stamp: its stored time is 0."""


def digest_of(data: bytes) -> bytes:
    """16 bytes that name a file's content."""
    return hashlib.blake2b(data, digest_size=16).digest()


def trusted_mtime(mtime_ns: int) -> int:
    """The time stamp to store for a file read now: 0 while its clock tick is not surely over."""
    return mtime_ns if abs(time.time_ns() - mtime_ns) > RACY_NS else 0


def prepare_file(
    file: SourceFile,
    data: bytes,
    space: TokenSpace | None,
    skip: SkipReason | None = None,
    parse: Parse | None = None,
) -> PreparedFile:
    """Parse a file that was read and compute everything about it that needs no other file.

    `space` is the instant model's, for the sketches. `skip` is the verdict on the file's content; with one,
    only the verdict is kept. The same goes for a file with which parsing does not come to an end; without
    `parse` that is seen to in another process.
    """
    language = file.language
    units: tuple[PreparedUnit, ...] = ()
    text = NO_TEXT
    if skip is None:
        parsed = (parse or guard.parse)(data, by_name(file.language), PurePosixPath(file.path).stem)
        if parsed.hangs:
            skip = SkipReason.HANGS
            log.warning("%s is left out until it changes: parsing it does not come to an end.", file.path)
        # The content may say more than the name: a header can be C or C++.
        language = parsed.language
        text = full_text(
            [_fields(unit, file.path) for unit in parsed.units], [unit.name for unit in parsed.units]
        )
        pairs = zip(parsed.units, sketches(parsed.units, space), strict=True)
        units = tuple(
            PreparedUnit(unit, unit.content_hash, tuple(passages(unit)), sketch) for unit, sketch in pairs
        )
    return PreparedFile(
        path=file.path,
        language=language,
        size=len(data),
        mtime_ns=trusted_mtime(file.mtime_ns),
        digest=digest_of(data),
        skip=skip,
        units=units,
        text=text,
    )


def _fields(unit: Unit, path: str) -> Fields:
    summary, rest = split_summary(unit.doc)
    scopes = unit.qualname.removesuffix(unit.name)
    return unit.name, scopes, path, unit.signature, summary, rest, unit.body
