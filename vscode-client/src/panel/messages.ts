/** What the panel and the extension say to each other. Both ends check what they get. */
import type { KindName, ModeName, SearchHit, SearchResponse } from "../protocol";
import type { Summary } from "../search/status";

/** Where to search. */
export type Scope = { readonly kind: "all" } | { readonly kind: "open" } | { readonly kind: "folder"; readonly uri: string; readonly name: string };

export interface Filters {
  readonly languages: readonly string[];
  readonly kinds: readonly KindName[];
  readonly path: string;
  readonly scope: Scope;
}

export const NO_FILTERS: Filters = { languages: [], kinds: [], path: "", scope: { kind: "all" } };

/** A hit, as far as it is needed to find it again. */
export interface Target {
  readonly uri: string;
  readonly qualname: string;
  readonly kind: KindName;
  readonly line: number;
}

export type How = "open" | "preview" | "side";
export type Chip = "mode" | "language" | "kind" | "scope" | "path" | "history";
export const CHIPS: readonly Chip[] = ["mode", "language", "kind", "scope", "path", "history"];

/** From the panel. */
export type PanelMessage =
  | { readonly type: "ready" }
  | { readonly type: "search"; readonly id: number; readonly query: string; readonly mode: ModeName; readonly filters: Filters }
  | { readonly type: "cancel" }
  | { readonly type: "open"; readonly target: Target; readonly index: number; readonly how: How }
  | { readonly type: "chip"; readonly chip: Chip; readonly mode: ModeName; readonly filters: Filters; readonly history: readonly string[] }
  | { readonly type: "command"; readonly command: string }
  | { readonly type: "grouping"; readonly grouping: Grouping }
  | { readonly type: "escape" };

export type Grouping = "file" | "rank";

/** How things are, for the panel. */
export interface PanelStatus {
  readonly phase: string;
  readonly summary: Summary;
  /** Never indexed before: the first update is running. */
  readonly firstRun: boolean;
  readonly hasFolders: boolean;
  readonly trusted: boolean;
  readonly asYouType: boolean;
}

/** To the panel. */
export type HostMessage =
  | { readonly type: "status"; readonly status: PanelStatus }
  | { readonly type: "answer"; readonly id: number; readonly response: SearchResponse }
  | { readonly type: "failed"; readonly id: number; readonly message: string }
  /** `again`: the page shows what it showed before it was hidden. */
  | { readonly type: "show"; readonly subject: string; readonly response: SearchResponse; readonly again?: true }
  | { readonly type: "seed"; readonly query: string; readonly mode: ModeName }
  | { readonly type: "set"; readonly mode?: ModeName; readonly filters?: Filters; readonly query?: string }
  | { readonly type: "select"; readonly index: number }
  | { readonly type: "gone"; readonly name: string }
  | { readonly type: "group"; readonly grouping: Grouping }
  | { readonly type: "refresh" }
  | { readonly type: "clear" }
  /** Nothing of earlier searches is to be kept. */
  | { readonly type: "forget" }
  | { readonly type: "focus" };

export function targetOf(hit: SearchHit): Target {
  return { uri: hit.uri, qualname: hit.qualname, kind: hit.kind, line: hit.selectionRange.start.line };
}

/** Commands that the panel may run. */
export const PANEL_COMMANDS = [
  "mindgap.restartServer",
  "mindgap.showLogs",
  "mindgap.resumeIndexing",
  "mindgap.pauseIndexing",
  "mindgap.showIndexReport",
  "mindgap.selectInterpreter",
  "mindgap.showReferences",
  "workbench.trust.manage",
  "workbench.action.addRootFolder",
] as const;

const MODES: readonly ModeName[] = ["auto", "nl", "pseudocode", "symbol", "code"];
const KINDS: readonly KindName[] = [
  "function", "method", "constructor", "class", "struct", "interface", "trait", "enum", "type", "macro", "module", "block",
];
/** The most characters of a question and of its path filter. */
export const MAX_QUERY = 20_000;
export const MAX_PATH = 1_000;

