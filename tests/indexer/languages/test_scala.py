from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SCALA_2 = """\
package com.acme
package store

import scala.collection.mutable._

/** Keeps values.
  *
  *  Not for threads.
  */
@deprecated("use Box", "1.2")
sealed abstract class Cache[K <: Key](val size: Int, name: String = "x") extends Base(a) with Store {
  def this(name: String) = this(name.length)
  val limit: Int = size + 1
  lazy val index = build()
  val twice = (x: Int) => x * 2
  val pick: PartialFunction[Int, Int] = { case 1 => 2 }
  // Looks up.
  @tailrec
  final def get[V: Ord](key: K)(implicit ord: Ord[K]): Option[V] = {
    def loop(i: Int): Int = i
    val again = { (x: Int) => loop(x) }
    None
  }
  def clear(): Unit
  def +(other: Cache[K]): Cache[K] = this
  def `a name`: Int = 1
  type Alias = List[K]
  implicit val order: Order[K] = new Order[K] {
    def compare(x: K, y: K): Int = 0
  }
  def iterator: Iterator[K] = new Iterator[K] { def next(): K = ??? }
}

object Cache {
  def apply(size: Int): Cache[Key] = ???
  implicit class Ops(val text: String) extends AnyVal { def shout: String = text }
}

trait Store { def close(): Unit }
case class Point(x: Int, y: Int)
package object syntax { def helper = 1 }
"""

SCALA_3 = """\
package com.acme

enum Color(val rgb: Int):
  case Red extends Color(1)
  case Green, Blue

  def hex: String = rgb.toHexString

given intOrd: Ord[Int] with
  def compare(x: Int, y: Int) = x - y

given Show[String] with
  def show(s: String) = s

given listOrd[T](using ord: Ord[T]): Ord[List[T]] = make(ord)

extension (s: String)
  def shout: String = s.toUpperCase
  def whisper(n: Int): String =
    s.toLowerCase

extension [A](xs: List[A]) def second: A = xs(1)

object Util:
  // Runs.
  def run(x: Int): Int =
    x + 1
  end run

opaque type Id = Long

@main def start(args: String*) = println(args)
val add = (x: Int) => x
var step = (x: Int) => x
"""


def test_units_of_scala_2_with_their_lines() -> None:
    assert outline("scala", SCALA_2) == [
        ("sample", "module", 1, 1, 1, 4),
        ("Cache", "class", 6, 10, 11, 32),
        ("Cache.this", "constructor", 12, 12, 12, 12),
        ("Cache.twice", "method", 15, 15, 15, 15),
        ("Cache.pick", "method", 16, 16, 16, 16),
        ("Cache.get", "method", 17, 18, 19, 23),
        ("Cache.get.loop", "function", 20, 20, 20, 20),
        ("Cache.get.again", "function", 21, 21, 21, 21),
        ("Cache.clear", "method", 24, 24, 24, 24),
        ("Cache.+", "method", 25, 25, 25, 25),
        ("Cache.`a name`", "method", 26, 26, 26, 26),
        ("Cache.Alias", "type", 27, 27, 27, 27),
        ("Cache.order.compare", "method", 29, 29, 29, 29),
        ("Cache.iterator", "method", 31, 31, 31, 31),
        ("Cache.iterator.next", "method", 31, 31, 31, 31),
        ("Cache", "class", 34, 34, 34, 37),
        ("Cache.apply", "method", 35, 35, 35, 35),
        ("Cache.Ops", "class", 36, 36, 36, 36),
        ("Cache.Ops.shout", "method", 36, 36, 36, 36),
        ("Store", "trait", 39, 39, 39, 39),
        ("Store.close", "method", 39, 39, 39, 39),
        ("Point", "class", 40, 40, 40, 40),
        ("syntax", "class", 41, 41, 41, 41),
        ("syntax.helper", "method", 41, 41, 41, 41),
    ]


def test_units_of_scala_3_with_their_lines() -> None:
    assert outline("scala", SCALA_3) == [
        ("sample", "module", 1, 1, 1, 1),
        ("Color", "enum", 3, 3, 3, 7),
        ("Color.hex", "method", 7, 7, 7, 7),
        ("intOrd", "class", 9, 9, 9, 10),
        ("intOrd.compare", "method", 10, 10, 10, 10),
        ("Show.show", "method", 13, 13, 13, 13),
        ("listOrd", "function", 15, 15, 15, 15),
        ("String.shout", "method", 18, 18, 18, 18),
        ("String.whisper", "method", 19, 19, 19, 20),
        ("List.second", "method", 22, 22, 22, 22),
        ("Util", "class", 24, 24, 24, 28),
        ("Util.run", "method", 25, 26, 26, 28),
        ("Id", "type", 30, 30, 30, 30),
        ("start", "function", 32, 32, 32, 32),
        ("add", "function", 33, 33, 33, 33),
        ("step", "function", 34, 34, 34, 34),
    ]


def test_docs_and_signatures_leave_annotations_out() -> None:
    units = {(unit.qualname, unit.start_line): unit for unit in parse_all("scala", SCALA_2)}
    assert units["Cache", 10].doc == "Keeps values.\n\nNot for threads."
    assert units["Cache", 10].signature == (
        'sealed abstract class Cache[K <: Key](val size: Int, name: String = "x") extends Base(a) with Store'
    )
    assert units["Cache.get", 18].doc == "Looks up."
    assert units["Cache.get", 18].signature == (
        "final def get[V: Ord](key: K)(implicit ord: Ord[K]): Option[V]"
    )


def test_packages_with_braces_are_scopes() -> None:
    assert list(parse("scala", "package inner {\n  class A { def f = 1 }\n}\n")) == ["inner.A", "inner.A.f"]


@pytest.mark.parametrize("source", [SCALA_2, SCALA_3], ids=["braces", "indentation"])
@pytest.mark.parametrize("change", ["crlf", "bom", "tabs"])
def test_line_ends_marks_and_tabs_change_nothing(source: str, change: str) -> None:
    changed = {
        "crlf": source.replace("\n", "\r\n"),
        "bom": "\ufeff" + source,
        "tabs": source.replace("  ", "\t"),
    }
    assert outline("scala", changed[change]) == outline("scala", source)


def test_definitions_around_a_syntax_error_are_found() -> None:
    code = "object A { def before = 1 }\n\nobject B { def torn( = ; }\n\nobject C { def after = 1 }\n"
    assert {"A.before", "C.after"} <= {unit.qualname for unit in parse_all("scala", code)}
