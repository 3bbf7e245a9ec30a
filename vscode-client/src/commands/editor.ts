/** Commands that start from the code in the editor. */
import * as vscode from "vscode";
import { NO_FILTERS, questionProblem } from "../panel/messages";
import type { PanelView } from "../panel/view";
import { COMMENT, type CommentResponse, type SearchHit } from "../protocol";
import { search, similar } from "../search/ask";
import { fromPosition, fromRange, toLocation, toRange } from "../search/ranges";
import type { Server } from "../server/server";

const SNIPPET_LINES = 4;
const COMMENT_HITS = 5;
const MIN_COMMENT_WORDS = 3;

export async function searchSelection(panel: PanelView): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const text = editor?.document.getText(editor.selection).trim();
  if (!text) {
    void vscode.window.showInformationMessage("Select the lines that describe what you look for.");
    return;
  }
  const problem = questionProblem(text, NO_FILTERS);
  if (problem !== undefined) {
    void vscode.window.showWarningMessage(`Mindgap: ${problem}`);
    return;
  }
  await panel.search(text, "pseudocode");
}

export async function findSimilar(server: Server, panel: PanelView): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return;
  }
  const { document, selection } = editor;
  await similarTo(server, panel, document.uri, selection, selection.isEmpty ? "this function" : "the selection");
}

export async function similarTo(server: Server, panel: PanelView, uri: vscode.Uri, range: vscode.Range, what: string): Promise<void> {
  const params = { uri: uri.toString(), range: fromRange(range), snippetLines: SNIPPET_LINES };
  const response = await vscode.window.withProgress({ location: { viewId: "mindgap.panel" } }, () => similar(server, params));
  await panel.show(`Similar to ${what}`, response);
}

export async function goToImplementationOfComment(server: Server): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return;
  }
  const { document, selection } = editor;
  const comment = await commentAt(server, document, selection.active);
  if (!comment) {
    void vscode.window.showInformationMessage("Put the cursor into a comment that says, in a few words, what some code does.");
    return;
  }
  const hits = await implementations(server, document, comment);
  const locations = hits.map(toLocation);
  const none = "No function does what this comment says.";
  await vscode.commands.executeCommand("editor.action.goToLocations", document.uri, selection.active, locations, "peek", none);
}

/** Go to Definition inside a comment. */
export class CommentDefinitions implements vscode.DefinitionProvider {
  constructor(private readonly server: Server) {}

  async provideDefinition(document: vscode.TextDocument, position: vscode.Position, token: vscode.CancellationToken): Promise<vscode.LocationLink[]> {
    const on = vscode.workspace.getConfiguration("mindgap", document).get<boolean>("comments.goToImplementation", true);
    if (!on || this.server.state.phase !== "running" || !mayBeComment(document, position)) {
      return [];
    }
    const comment = await commentAt(this.server, document, position, token);
    if (!comment) {
      return [];
    }
    const hits = await implementations(this.server, document, comment, token);
    return hits.map((hit) => ({
      originSelectionRange: comment.range,
      targetUri: vscode.Uri.parse(hit.uri),
      targetRange: toRange(hit.range),
      targetSelectionRange: toRange(hit.selectionRange),
    }));
  }
}

interface Comment {
  readonly text: string;
  readonly range: vscode.Range;
}

/** Spares the server a question about nearly every word that the pointer passes. */
function mayBeComment(document: vscode.TextDocument, position: vscode.Position): boolean {
  const before = document.lineAt(position).text.slice(0, position.character + 2);
  return /\/\/|#|--|\/\*|^\s*\*|;|%|\{-/.test(before);
}

async function commentAt(server: Server, document: vscode.TextDocument, position: vscode.Position, token?: vscode.CancellationToken): Promise<Comment | undefined> {
  const params = { uri: document.uri.toString(), position: fromPosition(position) };
  const { text, range } = await server.request<CommentResponse>(COMMENT, params, token);
  const words = text?.split(/\s+/).length ?? 0;
  return text && range && words >= MIN_COMMENT_WORDS ? { text, range: toRange(range) } : undefined;
}

/** What does what a comment says; neither the function that it stands in nor the one that it documents. */
async function implementations(server: Server, document: vscode.TextDocument, comment: Comment, token?: vscode.CancellationToken): Promise<readonly SearchHit[]> {
  const response = await search(server, { query: comment.text, limit: COMMENT_HITS }, token);
  const own = document.uri.toString();
  const isHere = (hit: SearchHit): boolean =>
    vscode.Uri.parse(hit.uri).toString() === own &&
    (toRange(hit.range).contains(comment.range) || hit.range.start.line === comment.range.end.line + 1);
  return response.abstained ? [] : response.hits.filter((hit) => !isHere(hit));
}
