from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
import { Injectable } from "@angular/core";

/** What a store can do. */
export interface Store<T> extends Base {
  get(key: string): T | undefined;
  onChange: (value: T) => void;
  new (name: string): Store<T>;
}

export type Listener<T> = (value: T) => void;

export const enum Level { Low, High }

export namespace Paths.Inner {
  export function join(...parts: string[]): string { return parts.join("/"); }
}

export function parse(text: string): number;
export function parse(text: string, base: number): number;
export function parse(text: string, base = 10): number {
  return Number.parseInt(text, base);
}

/** Keeps users. */
@Injectable({ providedIn: "root" })
export abstract class Users<T extends User> implements Store<T> {
  @Input() name = "x";
  private readonly cache = new Map<string, T>();
  private load = async (id: string): Promise<T> => this.fetch(id);
  constructor(private readonly http: Http) {}
  abstract fetch(id: string): Promise<T>;
  /** Reacts. */
  @HostListener("click", ["$event"]) onClick(@Inject(A) event: Event): void {}
  // Gets.
  get(key: string): T | undefined;
  @Memo()
  get(key: string) { return this.cache.get(key); }
}

const pick = (<K extends string>(key: K) => key) as Picker;
export const routes = { home: () => "/", user: (id: string) => `/u/${id}` } satisfies Routes;
"""


def test_units_with_their_lines() -> None:
    assert outline("typescript", SOURCE) == [
        ("sample", "module", 1, 1, 1, 1),
        ("Store", "interface", 3, 4, 4, 8),
        ("Store.get", "method", 5, 5, 5, 5),
        ("Listener", "type", 10, 10, 10, 10),
        ("Level", "enum", 12, 12, 12, 12),
        ("Paths.Inner.join", "function", 15, 15, 15, 15),
        ("parse", "function", 18, 18, 18, 18),
        ("parse", "function", 19, 19, 19, 19),
        ("parse", "function", 20, 20, 20, 22),
        ("Users", "class", 24, 25, 26, 38),
        ("Users.load", "method", 29, 29, 29, 29),
        ("Users.constructor", "constructor", 30, 30, 30, 30),
        ("Users.fetch", "method", 31, 31, 31, 31),
        ("Users.onClick", "method", 32, 33, 33, 33),
        ("Users.get", "method", 34, 35, 35, 35),
        ("Users.get", "method", 36, 36, 37, 37),
        ("pick", "function", 40, 40, 40, 40),
        ("routes.home", "method", 41, 41, 41, 41),
        ("routes.user", "method", 41, 41, 41, 41),
    ]


def test_docs_and_signatures_leave_decorators_out() -> None:
    units = {(unit.qualname, unit.start_line): unit for unit in parse_all("typescript", SOURCE)}
    assert units["Users", 25].doc == "Keeps users."
    assert units["Users", 25].signature == "abstract class Users<T extends User> implements Store<T>"
    assert units["Users.onClick", 33].doc == "Reacts."
    assert units["Users.onClick", 33].signature == "onClick(@Inject(A) event: Event): void"
    assert units["Users.get", 35].signature == "get(key: string): T | undefined"
    assert units["Users.get", 36].signature == "get(key: string)"
    assert units["parse", 18].signature == "function parse(text: string): number"


def test_ambient_declarations() -> None:
    code = """\
declare module "express" {
  export function static(root: string): Handler;
  export const json: (options?: Options) => Handler;
  class Router { use(path: string): this; constructor(options: Options); }
}
declare global { interface Window { open(): void } }
declare const version: string;
export declare function run(): void;
declare module Legacy.Inner { function load(): void; }
"""
    units = [unit for unit in parse_all("typescript", code) if unit.kind != "module"]
    assert [(unit.qualname, unit.kind) for unit in units] == [
        ("static", "function"),
        ("json", "function"),
        ("Router", "class"),
        ("Router.use", "method"),
        ("Router.constructor", "constructor"),
        ("Window", "interface"),
        ("Window.open", "method"),
        ("run", "function"),
        ("Legacy.Inner.load", "function"),
    ]


def test_casts_are_typescript_and_elements_are_tsx() -> None:
    assert list(parse("typescript", "const f = (x: number) => <string>g(x);")) == ["f"]
    component = """\
interface Props { name: string }

export const Hello: React.FC<Props> = ({ name }) => {
  const onClick = () => {};
  return <b onClick={onClick}>{name}</b>;
};
"""
    assert outline("tsx", component) == [
        ("Props", "interface", 1, 1, 1, 1),
        ("Hello", "function", 3, 3, 3, 6),
        ("Hello.onClick", "function", 4, 4, 4, 4),
    ]


@pytest.mark.parametrize("code", [SOURCE.replace("\n", "\r\n"), "\ufeff" + SOURCE], ids=["crlf", "bom"])
def test_line_ends_and_marks_change_nothing(code: str) -> None:
    assert outline("typescript", code) == outline("typescript", SOURCE)


def test_units_around_a_syntax_error_are_found() -> None:
    code = "function before() {}\n\ninterface Broken { a: ; b( }\n\nclass Last { run(): void {} }\n"
    assert {"before", "Last", "Last.run"} <= set(parse("typescript", code))
