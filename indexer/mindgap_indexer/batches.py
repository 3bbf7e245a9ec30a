"""One batch of files from the disk to what the store writes: read, compared, parsed, encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mindgap_indexer.encoding import EmbeddingModel, quantise
from mindgap_indexer.errors import WorkspaceError
from mindgap_indexer.parsing.source import Parse
from mindgap_indexer.preparing import digest_of, prepare_file, trusted_mtime
from mindgap_indexer.store import PreparedFile, PreparedUnit
from mindgap_indexer.types import Passage, SourceFile
from mindgap_indexer.words import forget_texts
from mindgap_indexer.workspace_rules import WorkspaceRules

BATCH_BYTES = 1_000_000
BATCH_FILES = 256

Missing = Callable[[Sequence[bytes]], set[bytes]]
"""Of content hashes those for which the store has no vectors."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files to bring up to date together."""

    files: Sequence[SourceFile]
    digests: Mapping[str, bytes]
    """What the store knows of their contents, by path."""
    careful: bool = False
    """One of them ended the process that parsed it: parse each in a process of its own."""


@dataclass(slots=True)
class Batch:
    """What became of them."""

    prepared: list[PreparedFile] = field(default_factory=list[PreparedFile])
    same: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])
    """Path, size and time of files of which only the time stamp is new."""
    unreadable: int = 0
    encoded: dict[bytes, list[bytes]] = field(default_factory=dict[bytes, list[bytes]])
    """Vectors by hash of the contents that had none."""


def prepare_batch(
    rules: WorkspaceRules,
    model: EmbeddingModel,
    missing: Missing,
    wanted: Wanted,
    between_files: Callable[[], None] = lambda: None,
    parse: Parse | None = None,
) -> Batch:
    """Read, parse and encode these files; `between_files` may raise to stop."""
    batch = Batch()
    for file in wanted.files:
        between_files()
        try:
            data = rules.read(file.path)
        except WorkspaceError:
            # It vanished or was locked since the scan; the watcher or the next run will see it again.
            batch.unreadable += 1
            continue
        if wanted.digests.get(file.path) == digest_of(data):
            batch.same.append((file.path, len(data), trusted_mtime(file.mtime_ns)))
        else:
            skip = rules.judge_content(file.path, data)
            batch.prepared.append(prepare_file(file, data, model.tokens, skip, parse))
    passages = {unit.content_hash: unit.passages for file in batch.prepared for unit in file.units}
    new = missing(list(passages))
    batch.encoded = encode(model, {key: passages[key] for key in passages if key in new})
    forget_texts()
    return batch


def encode(model: EmbeddingModel, contents: Mapping[bytes, Sequence[Passage]]) -> dict[bytes, list[bytes]]:
    """Int8 vectors of each content's passages, encoded in one batch."""
    if not contents:
        return {}
    flat = [passage for passages in contents.values() for passage in passages]
    rows = iter(quantise(model.embed_units(flat)))
    return {key: [next(rows).tobytes() for _ in passages] for key, passages in contents.items()}


def without_text(batch: Batch) -> Batch:
    """The same without source text, which the store does not keep: little to send to another process."""
    return replace(batch, prepared=[_without_text(file) for file in batch.prepared])


def in_batches(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    """Runs of files of bounded number and size: what one transaction holds, and memory."""
    batch: list[SourceFile] = []
    size = 0
    for file in files:
        batch.append(file)
        size += file.size
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _without_text(file: PreparedFile) -> PreparedFile:
    return replace(file, units=tuple(_bare(unit) for unit in file.units))


def _bare(prepared: PreparedUnit) -> PreparedUnit:
    return prepared._replace(passages=(), unit=prepared.unit._replace(doc="", body=""))
