/** Going to a hit: where it stands now, its name selected, all of it in sight. */
import * as vscode from "vscode";
import type { How, Target } from "../panel/messages";
import { LOCATE, type LocateResponse } from "../protocol";
import type { Server } from "../server/server";
import { toRange } from "./ranges";

const FLASH_MS = 1_200;

export class Jump implements vscode.Disposable {
  private readonly flash = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
    borderColor: new vscode.ThemeColor("contrastActiveBorder"),
    isWholeLine: true,
  });

  private shown: vscode.TextEditor | undefined;

  constructor(private readonly server: Server) {}

  dispose(): void {
    this.flash.dispose();
  }

  /** False when the hit is no longer there. */
  async to(target: Target, how: How, token?: vscode.CancellationToken): Promise<boolean> {
    const place = await this.server.request<LocateResponse>(LOCATE, target);
    if (!place.range || !place.selectionRange) {
      return false;
    }
    if (token?.isCancellationRequested) {
      return true;
    }
    const [whole, name] = [toRange(place.range), toRange(place.selectionRange)];
    const editor = await vscode.window.showTextDocument(vscode.Uri.parse(target.uri), {
      selection: name,
      preview: how !== "side",
      preserveFocus: how === "preview",
      viewColumn: how === "side" ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
    });
    reveal(editor, whole, name);
    this.highlight(editor, whole, how === "preview");
    return true;
  }

  /** Take the colour off again. */
  clear(editor: vscode.TextEditor): void {
    editor.setDecorations(this.flash, []);
  }

  private highlight(editor: vscode.TextEditor, range: vscode.Range, stays: boolean): void {
    if (this.shown) {
      this.clear(this.shown);
    }
    this.shown = editor;
    editor.setDecorations(this.flash, [range]);
    if (!stays) {
      setTimeout(() => { this.clear(editor); }, FLASH_MS);
    }
  }
}

/** All of the unit where it fits, its beginning where it does not. */
function reveal(editor: vscode.TextEditor, whole: vscode.Range, name: vscode.Range): void {
  const [visible] = editor.visibleRanges;
  const rows = visible ? visible.end.line - visible.start.line : 0;
  const fits = whole.end.line - whole.start.line < rows;
  editor.revealRange(fits ? whole : name, fits ? vscode.TextEditorRevealType.InCenterIfOutsideViewport : vscode.TextEditorRevealType.AtTop);
}
