from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
package com.acme.cache

import java.io.File

/**
 * Keeps values.
 */
@Serializable
public abstract class Cache<K : Any>(val size: Int, private val name: String = "x") : Base(a), Store {
    constructor(name: String) : this(name.length) {
        println(name)
    }

    init {
        check(size > 0)
    }

    val isFull: Boolean get() = size > 9
    var limit: Int = 0
        set(value) {
            field = value
        }
    val plain = 3

    private val onEvict: (K) -> Unit = { key -> println(key) }

    private val listener = object : Listener {
        override fun onClick() {
            println()
        }
    }

    // Looks up.
    @Throws(IOException::class)
    override suspend fun <V> get(
        key: K,
        other: V,
    ): V where V : Any {
        fun retry() = 1
        val again = { times: Int -> times }
        return other
    }

    abstract fun clear()

    operator fun plus(other: Cache<K>): Cache<K> = this

    companion object {
        const val MAX = 10

        fun create(): Cache<Int> = TODO()
    }

    inner class Entry {
        fun touch() {}
    }

    enum class Policy(val code: Int) {
        LRU(1) {
            override fun pick() = 1
        },
        FIFO(2);

        abstract fun pick(): Int
    }
}

interface Store {
    fun clear()
}

fun interface Visitor {
    fun visit(x: Int): Int
}

sealed class Result {
    data class Ok(val value: Int) : Result()

    object Missing : Result()
}

class Named {
    companion object Factory {
        fun make() = Named()
    }
}

typealias Handler = (Int) -> Unit

fun String.shout(times: Int): String {
    return uppercase()
}

fun <T> List<T>?.second(): T = this!![1]

val String.lastChar: Char get() = this[length - 1]

val add = { a: Int, b: Int -> a + b }

fun `reads like a sentence`() {}

fun listen() = object : Listener { override fun onClick() {} }
"""


def test_units_with_their_lines() -> None:
    assert outline("kotlin", SOURCE) == [
        ("sample", "module", 1, 1, 1, 3),
        ("Cache", "class", 5, 8, 9, 66),
        ("Cache.constructor", "constructor", 10, 10, 10, 12),
        ("Cache.isFull", "method", 18, 18, 18, 18),
        ("Cache.limit", "method", 19, 19, 19, 22),
        ("Cache.onEvict", "method", 25, 25, 25, 25),
        ("Cache.listener.onClick", "method", 28, 28, 28, 30),
        ("Cache.get", "method", 33, 34, 35, 42),
        ("Cache.get.retry", "function", 39, 39, 39, 39),
        ("Cache.get.again", "function", 40, 40, 40, 40),
        ("Cache.clear", "method", 44, 44, 44, 44),
        ("Cache.plus", "method", 46, 46, 46, 46),
        ("Cache.create", "method", 51, 51, 51, 51),
        ("Cache.Entry", "class", 54, 54, 54, 56),
        ("Cache.Entry.touch", "method", 55, 55, 55, 55),
        ("Cache.Policy", "enum", 58, 58, 58, 65),
        ("Cache.Policy.LRU", "class", 59, 59, 59, 61),
        ("Cache.Policy.LRU.pick", "method", 60, 60, 60, 60),
        ("Cache.Policy.pick", "method", 64, 64, 64, 64),
        ("Store", "interface", 68, 68, 68, 70),
        ("Store.clear", "method", 69, 69, 69, 69),
        ("Visitor", "interface", 72, 72, 72, 74),
        ("Visitor.visit", "method", 73, 73, 73, 73),
        ("Result", "class", 76, 76, 76, 80),
        ("Result.Ok", "class", 77, 77, 77, 77),
        ("Result.Missing", "class", 79, 79, 79, 79),
        ("Named", "class", 82, 82, 82, 86),
        ("Named.Factory", "class", 83, 83, 83, 85),
        ("Named.Factory.make", "method", 84, 84, 84, 84),
        ("Handler", "type", 88, 88, 88, 88),
        ("String.shout", "method", 90, 90, 90, 92),
        ("List.second", "method", 94, 94, 94, 94),
        ("String.lastChar", "method", 96, 96, 96, 96),
        ("add", "function", 98, 98, 98, 98),
        ("`reads like a sentence`", "function", 100, 100, 100, 100),
        ("listen", "function", 102, 102, 102, 102),
        ("listen.onClick", "method", 102, 102, 102, 102),
    ]


def test_docs_and_signatures_leave_annotations_out() -> None:
    units = parse("kotlin", SOURCE)
    assert units["Cache"].doc == "Keeps values."
    assert units["Cache"].signature == (
        'public abstract class Cache<K : Any>(val size: Int, private val name: String = "x") : Base(a), Store'
    )
    assert units["Cache.get"].doc == "Looks up."
    assert units["Cache.get"].signature == (
        "override suspend fun <V> get( key: K, other: V, ): V where V : Any"
    )
    assert units["Cache.plus"].signature == "operator fun plus(other: Cache<K>): Cache<K>"
    assert units["String.shout"].body.startswith("{")


@pytest.mark.parametrize(
    "code",
    [SOURCE.replace("\n", "\r\n"), "\ufeff" + SOURCE, SOURCE.replace("    ", "\t")],
    ids=["crlf", "bom", "tabs"],
)
def test_line_ends_marks_and_tabs_change_nothing(code: str) -> None:
    assert outline("kotlin", code) == outline("kotlin", SOURCE)


def test_scripts_and_names_in_any_script() -> None:
    code = "val größe = { x: Int -> x }\nfun übung() {}\nprintln(größe(1))\n"
    assert list(parse("kotlin", code)) == ["größe", "übung"]


def test_a_class_that_a_syntax_error_tears_apart_still_names_its_functions() -> None:
    code = """\
class Broken {
    fun before() { run() }

    fun torn( { val = ; }

    fun after() { run() }
"""
    assert {"Broken.before", "Broken.after"} <= {unit.qualname for unit in parse_all("kotlin", code)}


def test_what_a_syntax_error_tears_apart_is_all_there() -> None:
    code = """\
package app

sealed interface Result
class Ok(val x: Int) : Result { override fun toString() = "ok" }
class Err(val why: String) : Result { override fun toString() = why }

val retryTable = mapOf(1 to 2)

fun after() = 3
"""
    units = parse_all("kotlin", code)
    assert {"Result", "Ok", "Ok.toString", "after"} <= {unit.qualname for unit in units}
    covered = {line for unit in units for line in range(unit.start_line, unit.end_line + 1)}
    assert {4, 5, 7, 9} <= covered


def test_a_torn_class_reaches_as_far_as_it_is_indented() -> None:
    code = """\
class Draft : {
    fun one() = 1

    fun torn( {
}

fun after() = 3
"""
    units = {unit.qualname: unit for unit in parse_all("kotlin", code)}
    assert (units["Draft"].start_line, units["Draft"].end_line) == (1, 5)
    assert "after" in units
