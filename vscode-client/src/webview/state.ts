/** The state of the panel and how it changes; pure, so that it can be tested without a page. */
import { type Filters, type Grouping, type HostMessage, NO_FILTERS, type PanelStatus, parseFilters, questionProblem } from "../panel/messages";
import type { ModeName, SearchHit, SearchResponse } from "../protocol";

export const HISTORY = 50;

export interface State {
  readonly query: string;
  readonly mode: ModeName;
  readonly filters: Filters;
  readonly grouping: Grouping;
  /** Newest first. */
  readonly history: readonly string[];
  /** The number of the question that was asked last. */
  readonly asked: number;
  readonly busy: boolean;
  readonly answer?: SearchResponse | undefined;
  /** Set when the answer is to something else than the query: "Similar to parse_config". */
  readonly subject?: string | undefined;
  readonly error?: string | undefined;
  /** Something that a screen reader should say and an eye may see, for a moment. */
  readonly notice?: string | undefined;
  /** Index of the chosen hit, in the order they are shown. */
  readonly selected: number;
  readonly nearMissesOpen: boolean;
  /** The page is back, and its answer is to come again: what was chosen in it stays. */
  readonly isBack: boolean;
  readonly status?: PanelStatus | undefined;
}

export const INITIAL: State = {
  query: "",
  mode: "auto",
  filters: NO_FILTERS,
  grouping: "rank",
  history: [],
  asked: 0,
  busy: false,
  selected: 0,
  nearMissesOpen: false,
  isBack: false,
};

/** What the person did. */
export type Action =
  | { readonly type: "typed"; readonly query: string }
  | { readonly type: "asked" }
  | { readonly type: "selected"; readonly index: number }
  | { readonly type: "nearMisses"; readonly open: boolean }
  | { readonly type: "noFilters" };

export function act(state: State, action: Action): State {
  switch (action.type) {
    case "typed":
      return { ...state, query: action.query, isBack: state.isBack && action.query === state.query };
    case "asked":
      return asked(state);
    case "selected":
      return { ...state, selected: Math.min(Math.max(action.index, 0), Math.max(shownHits(state).length - 1, 0)) };
    case "nearMisses":
      return { ...state, nearMissesOpen: action.open, selected: 0 };
    case "noFilters":
      return { ...state, filters: NO_FILTERS, mode: "auto" };
  }
}

/** What the extension said; stale answers are dropped here. */
export function receive(state: State, message: HostMessage): State {
  switch (message.type) {
    case "status":
      return { ...state, status: message.status };
    case "answer":
      return message.id === state.asked ? answered(state, message.response, undefined) : state;
    case "failed":
      return message.id === state.asked ? { ...state, busy: false, error: message.message, answer: undefined } : state;
    case "show":
      return shown(state, message.subject, message.response, message.again === true);
    case "seed":
      return { ...state, query: message.query, mode: message.mode };
    case "set":
      return { ...state, query: message.query ?? state.query, mode: message.mode ?? state.mode, filters: message.filters ?? state.filters };
    case "select":
      return act(state, { type: "selected", index: displayIndex(state, message.index) });
    case "gone":
      return { ...state, notice: `${message.name} is no longer there. The results were refreshed.` };
    case "group":
      return { ...state, grouping: message.grouping, selected: 0 };
    case "clear":
      return cleared({ ...state, query: "" });
    case "forget":
      return { ...INITIAL, asked: state.asked + 1, grouping: state.grouping, status: state.status };
    case "refresh":
    case "focus":
      return state;
  }
}

/** The page waits for an answer only when the question can be asked. */
function asked(state: State): State {
  if (!state.query.trim()) {
    return cleared(state);
  }
  const problem = questionProblem(state.query, state.filters);
  return problem === undefined ? { ...state, asked: state.asked + 1, busy: true, notice: undefined } : { ...cleared(state), error: problem };
}

/** What was typed since then stays in the box when the answer comes again. */
function shown(state: State, subject: string, response: SearchResponse, again: boolean): State {
  return answered({ ...state, query: again ? state.query : "", isBack: again && state.isBack, asked: state.asked + 1 }, response, subject);
}

function answered(state: State, response: SearchResponse, subject: string | undefined): State {
  const same = state.isBack || (state.answer?.query === response.query && state.subject === subject);
  const history =
    subject === undefined && response.hits.length && !response.abstained ? remembered(state.history, response.query) : state.history;
  const next = { ...state, busy: false, error: undefined, answer: response, subject, history, isBack: false };
  return { ...next, nearMissesOpen: same && state.nearMissesOpen, selected: same ? Math.min(state.selected, Math.max(response.hits.length - 1, 0)) : 0 };
}

function cleared(state: State): State {
  return { ...state, asked: state.asked + 1, busy: false, answer: undefined, subject: undefined, error: undefined, notice: undefined, selected: 0, isBack: false };
}

/** Typing refines a query: what an entry only began is replaced by the whole of it. */
export function remembered(history: readonly string[], query: string): readonly string[] {
  const [last, ...rest] = history;
  const kept = last !== undefined && query.startsWith(last) ? rest : history;
  return [query, ...kept.filter((entry) => entry !== query)].slice(0, HISTORY);
}

/** The hits in the order they are shown. */
export function shownHits(state: State): readonly SearchHit[] {
  const { answer } = state;
  if (!answer || (answer.abstained && !state.nearMissesOpen)) {
    return [];
  }
  return state.grouping === "file" ? groups(answer.hits).flatMap((group) => group.hits) : answer.hits;
}

export interface Group {
  readonly uri: string;
  readonly path: string;
  readonly hits: readonly SearchHit[];
}

/** Hits by file; the file of the best hit first. */
export function groups(hits: readonly SearchHit[]): readonly Group[] {
  const found = new Map<string, SearchHit[]>();
  for (const hit of hits) {
    found.set(hit.uri, [...(found.get(hit.uri) ?? []), hit]);
  }
  return [...found.entries()].map(([uri, own]) => ({ uri, path: own[0]?.path ?? "", hits: own }));
}

/** Where a hit of the answer is shown. */
function displayIndex(state: State, index: number): number {
  const hit = state.answer?.hits[index];
  return hit ? Math.max(shownHits(state).indexOf(hit), 0) : 0;
}

/** What of the state outlives the page, in a file of VS Code: no answer, for it holds code. */
export function saved(state: State): unknown {
  const { query, mode, filters, grouping, history, selected, nearMissesOpen } = state;
  return { query, mode, filters, grouping, history, selected, nearMissesOpen };
}

/** The state of before; anything in it that is not as it should be is as at the first start. */
export function restored(value: unknown): State {
  if (typeof value !== "object" || value === null) {
    return INITIAL;
  }
  const old = value as Partial<State>;
  const filters = parseFilters(old.filters);
  if (typeof old.query !== "string" || !filters || !Array.isArray(old.history)) {
    return INITIAL;
  }
  return {
    ...INITIAL,
    query: old.query,
    mode: old.mode ?? "auto",
    filters,
    grouping: old.grouping === "file" ? "file" : "rank",
    history: old.history.filter((entry) => typeof entry === "string"),
    selected: old.selected ?? 0,
    nearMissesOpen: old.nearMissesOpen ?? false,
    isBack: true,
  };
}

export function hasFilters(state: Pick<State, "filters">): boolean {
  const { languages, kinds, path, scope } = state.filters;
  return languages.length > 0 || kinds.length > 0 || path !== "" || scope.kind !== "all";
}
