from __future__ import annotations

import time

import pytest

from mindgap_indexer.parsing.prose import clean_comment, clean_comments


@pytest.mark.parametrize(
    ("comment", "prose"),
    [
        # Line comments
        ("# Python, Ruby, Bash", "Python, Ruby, Bash"),
        ("#: Sphinx", "Sphinx"),
        ("#' Roxygen", "Roxygen"),
        ("// C, Go, Java", "C, Go, Java"),
        (
            "// see https://example.org/#a -- or not; 100 % sure",
            "see https://example.org/#a -- or not; 100 % sure",
        ),
        ("/*\n see https://example.org/#a\n*/", "see https://example.org/#a"),
        ("/// Rust, Swift, C#", "Rust, Swift, C#"),
        ("//! Rust, of a module", "Rust, of a module"),
        ("///< C++, behind a member", "C++, behind a member"),
        ("-- Lua, SQL", "Lua, SQL"),
        ("--- LuaDoc", "LuaDoc"),
        ("-- | Haskell", "Haskell"),
        ("-- ^ Haskell, behind a field", "Haskell, behind a field"),
        (";;; Lisp", "Lisp"),
        ("%% Erlang", "Erlang"),
        ("#tight", "tight"),
        ("# one\n#\n#   code\n# two", "one\n\n  code\ntwo"),
        ("  // indented\n  // twice", "indented\ntwice"),
        ("# * a list\n# * of two", "* a list\n* of two"),
        # Block comments
        ("/* C */", "C"),
        ("/** Java */", "Java"),
        ("/*! Doxygen */", "Doxygen"),
        ("/**< Doxygen, behind a member */", "Doxygen, behind a member"),
        ("/**\n * One.\n *\n *   code\n * Two.\n */", "One.\n\n  code\nTwo."),
        ("/**\n * **bold** text\n */", "**bold** text"),
        ("/*\n   No stars.\n   At all.\n*/", "No stars.\nAt all."),
        ("{- | Haskell -}", "Haskell"),
        ("{-\n  Haskell\n  again\n-}", "Haskell\nagain"),
        ("--[[ Lua ]]", "Lua"),
        ("--[==[\nLua\n]==]", "Lua"),
        ("--[[\nLua\n--]]", "Lua"),
        ("#= Julia =#", "Julia"),
        ("=begin\nRuby\n=end", "Ruby"),
        ("<!-- markup -->", "markup"),
        # Frames and rules
        ("/*****\n * C    *\n *****/", "C"),
        ("########\n# Bash #\n########", "Bash #"),
        ("# ------\n# Parts\n# ------", "Parts"),
        ("#### Parts ####", "Parts"),
        ("# Parts -------", "Parts"),
        ("//======\n// Parts\n//======", "Parts"),
        # Docstrings
        ('"""Python."""', "Python."),
        ("'''Python.'''", "Python."),
        ('r"""Raw \\d."""', "Raw \\d."),
        ('"Python."', "Python."),
        ('"""One.\n\n    Two.\n        code\n    """', "One.\n\nTwo.\n    code"),
        ('"""\n    - a list\n    # of marks\n    """', "- a list\n# of marks"),
        ('raw"""Julia"""', "Julia"),
        ('@doc """\nElixir\n\n  * a list\n"""', "Elixir\n\n  * a list"),
        ('@moduledoc ~S"""\nElixir\n"""', "Elixir"),
        ('@doc "Elixir"', "Elixir"),
        ("@doc ~s(Elixir)", "Elixir"),
        ("@spec add(t, t) :: t", "add(t, t) :: t"),
        ('desc "Rake"', "Rake"),
        ('desc "install NAME", "Thor"', "install NAME: Thor"),
        # Tags
        (
            '/// <summary>Adds <paramref name="a"/> to <see cref="T:Box"/>.</summary>',
            "Adds a to Box .",
        ),
        ("/** Adds {@code a} to {@link Box}. */", "Adds a to Box."),
        ("/// A list of `Vec<T>`", "A list of `Vec<T>`"),
        # No prose
        ("#!/bin/sh", ""),
        ("# -*- coding: utf-8 -*-", ""),
        ("# frozen_string_literal: true", ""),
        ("# shellcheck disable=SC2034\n# Says hello.", "Says hello."),
        ("{-# INLINE add #-}", ""),
        ("//", ""),
        ("/***/", ""),
        ("", ""),
    ],
)
def test_comment_marks_go_and_words_stay(comment: str, prose: str) -> None:
    found = clean_comment(comment)
    assert [" ".join(line.split()) if "<" in comment else line for line in found.splitlines()] == (
        prose.splitlines()
    )


@pytest.mark.parametrize(
    ("comments", "prose"),
    [
        (["/** One. */", "/** Two. */"], "One.\nTwo."),
        (["// One", "//   code", "// two"], "One\n  code\ntwo"),
        (["# One", '"""Two."""'], "One\nTwo."),
        (["{-# INLINE add #-}", "-- | Adds."], "Adds."),
        ([], ""),
    ],
)
def test_several_comments_are_cleaned_each_by_its_marks(comments: list[str], prose: str) -> None:
    assert clean_comments(comments) == prose


@pytest.mark.parametrize(
    "piece", ["*", " ", "\n", "-", "#", "<p ", "{@a ", '"', "'", "=", "]", "-*-", "(", "x "]
)
@pytest.mark.parametrize("mark", ["/*", "# ", "{-", '"', "--[["])
def test_no_comment_takes_long(mark: str, piece: str) -> None:
    start = time.perf_counter()
    clean_comment(mark + piece * (100_000 // len(piece)) + "?")
    assert time.perf_counter() - start < 1
