/** The row of chips below the box: how the query is read, and what may answer. */
import type { Chip } from "../panel/messages";
import { MODE_NAMES } from "../search/words";
import { button, el, icon } from "./dom";
import type { State } from "./state";

interface Face {
  readonly chip: Chip;
  readonly symbol: string;
  readonly label: string;
  readonly text: string;
  readonly on: boolean;
}

export function renderChips(state: State, press: (chip: Chip) => void): HTMLElement[] {
  return faces(state).map(({ chip, symbol, label, text, on }) => {
    const made = button(`${label}: ${text || "all"}`, { class: on ? "chip on" : "chip", "data-chip": chip }, () => { press(chip); }, icon(symbol));
    if (text) {
      made.append(el("span", {}, text));
    }
    return made;
  });
}

function faces(state: State): Face[] {
  const { filters, answer, mode, subject } = state;
  const detected = answer && subject === undefined ? answer.mode : "auto";
  const reading = mode === "auto" ? detected : mode;
  const { scope } = filters;
  const where = scope.kind === "all" ? "" : scope.kind === "open" ? "Open files" : scope.name;
  return [
    { chip: "mode", symbol: "lightbulb", label: mode === "auto" ? "Detected" : "Read as", text: MODE_NAMES[reading], on: mode !== "auto" },
    { chip: "language", symbol: "code", label: "Languages", text: filters.languages.join(", "), on: filters.languages.length > 0 },
    { chip: "kind", symbol: "symbol-method", label: "Kinds", text: filters.kinds.join(", "), on: filters.kinds.length > 0 },
    { chip: "scope", symbol: "folder", label: "Search in", text: where, on: scope.kind !== "all" },
    { chip: "path", symbol: "filter", label: "Paths", text: filters.path, on: filters.path !== "" },
    { chip: "history", symbol: "history", label: "History", text: "", on: false },
  ];
}
