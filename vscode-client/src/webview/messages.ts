/** What the panel says when there is no list to show, or beside it. */
import { MODE_NAMES, counted } from "../search/words";
import { button, el, icon } from "./dom";
import { type State, hasFilters, shownHits } from "./state";

export interface MessageActions {
  readonly run: (command: string) => void;
  readonly nearMisses: (open: boolean) => void;
  readonly noFilters: () => void;
  readonly example: (query: string) => void;
}

export const EXAMPLES = [
  "retry a request with growing pauses",
  "read the configuration file and merge the defaults",
  "for each row in table:\n  if row is expired: drop it\nreturn the rows that are left",
];

/** The line that a screen reader hears after every search. */
export function countText(state: State): string {
  const { answer } = state;
  if (state.notice !== undefined) {
    return state.notice;
  }
  if (state.error !== undefined || !answer) {
    return state.busy ? "Searching…" : "";
  }
  if (answer.abstained) {
    return state.nearMissesOpen ? counted(answer.hits.length, "near miss", "near misses") : "Nothing fits well";
  }
  const parts = [...(state.subject === undefined ? [] : [state.subject]), counted(shownHits(state).length, "result")];
  if (state.subject === undefined && state.mode === "auto") {
    parts.push(`read as ${MODE_NAMES[answer.mode].toLowerCase()}`);
  }
  if (answer.indexing) {
    parts.push("more may come: still indexing");
  }
  return parts.join(" · ");
}

/** What stands above or in the place of the list; nothing when the list says it all. */
export function renderMessage(state: State, actions: MessageActions): HTMLElement | undefined {
  const { status, answer } = state;
  const phase = status?.phase;
  if (phase === "no-python" || phase === "failed" || phase === "stopped") {
    return serverProblem(phase, status?.summary.text ?? "", actions);
  }
  if (status && !status.hasFolders) {
    return note("folder-opened", "No folder is open", "Open a folder, and Mindgap indexes and searches it.", [
      button("Open Folder…", { class: "primary" }, () => { actions.run("workbench.action.addRootFolder"); }),
    ]);
  }
  if (state.error !== undefined) {
    return note("warning", "The search failed", state.error, []);
  }
  if (answer?.abstained) {
    return nothingFits(state, actions);
  }
  if (answer && !answer.hits.length) {
    return nothingFits(state, actions);
  }
  return answer || state.query.trim() ? undefined : welcome(state, actions);
}

function serverProblem(phase: string, text: string, actions: MessageActions): HTMLElement {
  const python = phase === "no-python";
  const title = python ? "Mindgap needs Python 3.11 or newer" : phase === "failed" ? "The server stopped" : "The server is stopped";
  const buttons = [
    ...(python ? [button("Select Interpreter…", { class: "primary" }, () => { actions.run("mindgap.selectInterpreter"); })] : []),
    button(python ? "Try Again" : "Restart Server", { class: python ? "secondary" : "primary" }, () => { actions.run("mindgap.restartServer"); }),
    button("Show Logs", { class: "secondary" }, () => { actions.run("mindgap.showLogs"); }),
  ];
  return note(python ? "versions" : "error", title, text, buttons);
}

function nothingFits(state: State, actions: MessageActions): HTMLElement {
  const count = state.answer?.hits.length ?? 0;
  const indexing = state.answer?.indexing ? " Indexing is not finished, so it may still turn up." : "";
  const buttons: HTMLElement[] = [];
  if (count) {
    const open = state.nearMissesOpen;
    const label = `${open ? "Hide" : "Show"} ${counted(count, "near miss", "near misses")}`;
    const made = button(label, { class: "link", "aria-expanded": open ? "true" : "false", "aria-controls": "results" }, () => { actions.nearMisses(!open); });
    made.prepend(icon(open ? "chevron-down" : "chevron-right"));
    buttons.push(made);
  }
  if (hasFilters(state)) {
    buttons.push(button("Clear Filters", { class: "link" }, actions.noFilters));
  }
  const advice = hasFilters(state) ? "Nothing within the filters does this." : "No function here does this. Other words, or a few lines of pseudocode, may find it.";
  return note("search-stop", "Nothing fits well", advice + indexing, buttons);
}

function welcome(state: State, actions: MessageActions): HTMLElement {
  const first = state.status?.firstRun
    ? "Your code is being indexed for the first time. You can search already; what is indexed is found."
    : "In plain words, as pseudocode, or by a name that you half remember.";
  const examples = EXAMPLES.map((query) => {
    const made = button(query, { class: "example" }, () => { actions.example(query); });
    made.prepend(icon(query.includes("\n") ? "list-ordered" : "comment"));
    return el("li", {}, made);
  });
  const keys = el("p", { class: "keys" }, kbd("Enter"), " search  ", kbd("Shift+Enter"), " new line  ", kbd("↓"), " results  ", kbd("Space"), " preview");
  return el("section", { class: "note welcome" }, el("h2", {}, "Say what the code does"), el("p", {}, first), el("ul", { class: "examples" }, ...examples), keys);
}

function kbd(text: string): HTMLElement {
  return el("kbd", {}, text);
}

function note(symbol: string, title: string, text: string, buttons: readonly HTMLElement[]): HTMLElement {
  return el(
    "section",
    { class: "note" },
    el("h2", {}, icon(symbol), title),
    el("p", {}, text),
    buttons.length ? el("div", { class: "buttons" }, ...buttons) : undefined,
  );
}
