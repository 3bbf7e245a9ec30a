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
from mindgap_training.pseudocode.generate import function_body
from mindgap_training.pseudocode.grammars import Form, forms
from mindgap_training.pseudocode.names import Namer, Naming
from mindgap_training.pseudocode.phrases import Phraser
from mindgap_training.pseudocode.read import StepReader
from mindgap_training.pseudocode.steps import Kind, Step
from mindgap_training.pseudocode.syntax import parse
from mindgap_training.pseudocode.wording import Writer

WITH_GRAMMAR = [language.name for language in LANGUAGES if language.grammar]

CURLY_BODY = """
  if (x > k) { total += x; } else { return 1; }
  while (i < n) { i -= 1; }
"""
LOOP = {Kind.WHILE, Kind.IF, Kind.ELSE}
# In each language: loops, conditions, assignments, a call, a return, and what only it writes that way.
CODE: dict[str, tuple[str, set[Kind]]] = {
    "python": (
        """
def f(xs, k):
    total = 0
    a, b = b, a
    for i in range(3, n):
        total += x
    for x in xs:
        if x > k:
            continue
        elif x:
            break
        else:
            out.append(x)
    while i < n:
        i += 1
    try:
        run(x)
    except ValueError as e:
        raise KeyError("no") from e
    finally:
        close()
    with open(p) as fh:
        yield fh
    assert k
    del xs[0]
    print(x)
    match k:
        case 1:
            return None
        case _:
            return [y * y for y in xs if y > 0]
""",
        set(Kind)
        - {
            Kind.DECLARE, Kind.DECREMENT, Kind.REPEAT_UNTIL, Kind.REPEAT_WHILE, Kind.FOREVER, Kind.UNLESS,
            Kind.DEFER, Kind.READ, Kind.EXPRESSION,
        },
    ),
    "javascript": (
        f"function f(xs, k) {{ let t = 0; [a, b] = [b, a]; for (const x of xs) i++; {CURLY_BODY} out.push(x);"
        "for (let i = 0; i < 3; i++) g(i); do { i--; } while (i); switch (k) { case 1: return 2; default: g(k); }"
        "try { g(x) } catch (e) { throw new Error('no') } }",
        LOOP
        | {Kind.ASSIGN, Kind.SWAP, Kind.FOR_EACH, Kind.INCREMENT, Kind.APPEND, Kind.COUNT, Kind.REPEAT_WHILE}
        | {Kind.SWITCH, Kind.CASE, Kind.DEFAULT, Kind.TRY, Kind.CATCH, Kind.RAISE, Kind.RETURN, Kind.AUGMENT},
    ),
    "go": (
        "func f(xs []int) int {\n total := 0\n a, b = b, a\n for i := 0; i < 3; i++ { g(i) }\n"
        " for _, x := range xs { total++ }\n for i < n { i-- }\n for { break }\n defer close()\n"
        " out = append(out, x)\n if err := do(); err != nil { return 0 } else { g(x) }\n"
        " switch k { case 1: return 1\n default: return total }\n}",
        LOOP
        | {Kind.ASSIGN, Kind.SWAP, Kind.COUNT, Kind.FOR_EACH, Kind.INCREMENT, Kind.DECREMENT, Kind.FOREVER}
        | {Kind.BREAK, Kind.DEFER, Kind.APPEND, Kind.RETURN, Kind.SWITCH, Kind.CASE, Kind.DEFAULT, Kind.CALL},
    ),
    "rust": (
        "fn f(xs: &[i32]) -> i32 { let mut t = 0; for x in xs.iter() { t += x; } for i in 0..n { g(i); }"
        " while i < n { i -= 1; } loop { break; } out.push(x); if x > k { return 1; } else { g(x); }"
        " match k { 1 => g(1), _ => h(2), }; t }",
        LOOP
        | {Kind.ASSIGN, Kind.FOR_EACH, Kind.COUNT, Kind.FOREVER, Kind.BREAK, Kind.APPEND, Kind.RETURN}
        | {Kind.SWITCH, Kind.CASE, Kind.DEFAULT, Kind.AUGMENT, Kind.CALL},
    ),
    "java": (
        f"int f(int[] xs) {{ int t = 0; for (int x : xs) t++; for (int i = 0; i < 3; i++) g(i); {CURLY_BODY}"
        'out.add(x); try { g(x); } catch (E e) { throw new F("no"); } finally { close(); }'
        "switch (k) { case 1: return 0; default: return 2; } }",
        LOOP
        | {Kind.ASSIGN, Kind.FOR_EACH, Kind.COUNT, Kind.INCREMENT, Kind.APPEND, Kind.TRY, Kind.CATCH}
        | {Kind.RAISE, Kind.FINALLY, Kind.SWITCH, Kind.CASE, Kind.DEFAULT, Kind.RETURN, Kind.AUGMENT},
    ),
    "c": (
        f"int f(int *xs) {{ int t = 0, n; for (int i = 0; i <= n; i++) t++; {CURLY_BODY} do {{ i++; }} while (i);"
        'printf("%d", t); switch (k) { case 1: return 0; default: break; } return t; }',
        LOOP
        | {Kind.ASSIGN, Kind.DECLARE, Kind.COUNT, Kind.INCREMENT, Kind.REPEAT_WHILE, Kind.PRINT, Kind.SWITCH}
        | {Kind.CASE, Kind.DEFAULT, Kind.BREAK, Kind.RETURN},
    ),
    "cpp": (
        f"int f(vector<int>& xs) {{ for (auto& x : xs) t++; cin >> a >> b; cout << a << endl; swap(a, b); {CURLY_BODY}"
        'xs.push_back(1); try { g(x); } catch (const E& e) { throw F("no"); } return t; }',
        LOOP
        | {Kind.FOR_EACH, Kind.READ, Kind.PRINT, Kind.SWAP, Kind.APPEND, Kind.TRY, Kind.CATCH, Kind.RAISE},
    ),
    "csharp": (
        f"int F(int[] xs) {{ int t = 0; foreach (var x in xs) t++; for (int i = 0; i < 3; i++) G(i); {CURLY_BODY}"
        "xs.Add(t); using (var r = Open()) { r.Read(); } switch (k) { case 1: return 0; default: return 2; } }",
        LOOP
        | {Kind.ASSIGN, Kind.FOR_EACH, Kind.COUNT, Kind.APPEND, Kind.WITH, Kind.SWITCH, Kind.CASE, Kind.DEFAULT},
    ),
    "ruby": (
        "def f(xs)\n  t = 0\n  a, b = b, a\n  xs.each do |x|\n    if x > k\n      t += x\n    else\n      next\n    end\n"
        "  end\n  3.times { |i| g(i) }\n  while i < n\n    i -= 1\n  end\n  until i > n\n    i += 1\n  end\n"
        '  return 1 unless k\n  begin\n    out << x\n  rescue E => e\n    raise F, "no"\n  ensure\n    close\n  end\n'
        "  puts x\n  case k\n  when 1 then g(1)\n  else t\n  end\nend",
        LOOP
        | {Kind.ASSIGN, Kind.SWAP, Kind.FOR_EACH, Kind.CONTINUE, Kind.COUNT, Kind.REPEAT_UNTIL, Kind.UNLESS}
        | {Kind.APPEND, Kind.TRY, Kind.CATCH, Kind.RAISE, Kind.FINALLY, Kind.PRINT, Kind.SWITCH, Kind.DEFAULT},
    ),
    "php": (
        "function f($xs) { $t = 0; foreach ($xs as $x) { $t++; } for ($i = 0; $i < 3; $i++) { g($i); }"
        " if ($x > $k) { $t += $x; } elseif ($x) { continue; } else { break; } while ($i < $n) { $i--; }"
        ' $out[] = $x; try { g($x); } catch (E $e) { throw new F("no"); } return $t; }',
        LOOP
        | {Kind.ASSIGN, Kind.FOR_EACH, Kind.COUNT, Kind.ELSE_IF, Kind.CONTINUE, Kind.BREAK, Kind.APPEND}
        | {Kind.TRY, Kind.CATCH, Kind.RAISE, Kind.RETURN},
    ),
    "kotlin": (
        "fun f(xs: List<Int>): Int {\n var t = 0\n for (x in xs) { t += x }\n for (i in 0 until n) { g(i) }\n"
        " while (i < n) { i -= 1 }\n if (x > k) { out.add(x) } else { i++ }\n"
        ' try { g(x) } catch (e: E) { throw F("no") } finally { close() }\n'
        " when (k) { 1 -> return 0\n else -> return t }\n}",
        LOOP
        | {Kind.ASSIGN, Kind.FOR_EACH, Kind.COUNT, Kind.APPEND, Kind.INCREMENT, Kind.TRY, Kind.CATCH, Kind.RAISE}
        | {Kind.FINALLY, Kind.SWITCH, Kind.CASE, Kind.DEFAULT, Kind.RETURN},
    ),
    "scala": (
        "def f(xs: List[Int]): Int = {\n var t = 0\n for (x <- xs) { t += x }\n while (i < n) { i -= 1 }\n"
        ' if (x > k) { g(x) } else { h(x) }\n try { g(x) } catch { case e: E => throw new F("no") }\n'
        " k match { case 1 => 0\n case _ => t }\n}",
        LOOP | {Kind.ASSIGN, Kind.FOR_EACH, Kind.TRY, Kind.CATCH, Kind.SWITCH, Kind.CASE, Kind.DEFAULT, Kind.RETURN},
    ),
    "swift": (
        "func f(xs: [Int]) -> Int {\n var t = 0\n for x in xs { t += x }\n while i < n { i -= 1 }\n"
        " if x > k { out.append(x) } else { continue }\n guard k else { throw F.no }\n"
        " do { g(x) } catch { print(x) }\n switch k { case 1: return 0\n default: return t }\n}",
        LOOP
        | {Kind.ASSIGN, Kind.FOR_EACH, Kind.APPEND, Kind.CONTINUE, Kind.UNLESS, Kind.RAISE, Kind.TRY, Kind.CATCH}
        | {Kind.PRINT, Kind.SWITCH, Kind.CASE, Kind.DEFAULT, Kind.RETURN},
    ),
    "lua": (
        "function f(xs, k)\n local t = 0\n a, b = b, a\n for i, x in ipairs(xs) do t = t + x end\n"
        " for i = 1, 3 do g(i) end\n while i < n do i = i - 1 end\n repeat i = i + 1 until i > 3\n"
        " if x > k then table.insert(out, x) elseif x then print(x) else g(x) end\n return t\nend",
        LOOP
        | {Kind.ASSIGN, Kind.SWAP, Kind.FOR_EACH, Kind.COUNT, Kind.REPEAT_UNTIL, Kind.APPEND, Kind.ELSE_IF}
        | {Kind.PRINT, Kind.RETURN, Kind.INCREMENT, Kind.DECREMENT},
    ),
    "bash": (
        'f() {\n local t=0\n for x in "$@"; do\n  if [ "$x" -gt 3 ]; then t=2; elif [[ -z $x ]]; then continue; else break; fi\n'
        ' done\n while read -r line; do echo "$line"; done\n case "$k" in a) return 1;; *) exit 2;; esac\n rm -rf "$t"\n}',
        LOOP
        | {Kind.ASSIGN, Kind.FOR_EACH, Kind.ELSE_IF, Kind.CONTINUE, Kind.BREAK, Kind.PRINT, Kind.SWITCH, Kind.CASE}
        | {Kind.DEFAULT, Kind.RETURN},
    ),
    "elixir": (
        "def f(xs, k) do\n  t = 0\n  if t > k do\n    g(t)\n  else\n    raise ArgumentError\n  end\n"
        "  case k do\n    1 -> h(k)\n    _ -> t + k\n  end\nend",
        {Kind.ASSIGN, Kind.IF, Kind.ELSE, Kind.RAISE, Kind.SWITCH, Kind.CASE, Kind.DEFAULT, Kind.RETURN},
    ),
    "haskell": (
        "f xs k\n  | k > 1 = total xs\n  | otherwise = case k of\n      1 -> [y * y | y <- xs]\n      _ -> g xs\n",
        {Kind.IF, Kind.ELSE, Kind.RETURN, Kind.SWITCH, Kind.CASE, Kind.DEFAULT},
    ),
    "zig": (
        "fn f(xs: []const i32) i32 {\n var t: i32 = 0;\n for (xs) |x| { g(x); }\n while (i < n) { g(i); }\n"
        " defer close();\n if (x > k) { return 1; } else { g(x); }\n return t;\n}",
        LOOP | {Kind.ASSIGN, Kind.FOR_EACH, Kind.DEFER, Kind.CALL, Kind.RETURN},
    ),
    "julia": (
        "function f(xs, k)\n t = 0\n a, b = b, a\n for x in xs\n  t += x\n end\n for i in 1:n\n  g(i)\n end\n"
        " while i < n\n  i -= 1\n end\n if x > k\n  push!(out, x)\n elseif x\n  continue\n else\n  break\n end\n"
        ' try\n  g(x)\n catch e\n  throw(E("no"))\n finally\n  close(io)\n end\n return t\nend',
        LOOP
        | {Kind.ASSIGN, Kind.SWAP, Kind.FOR_EACH, Kind.COUNT, Kind.APPEND, Kind.ELSE_IF, Kind.CONTINUE, Kind.TRY}
        | {Kind.CATCH, Kind.RAISE, Kind.FINALLY, Kind.RETURN},
    ),
}  # fmt: skip
CODE["typescript"] = CODE["tsx"] = CODE["javascript"]

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
            grammar = tree_sitter.Language(getattr(importlib.import_module(module), function)())
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
