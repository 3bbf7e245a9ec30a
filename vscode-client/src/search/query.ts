/** A query with its filters as the server wants it. */
import * as vscode from "vscode";
import type { Filters } from "../panel/messages";
import type { ModeName, SearchParams } from "../protocol";

const SNIPPET_LINES = 4;

export function searchParams(query: string, mode: ModeName, filters: Filters): SearchParams {
  const { scope } = filters;
  const uris = scope.kind === "open" ? openFiles() : scope.kind === "folder" ? [scope.uri] : undefined;
  return {
    query,
    mode,
    languages: filters.languages,
    kinds: filters.kinds,
    paths: filters.path.split(",").map((glob) => glob.trim()).filter(Boolean),
    snippetLines: SNIPPET_LINES,
    snippetFrom: "match",
    ...(uris ? { uris } : {}),
  };
}

/** The files that have a tab. */
function openFiles(): string[] {
  const inputs = vscode.window.tabGroups.all.flatMap((group) => group.tabs.map((tab) => tab.input));
  return inputs.filter((input) => input instanceof vscode.TabInputText).map((input) => input.uri.toString());
}
