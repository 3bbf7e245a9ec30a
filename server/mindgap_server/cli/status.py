"""`mindgap status`: what the index of a folder holds."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

from mindgap_indexer import IndexStatus
from mindgap_indexer.options import IndexOptions
from mindgap_server.cli.options import Json, Root
from mindgap_server.cli.terminal import counted, megabytes, output, write_json


def status(root: Root = Path(), as_json: Json = False) -> None:
    """Show what the index of a folder holds: files, languages, size, age.

    [bold]Examples[/bold]

    mindgap status
    mindgap status --root ~/src/project --json
    """
    from mindgap_indexer.workspace import Workspace

    with Workspace.open(root) as workspace:
        state = workspace.status()
        problems = workspace.check()
    if as_json:
        write_json(asdict(state) | {"degraded": bool(problems), "problems": problems})
    else:
        output().print(_in_words(state))
        for problem in problems:
            output().print(f"degraded   {problem}; `mindgap doctor` repairs it")


def _in_words(state: IndexStatus) -> str:
    if state.indexed_at is None:
        begun = f" A run that was cut short left {counted(state.files, 'file')} in it." if state.files else ""
        return (
            f"{state.root} is not indexed yet.{begun}\n"
            f'Run `mindgap index --root "{state.root}"`, or just search: the first search indexes it.'
        )
    languages = ", ".join(f"{name} {count:,}" for name, count in state.languages.items())
    deep = f"{state.deep_encoder}, {state.deep_coverage:.0%} of the units" if state.deep_encoder else "none"
    rows = {
        "root": state.root,
        "index": f"{state.index_path} ({megabytes(state.index_bytes)})",
        "updated": _ago(time.time() - state.indexed_at),
        "files": f"{state.files:,}",
        "units": f"{state.units:,} ({languages})" if languages else "0",
        "model": state.encoder,
        "deep tier": deep,
        "resources": _resources(),
    }
    return "\n".join(f"{name:10} {value}" for name, value in rows.items())


def _resources() -> str:
    """What Mindgap takes of the machine, and when it makes way."""
    options = IndexOptions()
    battery = ", nor on battery" if options.pause_on_battery else ""
    busy = ", nor on a busy machine" if options.pause_under_load else ""
    return (
        f"{counted(options.worker_count, 'process', 'processes')} for a first index, at low priority, within "
        f"{options.max_memory_mb:,} MB; the server's deep tier never works while you type or search{battery}"
        f"{busy}"
    )


def _ago(seconds: float) -> str:
    """A time span in its largest unit: `5 minutes ago`."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        number = int(seconds // size)
        if number:
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"
