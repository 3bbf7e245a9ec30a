"""Questions that the quality bench makes from code: blind, distorted, undocumented."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from benchmarks.quality.blinding import blind, identifiers
from benchmarks.quality.distortions import (
    DISTORTIONS,
    abbreviated,
    is_distorted,
    misspelt,
    reordered,
    switched,
)
from benchmarks.quality.fuzzy import FuzzyNames, score_of
from benchmarks.quality.sources import named_units
from benchmarks.quality.undocumented import without_docs

from mindgap_indexer import Kind
from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing import parse_source
from tests.conftest import WriteTree


def test_blind_replaces_every_name_of_the_code_and_nothing_else() -> None:
    code = "int total(int n) {\n  int x1 = 0;\n  while (n > 0) { x1 += n; n--; }\n  return x1;\n}"
    assert identifiers(code, "cpp") == {"total", "n", "x1"}
    asked = "total(n): set x1 to 0; while n is positive, add n to x1"
    assert blind(asked, code, "cpp") == "x2(x3): set x4 to 0; while x3 is positive, add x3 to x4"


def test_blind_leaves_words_that_only_stand_in_comments_and_texts() -> None:
    code = 'def f(a):\n    # sort the list\n    return a + "list"\n'
    assert blind("sort the list a", code, "python") == "sort the list x1"


def test_names_are_distorted_by_rule() -> None:
    assert reordered("parse_header_line") == "header_line_parse"
    assert reordered("parseHeaderLine") == "headerLineParse"
    assert switched("parseHTTPHeader") == "parse_http_header"
    assert switched("parse_http_header") == "parseHttpHeader"
    assert abbreviated("set_configuration") in {"set_con", "set_conf", "set_cnfgrtn"}


@pytest.mark.parametrize("name", ["configuration", "parse_header_line", "toUpperCase"])
def test_a_misspelling_keeps_the_first_letter_and_most_of_the_rest(name: str) -> None:
    asked = misspelt(name)
    assert asked != name
    assert asked[0] == name[0]
    assert abs(len(asked) - len(name)) <= 1
    assert asked == misspelt(name)


def test_a_name_of_one_short_word_has_no_distortion_but_a_misspelling() -> None:
    changed = [kind for kind, distort in DISTORTIONS.items() if is_distorted(distort("read"), "read", kind)]
    assert changed == ["misspelt"]


def test_fuzzy_search_finds_subsequences_and_prefers_starts_of_words(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": "def group_hidden_leaves():\n    pass\n\n\ndef get_http_log():\n    pass\n"})
    fuzzy = FuzzyNames(list(named_units(root)))
    assert [hit.name for hit in fuzzy.answer("ghl").hits] == ["get_http_log", "group_hidden_leaves"]
    assert [hit.name for hit in fuzzy.answer("getLog").hits] == ["get_http_log"]
    assert fuzzy.answer("logGet").abstained


def test_a_run_counts_more_than_scattered_letters() -> None:
    assert score_of("log", "a_log_file") > score_of("log", "almost_orange_gate") - 3
    assert score_of("parse", "parse") > score_of("parse", "p_a_r_s_e_") - 5
    assert score_of("abc", "xabc") > score_of("abc", "xaxbxc")


PYTHON = '''"""Module words."""


class Stack:
    """A pile of things."""

    # On top.
    def push(self, item):
        """Put one thing on the pile.

        It is not copied.
        """
        self.items.append(item)  # at the end

    def peek(self):
        """The topmost thing."""
'''
GO = """package stack

// Push puts one thing on the pile.
// It is not copied.
func Push(item int) {
	// grow first
	items = append(items, item)
}
"""


@pytest.mark.parametrize(
    ("path", "text", "kept"), [("a.py", PYTHON, "at the end"), ("a.go", GO, "grow first")]
)
def test_documentation_disappears_and_all_lines_stay(path: str, text: str, kept: str) -> None:
    language = by_name("python" if path.endswith("py") else "go")
    stripped = without_docs(path, text.encode(), language)
    before, after = (
        parse_source(data, language, PurePosixPath(path).stem).units for data in (text.encode(), stripped)
    )
    assert [(u.name, u.start_line, u.end_line) for u in after] == [
        (u.name, u.start_line, u.end_line) for u in before
    ]
    assert any(unit.doc for unit in before)
    assert not any(unit.doc for unit in after if unit.kind is not Kind.MODULE)
    assert kept in stripped.decode()
    assert "pile" not in stripped.decode()
    assert len(stripped.decode().splitlines()) == len(text.splitlines())


def test_named_units_are_those_of_the_index(write_tree: WriteTree, tmp_path: Path) -> None:
    root = write_tree({"b.py": "x = 1\n\n\ndef one():\n    return x\n", "a.go": GO})
    found = [(placed.path, placed.unit.name) for placed in named_units(root)]
    assert found == [("a.go", "Push"), ("b.py", "one")]
