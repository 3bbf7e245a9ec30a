from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
package com.acme.io;

import java.util.function.Function;

/**
 * Reads <b>things</b>, see {@link Writer}.
 *
 * @param <T> what it reads
 */
@Deprecated
@Table(name = "things")
public abstract class Reader<T extends Thing> extends Base implements Source<T> {
    private static final int LIMIT = 3;
    /** Trims. */
    private static final Function<String, String> TRIM = s -> s.trim();
    private final Comparator<T> order = new Comparator<>() {
        @Override
        public int compare(T a, T b) { return 0; }
    };

    static { init(); }

    // Makes one.
    @Inject public Reader(int size) { super(size); }

    @Override
    public <R> R read(InputStream in,
                      Class<R> type) throws IOException {
        Runnable close = () -> { in.close(); };
        return null;
    }

    abstract int size();

    interface Visitor { Check NONE = x -> true; void visit(Thing thing); default int depth() { return 1; } }

    @interface Limit { int value() default 10; }

    enum Mode implements Named {
        /** Quick but rough. */
        FAST("f") { @Override String label() { return "fast"; } },
        SLOW("s");
        Mode(String code) {}
        String label() { return "slow"; }
    }

    record Range(int from, int to) {
        Range { check(from, to); }
        Range(int to) { this(0, to); }
        int length() { return to - from; }
    }
}
"""


def test_units_with_their_lines() -> None:
    assert outline("java", SOURCE) == [
        ("sample", "module", 1, 1, 1, 3),
        ("Reader", "class", 5, 10, 12, 52),
        ("Reader.TRIM", "method", 14, 15, 15, 15),
        ("Reader.order.compare", "method", 17, 17, 18, 18),
        ("Reader.Reader", "constructor", 23, 24, 24, 24),
        ("Reader.read", "method", 26, 26, 27, 31),
        ("Reader.read.close", "function", 29, 29, 29, 29),
        ("Reader.size", "method", 33, 33, 33, 33),
        ("Reader.Visitor", "interface", 35, 35, 35, 35),
        ("Reader.Visitor.NONE", "method", 35, 35, 35, 35),
        ("Reader.Visitor.visit", "method", 35, 35, 35, 35),
        ("Reader.Visitor.depth", "method", 35, 35, 35, 35),
        ("Reader.Limit", "interface", 37, 37, 37, 37),
        ("Reader.Limit.value", "method", 37, 37, 37, 37),
        ("Reader.Mode", "enum", 39, 39, 39, 45),
        ("Reader.Mode.FAST", "class", 40, 41, 41, 41),
        ("Reader.Mode.FAST.label", "method", 41, 41, 41, 41),
        ("Reader.Mode.Mode", "constructor", 43, 43, 43, 43),
        ("Reader.Mode.label", "method", 44, 44, 44, 44),
        ("Reader.Range", "class", 47, 47, 47, 51),
        ("Reader.Range.Range", "constructor", 48, 48, 48, 48),
        ("Reader.Range.Range", "constructor", 49, 49, 49, 49),
        ("Reader.Range.length", "method", 50, 50, 50, 50),
    ]


def test_docs_and_signatures_leave_marks_tags_and_annotations_out() -> None:
    units = {unit.name: unit for unit in parse_all("java", SOURCE)}
    assert " ".join(units["Reader"].doc.split()) == "Makes one."
    assert units["Reader"].signature == "public Reader(int size)"
    assert units["read"].signature == "public <R> R read(InputStream in, Class<R> type) throws IOException"
    assert units["TRIM"].signature == "private static final Function<String, String> TRIM = s"
    assert units["size"].signature == "abstract int size()"
    assert units["FAST"].doc == "Quick but rough."
    doc = parse_all("java", SOURCE)[1].doc
    assert " ".join(doc.split()) == "Reads things , see Writer. @param <T> what it reads"


def test_a_class_shows_its_members_by_their_heads() -> None:
    body = parse_all("java", SOURCE)[1].body
    assert "int LIMIT = 3" in body
    assert "public <R> R read(InputStream in, Class<R> type) throws IOException" in body
    assert "in.close()" not in body


@pytest.mark.parametrize(
    "code",
    [SOURCE.replace("\n", "\r\n"), "\ufeff" + SOURCE, SOURCE.replace("    ", "\t")],
    ids=["crlf", "bom", "tabs"],
)
def test_line_ends_marks_and_tabs_change_nothing(code: str) -> None:
    assert outline("java", code) == outline("java", SOURCE)


def test_names_in_any_script() -> None:
    assert list(parse("java", "class Größe { void 测量() {} }")) == ["Größe", "Größe.测量"]


def test_a_class_that_is_not_finished_gives_its_methods_its_name() -> None:
    code = "class Draft {\n    void before() { run(); }\n\n    void torn() { if (x {\n"
    assert list(parse("java", code)) == ["Draft", "Draft.before"]


def test_methods_around_a_syntax_error_are_found() -> None:
    code = """\
class Broken {
    void before() { run(); }

    void torn( { x = ; }

    void after() { run(); }
}
"""
    assert {"Broken.before", "Broken.after"} <= set(parse("java", code))
