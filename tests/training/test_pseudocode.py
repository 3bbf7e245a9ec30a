from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import Formatter

import pytest
import tree_sitter

from mindgap_indexer.languages.table import LANGUAGES
from mindgap_training.commands.synth import synth
from mindgap_training.corpora import read_pairs, write_pairs
from mindgap_training.errors import TrainingDataError
from mindgap_training.pairs import Pair
from mindgap_training.pseudocode import Level, pseudocode, synthetic_pairs
from mindgap_training.pseudocode.blind import blind, identifiers
from mindgap_training.pseudocode.generate import function_body
from mindgap_training.pseudocode.grammars import Form, forms
from mindgap_training.pseudocode.names import Namer, Naming
from mindgap_training.pseudocode.phrases import Phraser
from mindgap_training.pseudocode.read import StepReader
from mindgap_training.pseudocode.steps import Kind, Step
from mindgap_training.pseudocode.syntax import parse
from mindgap_training.pseudocode.wording import Writer
from tests.training.pseudocode_examples import CODE

WITH_GRAMMAR = [language.name for language in LANGUAGES if language.grammar]

SUM = """
def sum_of_squares(values, limit):
    running_total = 0
    for current_value in values:
        if current_value < limit:
            running_total += current_value * current_value
    return running_total
"""


def flatten(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from flatten(step.body)


def steps_of(code: str, language: str, seed: int = 0) -> list[Step]:
    root = parse(code, language)
    assert root is not None, f"{language} was not understood"
    rng = Random(seed)
    reader = StepReader(language, Phraser(language, rng, Namer(rng, Naming.KEEP)))
    return list(flatten(tuple(reader.function(function_body(root, language)))))


def test_every_language_with_a_grammar_has_an_example() -> None:
    assert sorted(CODE) == sorted(WITH_GRAMMAR)


@pytest.mark.parametrize("language", WITH_GRAMMAR)
def test_statements_of_a_language_are_recognised(language: str) -> None:
    code, kinds = CODE[language]
    assert kinds - {step.kind for step in steps_of(code, language)} == set()


@pytest.mark.parametrize("language", WITH_GRAMMAR)
@pytest.mark.parametrize("level", list(Level))
def test_a_seed_gives_one_text(language: str, level: Level) -> None:
    code, _ = CODE[language]
    texts = [pseudocode(code, language, level, seed) for seed in range(8)]
    assert texts == [pseudocode(code, language, level, seed) for seed in range(8)]
    assert None not in texts
    assert len(set(texts)) >= 5


def test_steps_carry_what_the_code_says() -> None:
    steps = steps_of(SUM, "python")
    assert [step.kind for step in steps] == [Kind.ASSIGN, Kind.FOR_EACH, Kind.IF, Kind.AUGMENT, Kind.RETURN]
    assert steps[0].slots == {"target": "running_total", "value": "0"}
    assert steps[1].slots == {"item": "current_value", "iterable": "values"}
    assert steps[3].slots["verb"] == "add"


@pytest.mark.parametrize(
    ("language", "code", "kind", "slots"),
    [
        (
            "c",
            "void f() { for (int i = 0; i < 7; i++) g(); }",
            Kind.COUNT,
            {"item": "i", "start": "0", "stop": "7"},
        ),
        ("python", "for i in range(7): g()", Kind.COUNT, {"item": "i", "start": "0", "stop": "7"}),
        ("rust", "fn f() { for i in 2..n { g(); } }", Kind.COUNT, {"item": "i", "start": "2", "stop": "n"}),
        ("lua", "for i = 1, 9 do g() end", Kind.COUNT, {"item": "i", "start": "1", "stop": "9"}),
        ("python", "a, b = b, a", Kind.SWAP, {"target": "a", "value": "b"}),
        ("go", "func f() { a, b = b, a }", Kind.SWAP, {"target": "a", "value": "b"}),
        ("lua", "n = n + 1", Kind.INCREMENT, {"target": "n"}),
        ("go", "func f() { xs = append(xs, y) }", Kind.APPEND, {"target": "xs", "value": "y"}),
        ("php", "$xs[] = $y;", Kind.APPEND, {"target": "xs", "value": "y"}),
        ("ruby", "xs << y", Kind.APPEND, {"target": "xs", "value": "y"}),
        ("cpp", "void f() { xs.push_back(y); }", Kind.APPEND, {"target": "xs", "value": "y"}),
        ("cpp", "void f() { cin >> a >> b; }", Kind.READ, {"value": "a, b"}),
        ("php", "foreach ($xs as $x) { g(); }", Kind.FOR_EACH, {"item": "x", "iterable": "xs"}),
        ("zig", "fn f() void { for (xs) |x| { g(); } }", Kind.FOR_EACH, {"item": "x", "iterable": "xs"}),
        ("bash", "exit 2", Kind.RETURN, {"value": "2"}),
        ("ruby", "def f(x)\n  x\nend", Kind.RETURN, {"value": "x"}),
        ("rust", "fn f() -> i32 { x }", Kind.RETURN, {"value": "x"}),
    ],
)
def test_one_statement(language: str, code: str, kind: Kind, slots: dict[str, str]) -> None:
    assert (kind, slots) in [(step.kind, dict(step.slots)) for step in steps_of(code, language)]


def test_a_value_at_the_end_of_each_branch_is_returned() -> None:
    code = "def f(x)\n  if x\n    1\n  else\n    2\n  end\nend"
    assert [step.kind for step in steps_of(code, "ruby")] == [Kind.IF, Kind.RETURN, Kind.ELSE, Kind.RETURN]
    assert Kind.RETURN not in {step.kind for step in steps_of("void f() { x; }", "c")}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("return [y * 2 for y in ys if y > 3]", ("for", "ys", "3")),
        ("return len(ys)", ("ys",)),
        ("return a if ok else b", ("if", "ok", "b")),
        ("return sorted(ys)", ("ys", "sorted")),
        ("return not done", ("not", "done")),
    ],
)
def test_expressions_are_told_in_words(code: str, words: tuple[str, ...]) -> None:
    for seed in range(10):
        (step,) = steps_of(code, "python", seed)
        assert all(word in step.slots["value"] for word in words), step.slots["value"]