/** What is wrong with a question, for the person; undefined: it can be asked. */
export function questionProblem(query: string, filters: Filters): string | undefined {
  if (query.length > MAX_QUERY) {
    return `${tooLong("question", query, MAX_QUERY)} Shorten it, or select fewer lines.`;
  }
  const bad = parseFilters(filters) ? undefined : "The filters cannot be used. Clear the languages and the place to search in, and choose them again.";
  return pathProblem(filters.path) ?? bad;
}

/** What is wrong with a path filter, for the person; undefined: nothing. */
export function pathProblem(path: string): string | undefined {
  return path.length > MAX_PATH ? `${tooLong("path filter", path, MAX_PATH)} Shorten it.` : undefined;
}

function tooLong(what: string, text: string, most: number): string {
  return `The ${what} has ${text.length.toLocaleString("en")} characters, but ${most.toLocaleString("en")} at most can be searched for.`;
}

type Fields = Readonly<Record<string, unknown>>;

/** A message of the panel, or undefined when it is none. */
export function parsePanelMessage(value: unknown): PanelMessage | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  switch (value.type) {
    case "ready":
    case "cancel":
    case "escape":
      return { type: value.type };
    case "search": {
      const { id, query, mode } = value;
      const filters = parseFilters(value.filters);
      return isCount(id) && isText(query, MAX_QUERY) && isOneOf(mode, MODES) && filters
        ? { type: "search", id, query, mode, filters }
        : undefined;
    }
    case "open": {
      const target = parseTarget(value.target);
      const { how, index } = value;
      return target && isCount(index) && isOneOf(how, ["open", "preview", "side"] as const)
        ? { type: "open", target, index, how }
        : undefined;
    }
    case "chip": {
      const { chip, mode, history } = value;
      const filters = parseFilters(value.filters);
      return isOneOf(chip, CHIPS) && isOneOf(mode, MODES) && filters && isTexts(history, MAX_QUERY)
        ? { type: "chip", chip, mode, filters, history }
        : undefined;
    }
    case "grouping":
      return isOneOf(value.grouping, ["file", "rank"] as const) ? { type: "grouping", grouping: value.grouping } : undefined;
    case "command":
      return isOneOf(value.command, PANEL_COMMANDS) ? { type: "command", command: value.command } : undefined;
    default:
      return undefined;
  }
}

/** The number of a question that is none: the panel waits for an answer to that, too. */
export function askedIn(value: unknown): number | undefined {
  return isObject(value) && value.type === "search" && isCount(value.id) ? value.id : undefined;
}

const HOST_TYPES = ["status", "answer", "failed", "show", "seed", "set", "select", "gone", "group", "refresh", "clear", "forget", "focus"];

/** A message of the extension, which the panel trusts once it has the right shape at the top. */
export function parseHostMessage(value: unknown): HostMessage | undefined {
  return isObject(value) && HOST_TYPES.includes(value.type as string) ? (value as unknown as HostMessage) : undefined;
}

export function parseFilters(value: unknown): Filters | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const { languages, kinds, path } = value;
  const scope = parseScope(value.scope);
  return isTexts(languages, 100) && isTexts(kinds, 100) && kinds.every((kind) => isOneOf(kind, KINDS)) && isText(path, MAX_PATH) && scope
    ? { languages, kinds, path, scope }
    : undefined;
}

function parseScope(value: unknown): Scope | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const { kind, uri, name } = value;
  if (kind === "all" || kind === "open") {
    return { kind };
  }
  return kind === "folder" && isText(uri, 10_000) && isText(name, 1_000) ? { kind, uri, name } : undefined;
}

function parseTarget(value: unknown): Target | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const { uri, qualname, kind, line } = value;
  return isText(uri, 10_000) && isText(qualname, 10_000) && isOneOf(kind, KINDS) && isCount(line)
    ? { uri, qualname, kind, line }
    : undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, most: number): value is string {
  return typeof value === "string" && value.length <= most;
}

function isTexts(value: unknown, most: number): value is readonly string[] {
  return Array.isArray(value) && value.length <= 1_000 && value.every((item) => isText(item, most));
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isOneOf<T extends string>(value: unknown, values: readonly T[]): value is T {
  return values.includes(value as T);
}
