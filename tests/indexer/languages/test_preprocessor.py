from __future__ import annotations

import pytest

from mindgap_indexer.parsing.preprocessor import blank_preprocessor


def visible(source: str) -> list[str]:
    """The rows that the grammar sees, runs of white space as one, empty ones left out."""
    data, _ = blank_preprocessor(source.encode())
    assert len(data) == len(source.encode())
    assert data.count(b"\n") == source.count("\n")
    return [" ".join(row.split()) for row in data.decode().splitlines() if row.strip()]


@pytest.mark.parametrize(
    "source",
    [
        "#if A\nint f(void) { return 1; }\n#else\nint g(void) { return 2; }\n#endif",
        "#if A\nchar *s = \"{\";\n#endif\n/* { */ // {\nchar c = '{';",
        "#ifndef SHOP_H\n#define SHOP_H\n#define OPEN {\n#endif",
        "enum { SHOP_A, SHOP_B };\nint SHOP_X;\nreturn SHOP_LIMIT;",
        "if (1) call();\nwhile (0) wait(2);",
        "class URL { URL(int x); };\nSIZE_T size(int x);",
        '#if A\nauto s = R"x({)x";\n#endif',
        "#endif\n#else\n}",
    ],
)
def test_what_a_grammar_can_read_stays(source: str) -> None:
    assert visible(source) == source.splitlines()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#if A\nif (a) {\n#else\nif (b) {\n#endif\n}", "if (a) {\n}"),
        ("#if A\n} else {\n#endif", "} else {"),
        ("#if A\nf() {\n#elif B\ng() {\n#else\nh() {\n#endif\n}", "f() {\n}"),
        ("f(a,\n#if A\nb,\n#endif\nc);", "f(a,\nb,\nc);"),
        ("x = 1 |\n#if A\n2 |\n#endif\n3;", "x = 1 |\n2 |\n3;"),
        ("#if A\n#if B\nf() {\n#endif\n}\n#endif", "#if A\nf() {\n}\n#endif"),
        (
            "#define F(x) /* one */ \\\n  x /* two */\nint y; /* three */",
            "#define F(x) \\\nx\nint y; /* three */",
        ),
        ("void f() const SHOP_A SHOP_B(m) {\n}", "void f() const {\n}"),
        ("int g(int x)\n    SHOP_LOCKED(m);", "int g(int x)\n;"),
        ("class [[nodiscard]] SHOP_API Till {};", "class [[nodiscard]] Till {};"),
        ("SHOP_OPERATOR(Ne, !=);\nint y;", "int y;"),
    ],
)
def test_what_it_cannot_goes(source: str, expected: str) -> None:
    assert visible(source) == expected.splitlines()


def test_what_stands_before_a_declaration_is_told() -> None:
    source = b"/* doc */\nUV_EXTERN int uv_run(int x);\nSHOP_BEGIN_NAMESPACE\n"
    assert [source[start:end] for start, end in blank_preprocessor(source)[1]] == [b"UV_EXTERN"]
