/** The list of results, as elements. */
import type { SearchHit } from "../protocol";
import { CONFIDENCE_WORDS, KIND_ICONS, counted, reasons, scope } from "../search/words";
import { el, icon } from "./dom";
import { dedent, highlight } from "./highlight";
import { type Group, type State, groups, shownHits } from "./state";

export function optionId(index: number): string {
  return `hit-${index}`;
}

/** Groups or options for the list box; `open` and `choose` take the index in display order. */
export function renderResults(state: State, choose: (index: number) => void, open: (index: number) => void): HTMLElement[] {
  const hits = shownHits(state);
  const option = (hit: SearchHit, index: number): HTMLElement => renderOption(state, hit, index, choose, open);
  if (state.grouping === "rank" || !hits.length) {
    return hits.map(option);
  }
  let next = 0;
  return groups(hits).map((group, number) => renderGroup(group, number, group.hits.map((hit) => option(hit, next++))));
}

function renderGroup(group: Group, number: number, options: HTMLElement[]): HTMLElement {
  const [name, folder] = splitPath(group.path);
  return el(
    "div",
    { role: "group", "aria-label": `${group.path}, ${counted(group.hits.length, "result")}`, class: "group" },
    el(
      "div",
      { class: "file", id: `file-${number}`, "aria-hidden": "true", title: group.path },
      icon("file-code"),
      el("span", { class: "name" }, name),
      el("span", { class: "folder" }, folder),
      el("span", { class: "badge" }, String(group.hits.length)),
    ),
    ...options,
  );
}

function renderOption(
  state: State,
  hit: SearchHit,
  index: number,
  choose: (index: number) => void,
  open: (index: number) => void,
): HTMLElement {
  const selected = index === state.selected;
  const scopes = scope(hit);
  const why = state.subject === undefined ? reasons(hit) : [];
  const element = el(
    "div",
    {
      role: "option",
      id: optionId(index),
      class: "hit",
      "aria-selected": selected ? "true" : "false",
      "aria-posinset": index + 1,
      "aria-setsize": shownHits(state).length,
      "data-vscode-context": JSON.stringify({ webviewSection: "hit", index: state.answer?.hits.indexOf(hit) ?? index, preventDefaultContextMenuItems: true }),
    },
    el(
      "div",
      { class: "head" },
      el("span", { class: `kind ${hit.kind}`, title: hit.kind }, icon(KIND_ICONS[hit.kind])),
      el("span", { class: "name", title: hit.signature }, hit.name),
      el("span", { class: "unseen" }, hit.kind),
      el("span", { class: "scope" }, scopes),
      el("span", { class: `confidence ${hit.confidence}` }, CONFIDENCE_WORDS[hit.confidence]),
    ),
    state.grouping === "rank"
      ? el("div", { class: "place", title: hit.path }, el("span", { class: "path" }, el("bdi", {}, hit.path)), `:${hit.selectionRange.start.line + 1}`)
      : undefined,
    renderSnippet(hit),
    why.length ? el("div", { class: "why" }, `Found by: ${why.join(", ")}`) : undefined,
  );
  element.addEventListener("click", () => { choose(index); open(index); });
  element.addEventListener("contextmenu", () => { choose(index); });
  return element;
}

function renderSnippet(hit: SearchHit): HTMLElement | undefined {
  if (hit.snippet === undefined) {
    return undefined;
  }
  const lines = dedent(hit.snippet.trimEnd().split("\n"));
  const first = hit.snippetLine ?? hit.range.start.line;
  const marked = new Set(hit.matchedLines);
  const rows = highlight(lines, hit.language).map((pieces, i) =>
    el(
      "div",
      { class: marked.has(first + i) ? "line matched" : "line" },
      el("span", { class: "number" }, String(first + i + 1)),
      el("code", {}, ...pieces.map(({ text, colour }) => (colour === "plain" ? text : el("span", { class: colour }, text)))),
    ),
  );
  // A screen reader says what and where; the code itself is read in the editor.
  return el("div", { class: "snippet", "aria-hidden": "true" }, ...rows);
}

function splitPath(path: string): [string, string] {
  const at = path.lastIndexOf("/");
  return [path.slice(at + 1), path.slice(0, Math.max(at, 0))];
}
