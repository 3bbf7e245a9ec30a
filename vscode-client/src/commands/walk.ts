/** Walking through the results: references view, peek, next and previous, paths. */
import * as vscode from "vscode";
import { targetOf } from "../panel/messages";
import type { PanelView } from "../panel/view";
import type { SearchHit } from "../protocol";
import type { Jump } from "../search/jump";
import { toLocation } from "../search/ranges";
import type { Results } from "../search/results";
import { HitTree, type SymbolTree } from "./hitTree";

export async function step(results: Results, jump: Jump, panel: PanelView, by: number): Promise<void> {
  const hit = results.step(by);
  if (hit && !(await jump.to(targetOf(hit), "open"))) {
    panel.gone(hit.qualname);
  }
}

export async function peek(results: Results): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const [first] = results.hits;
  const at = editor ?? (first && (await vscode.window.showTextDocument(vscode.Uri.parse(first.uri), { selection: toLocation(first).range })));
  if (at) {
    await vscode.commands.executeCommand("editor.action.peekLocations", at.document.uri, at.selection.active, results.hits.map(toLocation), "peek");
  }
}

export async function showReferences(results: Results): Promise<void> {
  const extension = vscode.extensions.getExtension<SymbolTree>("vscode.references-view");
  if (!extension) {
    void vscode.window.showWarningMessage("The built-in References View is disabled. Enable it, or use Peek Results.");
    return;
  }
  const tree = await extension.activate();
  tree.setInput(new HitTree(results.title, results.hits));
}

export async function copyPath(hit: SearchHit | undefined): Promise<void> {
  if (hit) {
    await vscode.env.clipboard.writeText(vscode.Uri.parse(hit.uri).fsPath);
    vscode.window.setStatusBarMessage(`Copied ${hit.path}`, 2_000);
  }
}