def test_expressions_as_code_rename_variables_but_say_what_is_called() -> None:
    code = "return len(rows) == 3"
    texts = [pseudocode(code, "python", Level.LINES, seed) or "" for seed in range(60)]
    assert all("len" in text or "size" in text or "number" in text for text in texts), texts
    assert any("(" in text for text in texts)
    assert any("rows" not in text for text in texts)


def test_levels_differ_in_length() -> None:
    lines = pseudocode(SUM, "python", Level.LINES, 5)
    sentence = pseudocode(SUM, "python", Level.SENTENCE, 5)
    assert lines is not None
    assert len(lines.splitlines()) in (5, 6)
    assert sentence is not None
    assert "\n" not in sentence
    assert len(sentence) < len(lines)


def test_names_of_the_code_are_dropped_in_half_of_the_texts() -> None:
    names = ("running", "total", "current", "value", "limit", "sum_of_squares")
    texts = [pseudocode(SUM, "python", Level.STEPS, seed) or "" for seed in range(60)]
    with_names = [sum(name in text for name in names) for text in texts]
    assert sum(count >= 3 for count in with_names) >= 15
    assert sum(count <= 1 for count in with_names) >= 10


def test_a_renamed_identifier_keeps_its_new_name() -> None:
    namer = Namer(Random(1), Naming.RENAME)
    assert namer.variable("max_idx") == namer.variable("max_idx")
    neutral = [Namer(Random(seed), Naming.RENAME).variable("max_idx") for seed in range(30)]
    assert "max idx" not in neutral
    assert len(set(neutral)) > 5
    actions = {Namer(Random(seed), Naming.RENAME).action("find_node") for seed in range(30)}
    assert {"search for vertex", "look for vertex"} <= actions
    assert Namer(Random(1), Naming.WORDS).variable("maxIdx") == "max idx"
    assert Namer(Random(1), Naming.KEEP).variable("$maxIdx") == "maxIdx"


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("def f(:", "python"),
        ("def f(): pass", "python"),
        ("", "go"),
        ("x = 1", "perl"),
        ("x = 1", "no such language"),
        ('def f():\n    """Only a doc."""', "python"),
    ],
)
def test_nothing_to_tell_gives_nothing(code: str, language: str) -> None:
    assert pseudocode(code, language, Level.LINES, 0) is None


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("findAll(xs) { return this.run(xs, 3); }", "typescript"),
        ("public function find($xs) { return $this->run($xs, 3); }", "php"),
        ("fn find(&self, xs: &X) -> X { return self.run(xs, 3); }", "rust"),
        ("const find = (xs) => { return run(xs, 3); }", "javascript"),
        ("const find = (xs) => run(xs, 3)", "javascript"),
        ("namespace N { class C { int Find(X xs) { return Run(xs, 3); }", "csharp"),
        ("int find(X xs) {\n  return run(xs, 3);\n", "cpp"),
    ],
)
def test_fragments_are_understood(code: str, language: str) -> None:
    said = pseudocode(code, language, Level.LINES, 1)
    assert said is not None
    assert "3" in said


