"""`mindgap index`: bring the index of a folder up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mindgap_indexer import IndexOptions, IndexSummary
from mindgap_server.cli.options import DeepModel, Json, Root, model_or_default
from mindgap_server.cli.progress import reporting
from mindgap_server.cli.terminal import counted, interruptible, megabytes, notes, output, write_json


def index(
    root: Root = Path(),
    deep: Annotated[
        bool, typer.Option("--deep", help="Encode with the deep tier too: slower, finds by meaning better.")
    ] = False,
    deep_model: DeepModel = None,
    as_json: Json = False,
) -> None:
    """Index a folder, or bring its index up to date.

    Only what changed since the last run is read again.
    Ctrl-C keeps what is done; the next run continues.
    `mindgap search` indexes by itself: run this for the summary, or the deep tier.

    [bold]Examples[/bold]

    mindgap index
    mindgap index --root ~/src/linux --json
    mindgap index --deep --deep-model sentence-transformers/all-MiniLM-L6-v2
    """
    from mindgap_indexer.memory import collect_seldom
    from mindgap_indexer.workspace import Workspace

    collect_seldom()
    options = IndexOptions(deep_model=model_or_default(deep_model) if deep else None)
    with Workspace.open(root, options) as workspace, interruptible() as cancelled:
        with reporting(notes()) as progress:
            summary = workspace.index(progress, cancelled)
            deepened = workspace.deepen(progress, cancelled) if deep else None
        root = workspace.root
    if as_json:
        extra = {} if deepened is None else {"deep_units_encoded": deepened}
        write_json(asdict(summary) | extra)
    else:
        output().print(_in_words(root, summary, deepened))


def _in_words(root: Path, summary: IndexSummary, deepened: int | None) -> str:
    """A summary for people, in a few lines."""
    lines = [
        f"Indexed {root} in {summary.seconds:.1f} s",
        f"  files      {summary.files:,}{_changes(summary)}",
        f"  units      {summary.units:,}{_listed(summary.languages)}",
        f"  skipped    {sum(summary.skipped.values()):,}{_listed(summary.skipped)}",
        f"  encoded    {counted(summary.units_encoded, 'unit')}, {summary.units_per_second:,.0f} units/s",
        f"  index      {megabytes(summary.index_bytes)} on disk, {summary.peak_rss_mb:,.0f} MB memory",
    ]
    if deepened is not None:
        lines.append(f"  deep tier  {counted(deepened, 'unit')} encoded")
    return "\n".join(lines)


def _changes(summary: IndexSummary) -> str:
    if not summary.files_changed and not summary.files_removed:
        return " (nothing changed)"
    return f" ({summary.files_changed:,} new or changed, {summary.files_removed:,} removed)"


def _listed(counts: Mapping[str, int]) -> str:
    """` (python 12, go 3)`, the largest first."""
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return f" ({', '.join(f'{name} {count:,}' for name, count in largest)})" if counts else ""
