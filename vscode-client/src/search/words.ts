/** How things are called for people; shared by the extension and its panel. */
import type { ConfidenceName, KindName, ModeName, RootStatus, SearchHit, SkipName } from "../protocol";

export const MODE_NAMES: Readonly<Record<ModeName, string>> = {
  auto: "Automatic",
  nl: "Plain words",
  pseudocode: "Pseudocode",
  symbol: "Symbol",
  code: "Code",
};

export const CONFIDENCE_WORDS: Readonly<Record<ConfidenceName, string>> = {
  high: "strong match",
  medium: "good match",
  low: "weak match",
};

export const KIND_ICONS: Readonly<Record<KindName, string>> = {
  function: "symbol-method",
  method: "symbol-method",
  constructor: "symbol-method",
  class: "symbol-class",
  struct: "symbol-structure",
  interface: "symbol-interface",
  trait: "symbol-interface",
  enum: "symbol-enum",
  type: "symbol-class",
  macro: "symbol-method",
  module: "symbol-namespace",
  block: "symbol-file",
};

export const SKIP_WORDS: Readonly<Record<SkipName, string>> = {
  ignored: "An ignore file says so",
  builtin: "Dependencies, build output, caches, lock files",
  language: "Not source code that Mindgap knows",
  "too-large": "Larger than `mindgap.maxFileSize`",
  binary: "Binary",
  minified: "Minified",
  generated: "Generated",
  empty: "Empty",
  symlink: "A link; what it points to is indexed where it stands",
  nested: "Another work tree of an indexed repository",
  secret: "May hold secrets",
  hangs: "Parsing it does not come to an end",
  unreadable: "Could not be read",
};

const FEATURE_WORDS: Readonly<Record<string, string>> = {
  lexical: "same words",
  semantic: "similar meaning",
  deep: "similar meaning (deep)",
  cross: "reads like an answer",
  late: "says it in other words",
  late_name: "its name says it",
  name_fit: "the name fits",
  path: "its path says it",
  mention: "you named it",
  spelling_pieces: "spelt alike",
  spelling_letters: "spelt alike",
  callable: "is a function",
  coherence: "its file is about it",
};

/** Why a hit was found, in words, weightiest first. Small and negative contributions tell nothing. */
export function reasons(hit: Pick<SearchHit, "features">, most = 3): string[] {
  const entries = Object.entries(hit.features).filter(([name, value]) => value > 0 && FEATURE_WORDS[name] !== undefined);
  const best = Math.max(0, ...entries.map(([, value]) => value));
  const weighty = entries
    .filter(([name, value]) => value >= best / 5 && name !== "callable")
    .sort((a, b) => b[1] - a[1])
    .map(([name]) => FEATURE_WORDS[name] ?? name);
  return [...new Set(weighty)].slice(0, most);
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** "src/shop/cart.py:41". */
export function place(hit: SearchHit): string {
  return `${hit.path}:${hit.selectionRange.start.line + 1}`;
}

/** The scopes around a name, if there are any: "Cart" of "Cart.total". */
export function scope(hit: Pick<SearchHit, "qualname" | "name">): string {
  return hit.qualname.endsWith(`.${hit.name}`) ? hit.qualname.slice(0, -hit.name.length - 1) : "";
}

/** What all indexes together hold. */
export function totals(roots: readonly RootStatus[]): { files: number; units: number } {
  const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
  return { files: sum(roots.map((root) => root.files)), units: sum(roots.map((root) => root.units)) };
}
