from __future__ import annotations

import pytest

from mindgap_indexer.types import Kind
from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
//! Parsing of search patterns.

use std::fmt;

const LIMIT: usize = 10;

/// A compiled pattern.
///
/// Cheap to clone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pattern<'a, T = u8> {
    text: &'a [T],
}

struct Unit;
struct Pair(u8, u8);
union Bits { int: u32, float: f32 }

/** What can go wrong. */
pub enum Error { Empty, At(usize) }

pub trait Matcher: Sized {
    type Captures;
    /// Finds the first match.
    fn find(&self, haystack: &[u8]) -> Option<Match>;
    fn is_match(&self, haystack: &[u8]) -> bool {
        self.find(haystack).is_some()
    }
}

impl<'a, T: Copy> Pattern<'a, T> {
    /// Compiles a pattern.
    #[inline]
    pub const fn new(text: &'a [T]) -> Self {
        Pattern { text }
    }

    pub(crate) async unsafe fn walk<F>(&self, mut visit: F) -> Result<(), Error>
    where
        F: FnMut(T),
    {
        let step = |x: T| -> T { x };
        let mut count = move || 1;
        Ok(())
    }
}

impl fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { Ok(()) }
}

impl Matcher for &'static str { fn find(&self, h: &[u8]) -> Option<Match> { None } }
impl Matcher for crate::glob::Set<u8> { fn find(&self, h: &[u8]) -> Option<Match> { None } }
impl Matcher for [u8; 4] { fn find(&self, h: &[u8]) -> Option<Match> { None } }
impl Matcher for dyn Any { fn find(&self, h: &[u8]) -> Option<Match> { None } }

pub type Result<T> = std::result::Result<T, Error>;

/// Builds a list of patterns.
#[macro_export]
macro_rules! patterns {
    ($($text:expr),*) => { vec![$(Pattern::new($text)),*] };
}

mod glob {
    pub fn r#match(text: &str) -> bool { true }
}

extern "C" {
    fn malloc(size: usize) -> *mut u8;
}

static HASH: fn(u8) -> u8 = |x| x ^ 0x5f;

cfg_unix! {
    /// Only on Unix.
    #[inline]
    pub fn uid() -> u32 { 0 }

    impl Pattern<'_> {
        fn from_bytes(bytes: &[u8]) -> Self { todo!() }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_größe() { assert!(true); }
}
"""


def test_units() -> None:
    assert outline("rust", SOURCE) == [
        ("sample", "module", 1, 1, 1, 5),
        ("Pattern", "struct", 7, 10, 12, 14),
        ("Unit", "struct", 16, 16, 16, 16),
        ("Pair", "struct", 17, 17, 17, 17),
        ("Bits", "struct", 18, 18, 18, 18),
        ("Error", "enum", 20, 21, 21, 21),
        ("Matcher", "trait", 23, 23, 23, 30),
        ("Matcher.find", "method", 25, 26, 26, 26),
        ("Matcher.is_match", "method", 27, 27, 27, 29),
        ("Pattern.new", "constructor", 33, 34, 35, 37),
        ("Pattern.walk", "method", 39, 39, 39, 46),
        ("Pattern.walk.step", "function", 43, 43, 43, 43),
        ("Pattern.walk.count", "function", 44, 44, 44, 44),
        ("Pattern.fmt", "method", 50, 50, 50, 50),
        ("str.find", "method", 53, 53, 53, 53),
        ("Set.find", "method", 54, 54, 54, 54),
        ("[u8; 4].find", "method", 55, 55, 55, 55),
        ("Any.find", "method", 56, 56, 56, 56),
        ("Result", "type", 58, 58, 58, 58),
        ("patterns", "macro", 60, 61, 62, 64),
        ("glob.r#match", "function", 67, 67, 67, 67),
        ("malloc", "function", 71, 71, 71, 71),
        ("HASH", "function", 74, 74, 74, 74),
        ("uid", "function", 77, 78, 79, 79),
        ("Pattern.from_bytes", "method", 82, 82, 82, 82),
        ("tests.finds_größe", "function", 88, 88, 89, 89),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = {unit.qualname: unit for unit in parse_all("rust", SOURCE)}
    pattern = units["Pattern"]
    assert pattern.signature == "pub struct Pattern<'a, T = u8>"
    assert pattern.doc == "A compiled pattern.\n\nCheap to clone."
    assert SOURCE.encode()[pattern.start_byte : pattern.end_byte].startswith(b"#[derive")
    assert units["Error"].doc == "What can go wrong."
    assert "fn find(&self, haystack: &[u8])" in units["Matcher"].body
    assert units["Matcher.find"].doc == "Finds the first match."
    assert units["Pattern.new"].signature == "pub const fn new(text: &'a [T]) -> Self"
    assert units["Pattern.walk"].signature.endswith("-> Result<(), Error> where F: FnMut(T),")
    assert units["Pattern.walk.step"].body.startswith("{ x }")
    assert units["patterns"].signature == "macro_rules! patterns"
    assert units["uid"].doc == "Only on Unix."
    assert units["uid"].signature == "pub fn uid() -> u32"


def test_macros_of_statements_are_no_scopes_of_their_own() -> None:
    source = 'fn main() {\n    select! { _ = work() => {} }\n    println!("{}", 1);\n}\n'
    assert [unit.qualname for unit in parse_all("rust", source)] == ["main"]


def test_templates_of_code_are_no_code() -> None:
    source = "fn derive() -> TokenStream {\n    quote! { impl #name { fn made(&self) {} #(#rest)* } }\n}\n"
    assert list(parse("rust", source)) == ["derive"]


def test_constructors() -> None:
    units = parse("rust", "struct A;\nimpl A {\n    fn new() -> A { A }\n}\nfn new() {}\n")
    assert units["A.new"].kind is Kind.CONSTRUCTOR
    assert units["new"].kind is Kind.FUNCTION


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_around_a_syntax_error(newline: str) -> None:
    source = (
        "\ufeff/// Größe.\nfn größe() {\n\tlet x = 1;\n}\n\nfn broken(a: { \n\nstruct After {\n\tx: u8,\n}\n"
    )
    units = {unit.name: unit for unit in parse_all("rust", source.replace("\n", newline))}
    assert (units["größe"].doc_start_line, units["größe"].start_line, units["größe"].end_line) == (1, 2, 4)
    assert units["größe"].doc == "Größe."
    assert (units["After"].start_line, units["After"].end_line) == (8, 10)
