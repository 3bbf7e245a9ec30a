"""`mindgap search`: answer one query, or many in one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mindgap_indexer import (
    Filters,
    IndexOptions,
    IndexSummary,
    Kind,
    Mode,
    SearchResult,
    StoreBusyError,
    Tier,
)
from mindgap_server.cli.answers import result_object
from mindgap_server.cli.batch import answers
from mindgap_server.cli.options import DeepModel, Json, Root, model_or_default
from mindgap_server.cli.progress import reporting
from mindgap_server.cli.terminal import (
    counted,
    interruptible,
    note,
    notes,
    output,
    reading,
    standard_input,
    write_json,
)

if TYPE_CHECKING:
    from mindgap_indexer.workspace import Workspace

NOTHING_FITS = 3
"""Exit code of a query that nothing fits; as JSON the answer itself says so."""
STANDARD_INPUT = Path("-")
PATIENCE = 1.0
"""Seconds of indexing before a search shows its progress."""


def _known_languages() -> list[str]:
    from mindgap_indexer.languages import LANGUAGES

    return sorted(language.name for language in LANGUAGES)


def _check_languages(wanted: list[str] | None) -> list[str]:
    """Refuse an unknown language before anything is indexed for it."""
    unknown = sorted(set(wanted or ()) - set(_known_languages())) if wanted else []
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)} is not among {', '.join(_known_languages())}.")
    return wanted or []


def _check_queries(file: Path | None) -> Path | None:
    if file is not None and file != STANDARD_INPUT and (not file.exists() or file.is_dir()):
        raise typer.BadParameter(f"There is no file {file}.")
    return file


@dataclass(frozen=True, slots=True)
class _Settings:
    """How to search, the same for every query of a run."""

    limit: int
    mode: Mode
    filters: Filters
    tier: Tier

    def answer(self, workspace: Workspace, query: str, mode: Mode | None = None) -> SearchResult:
        return workspace.search(
            query, self.limit, mode=mode or self.mode, filters=self.filters, tier=self.tier
        )


def search(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY",
            show_default=False,
            help="What the code does, in words, pseudocode, code or by name; [bold]-[/bold] reads it from "
            "standard input.",
        ),
    ] = None,
    root: Root = Path(),
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many answers at most.")] = 10,
    lang: Annotated[
        list[str] | None,
        typer.Option(
            "--lang",
            "-l",
            metavar="LANGUAGE",
            callback=_check_languages,
            autocompletion=_known_languages,
            help="Only code in this language; may be repeated.",
        ),
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(
            "--path", "-p", metavar="GLOB", help="Only files like [bold]src/**/*.py[/bold]; may be repeated."
        ),
    ] = None,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(
            "--kind",
            "-k",
            metavar="KIND",
            help=f"Only units of this kind; may be repeated: {', '.join(Kind)}.",
        ),
    ] = None,
    mode: Annotated[Mode, typer.Option("--mode", "-m", help="How to read the query.")] = Mode.AUTO,
    tier: Annotated[
        Tier, typer.Option("--tier", help="Which vectors answer; auto: deep ones where they are.")
    ] = Tier.AUTO,
    deep_model: DeepModel = None,
    why: Annotated[bool, typer.Option("--why", help="Show what made each answer rank where it is.")] = False,
    as_json: Json = False,
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries",
            metavar="FILE",
            callback=_check_queries,
            help='Answer many: each line of FILE (or -) is {"id": …, "query": …, "mode": …}, '
            "each answer a line of JSON.",
        ),
    ] = None,
) -> None:
    r"""Find the code that does what you describe; the index is brought up to date first.

    Exit code 3 says that nothing fits well (without --json).

    [bold]Examples[/bold]

    mindgap search "where do we retry failed uploads"
    mindgap search --lang go --path "internal/**" --why parse a duration
    mindgap search --json parseHeader
    printf 'for each word:\n  count it\nreturn the most frequent' | mindgap search -
    """
    text = _query_text(query, queries)
    filters = Filters(tuple(lang or ()), tuple(_below(root, glob) for glob in path or ()), tuple(kind or ()))
    settings = _Settings(limit, mode, filters, tier)
    from mindgap_indexer.workspace import Workspace

    options = IndexOptions(deep_model=model_or_default(deep_model) if tier is Tier.DEEP else deep_model)
    with Workspace.open(root, options) as workspace:
        _bring_up_to_date(workspace)
        if queries is not None:
            code = _answer_file(workspace, settings, queries, why)
        elif as_json:
            result = settings.answer(workspace, text)
            write_json(result_object(result, why))
            code = 0
        else:
            code = _answer_for_people(workspace, settings, text, why)
    raise typer.Exit(code)


def _below(root: Path, glob: str) -> str:
    """A path pattern relative to the root: a shell completes `./src`, and people paste whole paths."""
    mark, glob = glob[: glob.startswith("!")], glob.removeprefix("!")
    if glob.startswith("./"):
        return mark + glob.removeprefix(".")
    places = [f"{folder.as_posix()}/" for folder in (root.absolute(), root.resolve())]
    prefix = next((place for place in places if glob.startswith(place)), None)
    return mark + (glob if prefix is None else f"/{glob.removeprefix(prefix)}")


def _query_text(query: list[str] | None, queries: Path | None) -> str:
    """The query as given or read; empty when a file of queries is given instead."""
    if queries is not None:
        if query:
            raise typer.BadParameter("Give either QUERY or --queries, not both.", param_hint="QUERY")
        return ""
    text = " ".join(query or ())
    if text == "-":
        text = _typed()
    if not text.strip():
        raise typer.BadParameter(
            'Say what to search for, for example: mindgap search "parse a date".', param_hint="QUERY"
        )
    return text


def _typed() -> str:
    stream = standard_input()
    with reading("Standard input"):
        if stream.isatty():
            note("Type the query, then Ctrl-D (Ctrl-Z and Enter on Windows).")
        return stream.read()


def _bring_up_to_date(workspace: Workspace) -> None:
    from mindgap_indexer.store.database import DiskFullError

    try:
        with interruptible() as cancelled, reporting(notes(), PATIENCE) as progress:
            summary = workspace.index(progress, cancelled)
    except StoreBusyError:
        note("Another process is indexing this folder; the answers come from what it has done so far.")
    except DiskFullError as error:
        note(f"{error} Until then the answers come from what was indexed before.")
    else:
        if changes := _changes(summary):
            note(changes)


def _changes(summary: IndexSummary) -> str:
    """What a search indexed first; empty when nothing changed."""
    parts = [
        part
        for part, number in (
            (f"indexed {counted(summary.files_changed, 'changed file')}", summary.files_changed),
            (f"dropped {counted(summary.files_removed, 'removed file')}", summary.files_removed),
        )
        if number
    ]
    return f"{' and '.join(parts).capitalize()}." if parts else ""


def _answer_file(workspace: Workspace, settings: _Settings, queries: Path, why: bool) -> int:
    all_good = True
    for answer in answers(_lines(queries), lambda q, m: settings.answer(workspace, q, m), why):
        write_json(answer)
        all_good &= "error" not in answer
    return 0 if all_good else 1


def _lines(queries: Path) -> Iterator[bytes]:
    if queries == STANDARD_INPUT:
        with reading("Standard input"):
            yield from standard_input().buffer
    else:
        with reading(f"The file {queries}"), queries.open("rb") as file:
            yield from file


def _answer_for_people(workspace: Workspace, settings: _Settings, text: str, why: bool) -> int:
    from mindgap_server.cli.render import Renderer

    result = settings.answer(workspace, text)
    Renderer(output(), workspace.root, workspace.text_of, why).show(result)
    return NOTHING_FITS if result.abstained or not result.hits else 0
