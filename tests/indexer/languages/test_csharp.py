from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
using System;

namespace Acme.Billing
{
    /// <summary>
    /// Adds up an <see cref="T:Acme.Order" />.
    /// </summary>
    /// <param name="rate">The rate.</param>
    [Serializable]
    [Table("invoices"), Cached]
    public abstract partial class Invoice<T> : Base, IInvoice where T : class
    {
        private readonly Func<int, int> _round = x => x / 100;
        public int Count { get; set; } = 3;
        public decimal Total => _lines.Sum(l => l.Price);
        public string Title { get { return _title; } set => _title = value; }
        public T this[int index] { get { return _items[index]; } }
        public T this[string key] => Find(key);
        public Func<int, int> Half { get; } = x => x / 2;
        public event EventHandler Paid { add { } remove { } }
        public event EventHandler Sent;
        static Invoice() { }
        /// <inheritdoc/>
        public Invoice(int rate) : base(rate) { }
        ~Invoice() { }

        [HttpGet("{id}")] public async Task<TReply> SendAsync<TReply>(int id) where TReply : new()
        {
            int Retry(int times) { return times; }
            Func<int> wait = () => { return 1; };
            handler = delegate (int x) { return x; };
        }

        int Twice(int a) => a * 2;
        void IInvoice.Close() { }
        public static Invoice<T> operator +(Invoice<T> a, Invoice<T> b) { return a; }
        public static implicit operator int(Invoice<T> a) { return 1; }
        public abstract void Check();
        [DllImport("x")] static extern int Native();
        const int Limit = 3;

        enum State { Open, Paid }
        struct Line { public int Price; int Tax() { return 1; } }
        interface IVisitor { void Visit(); int Depth { get; } }
        delegate int Rounding(int x);
        record Address(string Street) { string Short() => Street; }
        record struct Point(int X, int Y);
    }

    static class Extensions { public static int Words(this string s) => 1; }
}
"""


def test_units_with_their_lines() -> None:
    prefix = "Acme.Billing."
    units = [(name.removeprefix(prefix), *rest) for name, *rest in outline("csharp", SOURCE)]
    assert units == [
        ("sample", "module", 1, 1, 1, 1),
        ("Invoice", "class", 5, 9, 11, 48),
        ("Invoice._round", "method", 13, 13, 13, 13),
        ("Invoice.Total", "method", 15, 15, 15, 15),
        ("Invoice.Title", "method", 16, 16, 16, 16),
        ("Invoice.this", "method", 17, 17, 17, 17),
        ("Invoice.this", "method", 18, 18, 18, 18),
        ("Invoice.Half", "method", 19, 19, 19, 19),
        ("Invoice.Paid", "method", 20, 20, 20, 20),
        ("Invoice.Invoice", "constructor", 22, 22, 22, 22),
        ("Invoice.Invoice", "constructor", 23, 24, 24, 24),
        ("Invoice.~Invoice", "method", 25, 25, 25, 25),
        ("Invoice.SendAsync", "method", 27, 27, 27, 32),
        ("Invoice.SendAsync.Retry", "function", 29, 29, 29, 29),
        ("Invoice.SendAsync.wait", "function", 30, 30, 30, 30),
        ("Invoice.Twice", "method", 34, 34, 34, 34),
        ("Invoice.Close", "method", 35, 35, 35, 35),
        ("Invoice.operator +", "method", 36, 36, 36, 36),
        ("Invoice.operator int", "method", 37, 37, 37, 37),
        ("Invoice.Check", "method", 38, 38, 38, 38),
        ("Invoice.Native", "method", 39, 39, 39, 39),
        ("Invoice.State", "enum", 42, 42, 42, 42),
        ("Invoice.Line", "struct", 43, 43, 43, 43),
        ("Invoice.Line.Tax", "method", 43, 43, 43, 43),
        ("Invoice.IVisitor", "interface", 44, 44, 44, 44),
        ("Invoice.IVisitor.Visit", "method", 44, 44, 44, 44),
        ("Invoice.Rounding", "type", 45, 45, 45, 45),
        ("Invoice.Address", "class", 46, 46, 46, 46),
        ("Invoice.Address.Short", "method", 46, 46, 46, 46),
        ("Invoice.Point", "struct", 47, 47, 47, 47),
        ("Extensions", "class", 50, 50, 50, 50),
        ("Extensions.Words", "method", 50, 50, 50, 50),
    ]


def test_docs_and_signatures_leave_tags_and_attributes_out() -> None:
    units = {unit.name: unit for unit in parse_all("csharp", SOURCE)}
    invoice = parse_all("csharp", SOURCE)[1]
    assert " ".join(invoice.doc.split()) == "Adds up an Acme.Order . rate The rate."
    assert invoice.signature == "public abstract partial class Invoice<T> : Base, IInvoice where T : class"
    assert (
        units["SendAsync"].signature
        == "public async Task<TReply> SendAsync<TReply>(int id) where TReply : new()"
    )
    assert units["Twice"].signature == "int Twice(int a)"
    assert units["Close"].signature == "void IInvoice.Close()"
    assert units["Check"].signature == "public abstract void Check()"


def test_a_namespace_of_the_whole_file_holds_all_that_follows() -> None:
    code = """\
namespace Acme.Billing;

using X;

public record Order(int Id);

static class Run { static void Go() { } }
"""
    assert outline("csharp", code) == [
        ("sample", "module", 3, 3, 3, 3),
        ("Acme.Billing.Order", "class", 5, 5, 5, 5),
        ("Acme.Billing.Run", "class", 7, 7, 7, 7),
        ("Acme.Billing.Run.Go", "method", 7, 7, 7, 7),
    ]


def test_both_branches_of_a_conditional_are_found() -> None:
    code = """\
class Clock
{
#if NET6_0_OR_GREATER
    int Now() { return 1; }
#else
    int Ticks() { return 2; }
#endif
    int After() { return 3; }
}
"""
    assert list(parse("csharp", code)) == ["Clock", "Clock.Now", "Clock.Ticks", "Clock.After"]


def test_top_level_statements_are_module_code() -> None:
    code = "var app = Build();\napp.Run();\n\nstatic App Build() { return new App(); }\n"
    assert outline("csharp", code) == [
        ("sample", "module", 1, 1, 1, 2),
        ("Build", "function", 4, 4, 4, 4),
    ]


@pytest.mark.parametrize(
    "code",
    [SOURCE.replace("\n", "\r\n"), "\ufeff" + SOURCE, SOURCE.replace("    ", "\t")],
    ids=["crlf", "bom", "tabs"],
)
def test_line_ends_marks_and_tabs_change_nothing(code: str) -> None:
    assert outline("csharp", code) == outline("csharp", SOURCE)


def test_a_class_that_is_not_finished_gives_its_methods_its_name() -> None:
    code = "class Draft : {\n    void Before() { Run(); }\n"
    assert list(parse("csharp", code)) == ["Draft", "Draft.Before"]


def test_methods_around_a_syntax_error_are_found() -> None:
    code = """\
class Broken
{
    void Before() { Run(); }

    void Torn( { x = ; }

    void After() { Run(); }
}
"""
    assert {"Broken", "Before", "After"} <= {unit.name for unit in parse_all("csharp", code)}
