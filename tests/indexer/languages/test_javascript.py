from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
import { arr } from "./arr.js";

const LIMIT = 10;

/**
 * Finds the first even number.
 * @param {number[]} xs
 */
export async function firstEven(xs, { from = 0 } = {}) {
  const isEven = (x) => x % 2 === 0;
  function step(i) {
    return isEven(xs[i]) ? xs[i] : step(i + 1);
  }
  return step(from);
}

// Squares.
export const square = (x) => x * x,
  cube = (x) => x ** 3;

function* naturals() { yield 1; }

@observer
class Shape extends Base {
  static #count = 0;
  sides = 4;
  // Called on click.
  handle = async (event) => { this.sides++; };
  constructor(name) { super(); this.label = function () { return name; }; }
  get area() { return 0; }
  set area(value) {}
  static async *[Symbol.iterator]() {}
  #secret() {}
  "data-x"() {}
}

export default class extends Shape {
  render() { return <p class="note" onClick={() => this.handle()}>{this.area}</p>; }
}
"""


def test_units_with_their_lines() -> None:
    assert outline("javascript", SOURCE) == [
        ("sample", "module", 1, 1, 1, 3),
        ("firstEven", "function", 5, 9, 9, 15),
        ("firstEven.isEven", "function", 10, 10, 10, 10),
        ("firstEven.step", "function", 11, 11, 11, 13),
        ("sample", "module", 17, 17, 17, 17),
        ("square", "function", 18, 18, 18, 18),
        ("cube", "function", 19, 19, 19, 19),
        ("naturals", "function", 21, 21, 21, 21),
        ("Shape", "class", 23, 23, 24, 35),
        ("Shape.handle", "method", 27, 28, 28, 28),
        ("Shape.constructor", "constructor", 29, 29, 29, 29),
        ("Shape.constructor.label", "function", 29, 29, 29, 29),
        ("Shape.area", "method", 30, 30, 30, 30),
        ("Shape.area", "method", 31, 31, 31, 31),
        ("Shape.iterator", "method", 32, 32, 32, 32),
        ("Shape.#secret", "method", 33, 33, 33, 33),
        ("Shape.data-x", "method", 34, 34, 34, 34),
        ("default", "class", 37, 37, 37, 39),
        ("default.render", "method", 38, 38, 38, 38),
    ]


def test_doc_signature_and_body() -> None:
    unit = parse_all("javascript", SOURCE)[1]
    assert unit.doc == "Finds the first even number.\n@param {number[]} xs"
    assert unit.signature == "async function firstEven(xs, { from = 0 } = {})"
    assert unit.body.startswith("{\n  const isEven")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("var f = function g() {};", ["f"]),
        ("exports.parse = function parse(text) {};", ["parse"]),
        ("module.exports = function (text) {};", ["exports"]),
        ("module.exports = function parse(text) {};", ["parse"]),
        ("exports = module.exports = create;\nfunction create() {}", ["create"]),
        ("Foo.prototype.bar = function () {};", ["Foo.bar"]),
        ("Foo.prototype = { bar: function () {}, n: 1, baz() {} };", ["Foo.bar", "Foo.baz"]),
        ("Object.assign(Foo.prototype, { bar() {} });", ["Foo.bar"]),
        ("jQuery.fn.extend({ hide: function () {} });", ["jQuery.fn.hide"]),
        ("app.use = function use(fn) {};", ["app.use"]),
        ("app[method] = function (path) {};", ["app.method"]),
        ("window.onload = () => {};", ["onload"]),
        ("const api = { url: '/', get() {}, v2: { list: async () => {} } };", ["api.get", "api.v2.list"]),
        ("const slice = createSlice({ name: 'x', reducers: { add(state) {} } });", ["slice.reducers.add"]),
        ("const routes = { home: () => import('./home'), go: () => f() };", ["routes.go"]),
        ("const config = { retries: 3, urls: { a: '/a' } };", []),
        ("var counter = (function () { function next() {} return next; })();", ["counter", "counter.next"]),
        ("(function ($) { function plugin() {} })(jQuery);", ["plugin"]),
        ("Object.defineProperty(o, 'x', { get: function getX() {} });", ["getX"]),
        ("const Button = React.memo(forwardRef(function Inner(props) {}));", ["Button"]),
        ("export const total = createSelector([items], (xs) => xs.length);", ["total"]),
        ("const names = users.map((user) => user.name);", []),
        ("function App() { const save = useCallback(() => {}); const x = f(() => 1); }", ["App", "App.save"]),
        ("Foo.prototype[Symbol.iterator] = function* () {};", ["Foo.iterator"]),
        ("Foo.prototype['catch'] = function () {};", ["Foo.catch"]),
        ("exports.Shape = class { area() {} };", ["Shape", "Shape.area"]),
        ("module.exports = class Shape { area() {} };", ["Shape", "Shape.area"]),
        ("lib.util = { n: 1, pad() {} };", ["lib.util.pad"]),
        ("module.exports = { n: 1, pad() {} };", ["pad"]),
        ("class A { static handlers = { n: 1, open() {} }; }", ["A", "A.handlers.open"]),
        ("co(function* fetchAll() {});", ["fetchAll"]),
        ("export default function () {}", ["default"]),
        ("exports.list = asyncHandler(async (req, res) => {});", ["list"]),
        ("export default memo(({ a }) => a);", ["default"]),
        ("setTimeout(function tick() {}, 10);", ["tick"]),
        ("const Model = class Inner {};\nmixin(class Named {});", ["Model", "Named"]),
    ],
)
def test_functions_are_found_by_the_name_they_are_bound_to(code: str, expected: list[str]) -> None:
    assert list(parse("javascript", code)) == expected


def test_methods_of_prototypes_are_methods_and_exports_are_functions() -> None:
    code = "Foo.prototype.bar = function () {};\nexports.baz = function () {};\nconst o = { q() {} };"
    assert [unit.kind for unit in parse_all("javascript", code)] == ["method", "function", "method"]


def test_a_blank_line_below_a_doc_block_does_not_part_it() -> None:
    code = "/** File. */\n\n'use strict';\n\n/**\n * Starts.\n */\n\napp.init = function init() {};\n"
    unit = parse("javascript", code)["app.init"]
    assert (unit.doc, unit.doc_start_line, unit.start_line) == ("Starts.", 5, 9)


def test_the_head_of_a_file_is_not_the_doc_of_its_first_function() -> None:
    assert parse("javascript", "/** Licence. */\n\nfunction f() {}\n")["f"].doc == ""


def test_an_exported_class_has_the_doc_above_the_export() -> None:
    unit = parse("javascript", "// Draws.\nmodule.exports = class Shape {\n};\n")["Shape"]
    assert (unit.doc, unit.start_byte, unit.end_line) == ("Draws.", 10, 3)


def test_a_commented_namespace_keeps_its_comment() -> None:
    module, method = parse_all("javascript", "// Helpers for dates.\nconst dates = {\n  parse() {},\n};\n")
    assert (module.doc, module.end_line, method.qualname) == ("Helpers for dates.", 2, "dates.parse")


@pytest.mark.parametrize(
    "code",
    [
        SOURCE.replace("\n", "\r\n"),
        "\ufeff" + SOURCE,
        SOURCE.replace("  ", "\t"),
    ],
    ids=["crlf", "bom", "tabs"],
)
def test_line_ends_marks_and_tabs_change_nothing(code: str) -> None:
    assert outline("javascript", code) == outline("javascript", SOURCE)


def test_names_in_any_script() -> None:
    assert list(parse("javascript", "const größe = () => 1;\nfunction 面积() {}\n")) == ["größe", "面积"]


def test_units_around_a_syntax_error_are_found() -> None:
    code = (
        "function before() {}\n\nconst broken = (a, => { ;\n\nfunction after() {}\n\nclass B { run() {} }\n"
    )
    assert {"before", "after", "B", "B.run"} <= set(parse("javascript", code))
