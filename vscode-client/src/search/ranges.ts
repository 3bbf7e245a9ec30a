/** Positions of the protocol as VS Code has them. */
import * as vscode from "vscode";
import type { Position, Range } from "vscode-languageclient";
import type { SearchHit } from "../protocol";

export function toRange(range: Range): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

export function fromPosition(position: vscode.Position): Position {
  return { line: position.line, character: position.character };
}

export function fromRange(range: vscode.Range): Range {
  return { start: fromPosition(range.start), end: fromPosition(range.end) };
}

export function toLocation(hit: SearchHit): vscode.Location {
  return new vscode.Location(vscode.Uri.parse(hit.uri), toRange(hit.selectionRange));
}