def test_deep_nesting_ends() -> None:
    code = "def f(x):\n" + "".join(" " * (i + 1) + "if x:\n" for i in range(90)) + " " * 92 + "return x"
    assert pseudocode(code, "python", Level.LINES, 0)
    assert pseudocode(f"x = {'(' * 300}1{')' * 300} + 2", "python", Level.LINES, 0)


def test_every_template_fits_its_step() -> None:
    slots = dict.fromkeys(
        ("target", "value", "item", "iterable", "start", "stop", "condition", "subject"), "WORD"
    )
    for kind in Kind:
        step = Step(kind, {**slots, "verb": "add"}, ())
        for seed in range(40):
            said = Writer(Random(seed)).lines([step])
            assert said
            assert not [name for _, name, _, _ in Formatter().parse(said) if name]
        empty = Writer(Random(0)).lines([Step(kind, {**slots, "verb": "divide", "value": ""}, ())])
        assert "  " not in empty


def test_the_tables_name_no_node_that_does_not_exist() -> None:
    kinds: set[str] = set()
    for language in LANGUAGES:
        if language.grammar:
            module, function = language.grammar
            pointer: object = getattr(importlib.import_module(module), function)()
            grammar = tree_sitter.Language(pointer)
            names = {grammar.node_kind_for_id(i) or "" for i in range(grammar.node_kind_count)}
            kinds |= names
            own = forms(language.name)
            for form in (Form.CALL, Form.IF, Form.FUNCTION):
                assert any(own.get(name) is form for name in names) or language.name in ("elixir",)
    unknown = {name for language in WITH_GRAMMAR for name in forms(language)} - kinds
    assert unknown == set()


def make_pairs() -> list[Pair]:
    return [
        Pair(f"p{i}", "a question", SUM.replace("limit", f"limit_{i}"), "python", f"g{i}", "dev", "pypi:p")
        for i in range(20)
    ]


def test_synthetic_pairs_keep_code_group_and_split() -> None:
    pairs = make_pairs()
    made = synthetic_pairs(pairs, seed=3)
    assert [pair.code for pair in made] == [pair.code for pair in pairs]
    assert {(pair.group, pair.split) for pair in made} == {(pair.group, "dev") for pair in pairs}
    assert {pair.source for pair in made} == {"synthetic:pypi:p"}
    assert len({pair.id.rsplit("#", 1)[1] for pair in made}) == 3
    assert not any(pair.query == "a question" for pair in made)
    assert len({pair.query for pair in made}) == 20
    assert sorted(pair.id for pair in synthetic_pairs(pairs[::-1], seed=3)) == sorted(
        pair.id for pair in made
    )
    assert synthetic_pairs(pairs, seed=4) != made


def test_one_code_can_get_all_levels() -> None:
    made = synthetic_pairs(make_pairs()[:2], seed=0, per_code=3)
    assert {pair.id for pair in made} == {f"p{i}#{level}" for i in range(2) for level in Level}


def test_the_command_writes_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "mined.jsonl.gz", tmp_path / "synthetic.jsonl.gz"
    write_pairs(source, [*make_pairs(), Pair("x", "q", "not code (", "go")])
    synth(source, out, level=Level.SENTENCE, seed=7)
    made = read_pairs(out)
    assert len(made) == 20
    assert all(pair.id.endswith("#sentence") for pair in made)
    assert "20 pairs; 1 of 21 functions have nothing to tell" in capsys.readouterr().out


def test_the_command_refuses_codes_without_language(tmp_path: Path) -> None:
    write_pairs(tmp_path / "mined.jsonl", [Pair("x", "q", "x = 1", "")])
    with pytest.raises(TrainingDataError, match="column 'language'"):
        synth(tmp_path / "mined.jsonl", tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_blind_questions_lose_every_name_of_the_code() -> None:
    code = "int main() {\n  int total = 0;\n  total += Items.size();\n  return total;\n}"
    query = "set Total to zero, add the size of items_left to total, return it; x stays"
    hidden = blind(Pair("1", query, code, "cpp"))
    assert hidden.query == "set it to zero, add the it of items_left to it, return it; x stays"
    assert (hidden.code, hidden.id) == (code, "1")


def test_blind_questions_of_code_without_a_grammar_lose_all_its_words() -> None:
    assert identifiers("LET a1 BE b", "cobol") == {"let", "a1", "be", "b"}
