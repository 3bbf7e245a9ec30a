/** Search from anywhere: a quick pick that previews while one moves through it. */
import * as vscode from "vscode";
import { NO_FILTERS, targetOf } from "../panel/messages";
import type { PanelView } from "../panel/view";
import type { SearchHit, SearchResponse } from "../protocol";
import { search } from "../search/ask";
import type { Jump } from "../search/jump";
import { Latest } from "../search/latest";
import { searchParams } from "../search/query";
import type { Results } from "../search/results";
import { CONFIDENCE_WORDS, KIND_ICONS, place, scope } from "../search/words";
import type { Server } from "../server/server";

const TYPING_PAUSE_MS = 200;

interface HitItem extends vscode.QuickPickItem {
  readonly hit?: SearchHit;
}

const TO_SIDE: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("split-horizontal"), tooltip: "Open to the Side" };
const IN_PANEL: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("list-flat"), tooltip: "Show in Panel" };

export class QuickSearch {
  private last = "";

  constructor(
    private readonly server: Server,
    private readonly results: Results,
    private readonly jump: Jump,
    private readonly panel: PanelView,
  ) {}

  forget(): void {
    this.last = "";
  }

  show(): void {
    new OneQuickSearch(this.server, this.results, this.jump, this.panel, this.last, (query) => { this.last = query; });
  }
}

class OneQuickSearch {
  private readonly pick = vscode.window.createQuickPick<HitItem>();
  private readonly latest = new Latest(() => new vscode.CancellationTokenSource());
  private readonly previews = new Latest(() => new vscode.CancellationTokenSource());
  private readonly before = vscode.window.activeTextEditor;
  private readonly selection = this.before?.selection;
  private typing: ReturnType<typeof setTimeout> | undefined;
  /** Ends when no preview is under way: one that is late must not cover what was asked for after it. */
  private shown: Promise<unknown> = Promise.resolve();
  private accepted = false;
  private previewed = false;

  constructor(
    private readonly server: Server,
    private readonly results: Results,
    private readonly jump: Jump,
    private readonly panel: PanelView,
    query: string,
    private readonly remember: (query: string) => void,
  ) {
    const { pick } = this;
    pick.placeholder = "What does the code do? Move through the list to preview";
    pick.matchOnDescription = pick.matchOnDetail = false;
    // The order is the server's; VS Code would put those first whose name is spelt like the query.
    (pick as { sortByLabel?: boolean }).sortByLabel = false;
    pick.buttons = [IN_PANEL];
    pick.onDidChangeValue((value) => { this.typed(value); });
    pick.onDidChangeActive(([item]) => { this.preview(item); });
    pick.onDidAccept(() => { void this.accept("open"); });
    pick.onDidTriggerItemButton(({ item }) => { void this.accept("side", item); });
    pick.onDidTriggerButton(() => {
      this.accepted = true;
      pick.hide();
      void this.panel.search(pick.value);
    });
    pick.onDidHide(() => { void this.hidden(); });
    pick.show();
    if (query) {
      pick.value = query;
      this.typed(query);
    }
  }

  private typed(value: string): void {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => { void this.search(value); }, TYPING_PAUSE_MS);
  }

  private async search(value: string): Promise<void> {
    const { pick } = this;
    if (!value.trim()) {
      this.latest.cancel();
      pick.items = [];
      pick.busy = false;
      return;
    }
    pick.busy = true;
    try {
      const response = await this.latest.ask((token) => search(this.server, searchParams(value, "auto", NO_FILTERS), token));
      if (response) {
        this.remember(value);
        this.results.set(value, response);
        pick.items = items(response);
        pick.busy = false;
      }
    } catch (error) {
      pick.busy = false;
      pick.items = [{ label: "$(warning) The search failed", detail: error instanceof Error ? error.message : String(error), alwaysShow: true }];
    }
  }

  /** The first item becomes active by itself: the editor changes only when the person moves, and follows from then on. */
  private preview(item: HitItem | undefined): void {
    if (!item?.hit || (!this.previewed && item === this.pick.items[0])) {
      return;
    }
    this.previewed = true;
    const { hit } = item;
    const before = this.shown;
    const next = this.previews.ask(async (token) => {
      await before;
      return token.isCancellationRequested || this.jump.to(targetOf(hit), "preview", token);
    });
    this.shown = next.catch(() => undefined);
  }

  private async accept(how: "open" | "side", item = this.pick.activeItems[0]): Promise<void> {
    if (!item?.hit) {
      return;
    }
    this.accepted = true;
    this.pick.hide();
    this.results.at(this.results.hits.indexOf(item.hit));
    await this.shown;
    try {
      if (!(await this.jump.to(targetOf(item.hit), how))) {
        void vscode.window.showWarningMessage(`${item.hit.qualname} is no longer there. Search again.`);
      }
    } catch (error) {
      void vscode.window.showErrorMessage(`Mindgap: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async hidden(): Promise<void> {
    clearTimeout(this.typing);
    this.latest.cancel();
    this.previews.cancel();
    this.pick.dispose();
    await this.shown;
    for (const editor of vscode.window.visibleTextEditors) {
      this.jump.clear(editor);
    }
    if (!this.accepted && this.previewed && this.before && this.selection) {
      await vscode.window.showTextDocument(this.before.document, { selection: this.selection, viewColumn: this.before.viewColumn ?? vscode.ViewColumn.Active });
    }
  }
}

function items(response: SearchResponse): HitItem[] {
  const hits = response.hits.map(hitItem);
  if (!response.abstained) {
    return hits;
  }
  const separator: HitItem = { label: "Nothing fits well; near misses", kind: vscode.QuickPickItemKind.Separator };
  return [{ label: "$(search-stop) Nothing fits well", description: "Other words, or pseudocode in the panel, may find it", alwaysShow: true }, separator, ...hits];
}

function hitItem(hit: SearchHit): HitItem {
  return {
    hit,
    label: `$(${KIND_ICONS[hit.kind]}) ${hit.name}`,
    description: [scope(hit), CONFIDENCE_WORDS[hit.confidence]].filter(Boolean).join(" · "),
    detail: place(hit),
    alwaysShow: true,
    buttons: [TO_SIDE],
  };
}
