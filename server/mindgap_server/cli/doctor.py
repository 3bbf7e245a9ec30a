"""`mindgap doctor`: check that everything works here, and say what to do where it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import typer
from rich.text import Text

from mindgap_indexer import MindgapError
from mindgap_server.cli.checks import CHECKS, REINSTALL, Finding, Outcome
from mindgap_server.cli.options import Json, Root
from mindgap_server.cli.terminal import output, write_json

_STYLES = {Outcome.OK: "green", Outcome.WARN: "yellow", Outcome.FAIL: "bold red"}


def doctor(root: Root = Path(), as_json: Json = False) -> None:
    """Check the installation and the index of a folder. Exit code 1 if something must be done.

    [bold]Examples[/bold]

    mindgap doctor
    mindgap doctor --root ~/src/project --json
    """
    findings: dict[str, Finding] = {}
    for name, check in CHECKS.items():
        findings[name] = _run(check, root)
        if not as_json:
            _show(name, findings[name])
    healthy = all(finding.outcome is not Outcome.FAIL for finding in findings.values())
    if as_json:
        checks = [{"name": name, **asdict(finding)} for name, finding in findings.items()]
        write_json({"ok": healthy, "checks": checks})
    raise typer.Exit(0 if healthy else 1)


def _run(check: Callable[[Path], Finding], root: Path) -> Finding:
    try:
        return check(root)
    except MindgapError as error:
        return Finding(Outcome.FAIL, str(error))
    except Exception as error:  # whatever is broken here is what the user came for
        return Finding(Outcome.FAIL, f"{type(error).__name__}: {error}", REINSTALL)


def _show(name: str, finding: Finding) -> None:
    output().print(
        Text.assemble((f"{finding.outcome:4}", _STYLES[finding.outcome]), f"  {name:12}  {finding.detail}")
    )
    if finding.advice:
        output().print(f"{'':20}{finding.advice}")
