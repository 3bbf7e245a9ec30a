"""Change the code a little, one place at a time, and see whether the tests notice.

`python scripts/mutants.py indexer/mindgap_indexer/ranking --tests tests/indexer/test_ranking.py --count 40`
prints a line for each mutant drawn, and how many were killed. The package is copied; nothing here is changed.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

SECONDS = 300
"""A mutant whose tests take longer is killed: it hangs."""
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or,
    ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    file: Path
    node: int
    """The how manieth node of its tree."""
    line: int
    change: str

    def source(self) -> str:
        """The file with the change."""
        tree = ast.parse(self.file.read_text("utf-8"))
        _apply(next(islice(ast.walk(tree), self.node, None)), self.change)
        return ast.unparse(tree)


def mutants(file: Path) -> Iterator[Mutant]:
    """Every change of a file: operators swapped, conditions negated, numbers moved, returns emptied."""
    for number, node in enumerate(ast.walk(ast.parse(file.read_text("utf-8")))):
        for change in _changes(node):
            yield Mutant(file, number, getattr(node, "lineno", 0), change)


def _changes(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
        return [f"{type(node.ops[0]).__name__} to {_SWAPS[type(node.ops[0])].__name__}"]
    if isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _SWAPS:
        return [f"{type(node.op).__name__} to {_SWAPS[type(node.op)].__name__}"]
    if isinstance(node, ast.If | ast.IfExp):
        return ["condition negated"]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return ["number plus one"]
    if isinstance(node, ast.Return) and node.value and not _is_none(node.value):
        return ["returns None"]
    return []


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _apply(node: ast.AST, change: str) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = _SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        node.op = _SWAPS[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant):
        node.value += 1  # type: ignore[operator]
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)


def is_killed(mutant: Mutant, packages: Path, tests: Sequence[str]) -> bool:
    """Whether the tests fail with it."""
    original = mutant.file.read_text("utf-8")
    target = packages / mutant.file.relative_to("indexer")
    target.write_text(mutant.source(), "utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        path = os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": path}
        run = subprocess.run(command, check=False, capture_output=True, timeout=SECONDS, env=environment)
        return run.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        target.write_text(original, "utf-8")


def main() -> None:
    """Draw mutants, run the tests over each, tell what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="indexer/mindgap_indexer/…, from the repository's root")
    parser.add_argument("--tests", nargs="+", required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    everything = [mutant for file in sorted(arguments.folder.rglob("*.py")) for mutant in mutants(file)]
    drawn = random.Random(arguments.seed).sample(everything, min(arguments.count, len(everything)))
    killed = 0
    with tempfile.TemporaryDirectory() as folder:
        packages = Path(folder)
        shutil.copytree("indexer/mindgap_indexer", packages / "mindgap_indexer")
        for mutant in drawn:
            dead = is_killed(mutant, packages, arguments.tests)
            killed += dead
            print(
                "killed  " if dead else "SURVIVED", f"{mutant.file}:{mutant.line} {mutant.change}", flush=True
            )
    print(f"{killed} of {len(drawn)} killed, drawn from {len(everything)}")


if __name__ == "__main__":
    main()
