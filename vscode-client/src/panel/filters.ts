/** What a click on a chip of the panel asks for, with VS Code's own pickers. */
import * as vscode from "vscode";
import type { KindName, ModeName } from "../protocol";
import { KIND_ICONS, MODE_NAMES, counted } from "../search/words";
import type { Server } from "../server/server";
import { type Filters, type PanelMessage, type Scope, pathProblem } from "./messages";

export interface Change {
  readonly mode?: ModeName;
  readonly filters?: Filters;
  readonly query?: string;
}

const MODE_HINTS: Readonly<Record<ModeName, string>> = {
  auto: "Detected from what you type",
  nl: "A sentence about what the code does",
  pseudocode: "Steps, one a line",
  symbol: "A name, misspelt or re-ordered",
  code: "A piece of code: find what is alike",
};
const KINDS = Object.keys(KIND_ICONS) as KindName[];

/** The change that the person wants; undefined: none. */
export async function pickChip(asked: Extract<PanelMessage, { type: "chip" }>, server: Server): Promise<Change | undefined> {
  const { filters } = asked;
  switch (asked.chip) {
    case "mode":
      return pickMode(asked.mode);
    case "language": {
      const languages = await pickMany("Languages to search", languageItems(server), filters.languages);
      return languages && { filters: { ...filters, languages } };
    }
    case "kind": {
      const items = KINDS.map((kind) => ({ label: `$(${KIND_ICONS[kind]}) ${kind}`, value: kind }));
      const kinds = await pickMany("Kinds of code to search", items, filters.kinds);
      return kinds && { filters: { ...filters, kinds: kinds as readonly KindName[] } };
    }
    case "scope": {
      const scope = await pickScope();
      return scope && { filters: { ...filters, scope } };
    }
    case "path": {
      const path = await vscode.window.showInputBox({
        title: "Paths to search",
        value: filters.path,
        prompt: "Globs relative to a folder, separated by commas; empty: everywhere",
        placeHolder: "src/**/*.py, tests/",
        validateInput: (text) => pathProblem(text.trim()),
      });
      return path === undefined ? undefined : { filters: { ...filters, path: path.trim() } };
    }
    case "history":
      return pickHistory(asked.history);
  }
}

async function pickMode(current: ModeName): Promise<Change | undefined> {
  const items = (Object.keys(MODE_NAMES) as ModeName[]).map((mode) => ({
    label: `${mode === current ? "$(check) " : ""}${MODE_NAMES[mode]}`,
    description: MODE_HINTS[mode],
    mode,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: "How to read what you type" });
  return chosen && { mode: chosen.mode };
}

interface Item extends vscode.QuickPickItem {
  readonly value: string;
}

async function pickMany(title: string, items: readonly Item[], picked: readonly string[]): Promise<readonly string[] | undefined> {
  const shown = items.map((item) => ({ ...item, picked: picked.includes(item.value) }));
  const chosen = await vscode.window.showQuickPick(shown, { title, canPickMany: true, placeHolder: "None chosen: all of them" });
  return chosen?.map((item) => item.value);
}

/** The languages of the indexes, most frequent first. */
function languageItems(server: Server): Item[] {
  const units = new Map<string, number>();
  for (const root of server.state.status?.roots ?? []) {
    for (const [language, count] of Object.entries(root.languages)) {
      units.set(language, (units.get(language) ?? 0) + count);
    }
  }
  return [...units.entries()]
    .sort((a, b) => b[1] - a[1])
    .map(([language, count]) => ({ label: language, value: language, description: counted(count, "function and block", "functions and blocks") }));
}

async function pickScope(): Promise<Scope | undefined> {
  const items: (vscode.QuickPickItem & { scope: Scope })[] = [
    { label: "$(root-folder) Everywhere", scope: { kind: "all" } },
    { label: "$(files) Open files", scope: { kind: "open" } },
  ];
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === "file") {
    items.push(folderItem("$(folder-active)", vscode.Uri.joinPath(active, ".."), "The folder of the active editor"));
  }
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    items.push(folderItem("$(folder)", folder.uri, "Workspace folder"));
  }
  return (await vscode.window.showQuickPick(items, { title: "Where to search" }))?.scope;
}

function folderItem(symbol: string, uri: vscode.Uri, description: string): vscode.QuickPickItem & { scope: Scope } {
  const name = uri.path.split("/").at(-1) ?? uri.path;
  return { label: `${symbol} ${name}`, description, scope: { kind: "folder", uri: uri.toString(), name } };
}

async function pickHistory(history: readonly string[]): Promise<Change | undefined> {
  const items = history.map((query) => ({ label: `$(history) ${query.split("\n")[0] ?? ""}`, query, ...(query.includes("\n") ? { detail: query.split("\n").slice(1).join(" ⏎ ") } : {}) }));
  const chosen = await vscode.window.showQuickPick(items, { title: "Searches of before", placeHolder: history.length ? "" : "Nothing was searched for yet" });
  return chosen && { query: chosen.query };
}
