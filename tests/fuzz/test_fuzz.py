"""Bad inputs break nothing: no crash, no hang, every promise kept. MINDGAP_FUZZ_INPUTS tries many more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mindgap_indexer.guard import Guard
from mindgap_indexer.languages import Language
from mindgap_indexer.parsing.source import Parse
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import GRAMMARS
from tests.fuzz.targets import MessageTarget, ModelTarget, Target, all_targets, parser_target

INPUTS = int(os.environ.get("MINDGAP_FUZZ_INPUTS", "2000"))
FIRST = int(os.environ.get("MINDGAP_FUZZ_FIRST", "0"))
"""The number of the first input: another night, other inputs."""
REGRESSIONS = Path(__file__).with_name("regressions")
PARSER_INPUTS = INPUTS if INPUTS > 2_000 else INPUTS // 20
"""For each of the twenty grammars: together 2,000 in every run."""
NAMES = ("query", "ignore", "options", "model", "message", "redaction")


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Target]]:
    with closing(MessageTarget()) as messages:
        yield dict(all_targets(ModelTarget(tmp_path_factory.mktemp("model")), messages))


@pytest.fixture(scope="module")
def parse() -> Iterator[Parse]:
    """Parses in another process, which is ended where parsing does not come to an end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(Path(__file__).parents[2]), *sys.path])
        strict = Guard("tests.fuzz.strict:serve")
        yield strict.parse
        strict.end()


def run(target: Target, inputs: int = INPUTS) -> None:
    """Feed it; an input that breaks it is kept in a file, which makes the failure a test for ever."""
    seeds = target.seeds()
    for number in range(FIRST, FIRST + inputs):
        data = mutated(seeds, number)
        try:
            target.check(data)
        except Exception as error:
            file = REGRESSIONS / target.name / f"{number}.bin"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            raise AssertionError(f"input {number} breaks {target.name}; it is now in {file}") from error


@pytest.mark.parametrize("name", NAMES)
def test_target(targets: dict[str, Target], name: str) -> None:
    run(targets[name])


@pytest.mark.parametrize("language", GRAMMARS, ids=lambda language: language.name)
def test_parser(language: Language, parse: Parse) -> None:
    run(parser_target(language, parse), PARSER_INPUTS)


def _regressions() -> Iterator[Path]:
    yield from sorted(REGRESSIONS.rglob("*.bin"))


@pytest.mark.parametrize("file", [*_regressions()], ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_what_broke_once(targets: dict[str, Target], parse: Parse, file: Path) -> None:
    parsers = {f"parser-{language.name}": language for language in GRAMMARS}
    name = file.parent.name
    target = parser_target(parsers[name], parse) if name in parsers else targets[name]
    target.check(file.read_bytes())
