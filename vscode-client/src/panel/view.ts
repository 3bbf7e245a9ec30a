/** The search panel, seen from the extension: answers its page and passes on what happens elsewhere. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { ModeName, SearchResponse } from "../protocol";
import { search } from "../search/ask";
import type { Jump } from "../search/jump";
import { Latest } from "../search/latest";
import type { Results } from "../search/results";
import { searchParams } from "../search/query";
import { summarise } from "../search/status";
import type { Server } from "../server/server";
import { SECTION } from "../settings";
import { pickChip } from "./filters";
import { type Grouping, type HostMessage, type PanelMessage, askedIn, parsePanelMessage } from "./messages";
import { page } from "./page";

export const VIEW = "mindgap.panel";
const INDEXED_KEY = "indexedOnce";
/** Set until the page has been told to forget. */
const FORGET_KEY = "forget";

export class PanelView implements vscode.WebviewViewProvider, vscode.Disposable {
  private view: vscode.WebviewView | undefined;
  private ready = false;
  private waiting: HostMessage[] = [];
  /** An answer that came from elsewhere, while it is shown: a hidden page forgets it, as VS Code keeps no answers. */
  private shown: Extract<HostMessage, { type: "show" }> | undefined;
  private readonly latest = new Latest(() => new vscode.CancellationTokenSource());
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
    private readonly results: Results,
    private readonly jump: Jump,
  ) {
    this.subscriptions = [
      server.onDidChange(() => { this.sendStatus(); }),
      results.onDidMove((index) => { this.post({ type: "select", index }); }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(SECTION)) {
          this.sendStatus();
        }
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => { this.sendStatus(); }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => { this.sendStatus(); }),
    ];
  }

  dispose(): void {
    this.latest.cancel();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    this.ready = false;
    const { webview } = view;
    const dist = vscode.Uri.joinPath(this.context.extensionUri, "dist");
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    webview.onDidReceiveMessage((message: unknown) => this.heard(message));
    // A page that is hidden is gone: what is posted waits until it is there again and says so.
    view.onDidChangeVisibility(() => { this.ready &&= view.visible; });
    view.onDidDispose(() => {
      this.view = undefined;
      this.ready = false;
      this.latest.cancel();
    });
    webview.html = page({
      script: webview.asWebviewUri(vscode.Uri.joinPath(dist, "webview.js")).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(dist, "webview.css")).toString(),
      cspSource: webview.cspSource,
      nonce: randomBytes(18).toString("base64"),
    });
  }

  /** Bring the panel to the front with the cursor in its box. */
  async focus(): Promise<void> {
    await vscode.commands.executeCommand(`${VIEW}.focus`);
    this.post({ type: "focus" });
  }

  /** Search for this in the panel. */
  async search(query: string, mode: ModeName = "auto"): Promise<void> {
    this.shown = undefined;
    await vscode.commands.executeCommand(`${VIEW}.focus`);
    this.post({ type: "seed", query, mode });
  }

  /** Show an answer that came from elsewhere. */
  async show(subject: string, response: SearchResponse): Promise<void> {
    this.latest.cancel();
    this.results.set(subject, response);
    await vscode.commands.executeCommand(`${VIEW}.focus`);
    this.shown = { type: "show", subject, response };
    this.post(this.shown);
  }

  clear(): void {
    this.latest.cancel();
    this.shown = undefined;
    this.post({ type: "clear" });
  }

  /** Let nothing of earlier searches stay: not here, and not in what VS Code keeps for the page. */
  async forget(): Promise<void> {
    this.latest.cancel();
    this.results.clear();
    this.shown = undefined;
    this.waiting = [];
    await this.context.workspaceState.update(FORGET_KEY, true);
    if (this.ready) {
      this.tellToForget();
    } else {
      await vscode.commands.executeCommand(`${VIEW}.focus`); // Only the page itself can change what is kept for it.
    }
  }

  private tellToForget(): void {
    this.post({ type: "forget" });
    void this.context.workspaceState.update(FORGET_KEY, undefined);
  }

  group(grouping: Grouping): void {
    this.post({ type: "group", grouping });
  }

  /** A hit was not where it should be. */
  gone(name: string): void {
    this.post({ type: "gone", name });
  }

  private post(message: HostMessage): void {
    if (this.ready) {
      void this.view?.webview.postMessage(message);
    } else {
      this.waiting.push(message);
    }
  }

  private async heard(raw: unknown): Promise<void> {
    const message = parsePanelMessage(raw);
    if (!message) {
      this.server.output.warn("The panel sent a message that is none; it is ignored.");
      const id = askedIn(raw);
      if (id !== undefined) {
        this.post({ type: "failed", id, message: "The question could not be read. Shorten it, clear the filters, and search again." });
      }
      return;
    }
    try {
      await this.handle(message);
    } catch (error) {
      void vscode.window.showErrorMessage(`Mindgap: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async handle(message: PanelMessage): Promise<void> {
    switch (message.type) {
      case "ready":
        this.becomeReady();
        return;
      case "search":
        this.shown = undefined;
        await this.answer(message);
        return;
      case "cancel":
        this.shown = undefined;
        this.latest.cancel();
        return;
      case "open":
        this.results.at(message.index);
        if (!(await this.jump.to(message.target, message.how))) {
          this.gone(message.target.qualname);
        }
        return;
      case "chip": {
        const change = await pickChip(message, this.server);
        if (change) {
          this.post({ type: "set", ...change });
        }
        return;
      }
      case "grouping":
        await vscode.commands.executeCommand("setContext", "mindgap.grouping", message.grouping);
        return;
      case "command":
        await vscode.commands.executeCommand(message.command);
        return;
      case "escape":
        await vscode.commands.executeCommand("workbench.action.focusActiveEditorGroup");
        return;
    }
  }

  private becomeReady(): void {
    this.ready = true;
    const waiting = this.waiting;
    this.waiting = [];
    // Before the status, on which the page asks the question that it remembers.
    if (this.context.workspaceState.get<boolean>(FORGET_KEY)) {
      this.tellToForget();
    } else if (this.shown && !waiting.includes(this.shown)) {
      this.post({ ...this.shown, again: true });
    }
    this.sendStatus();
    for (const message of waiting) {
      this.post(message);
    }
  }

  private async answer({ id, query, mode, filters }: Extract<PanelMessage, { type: "search" }>): Promise<void> {
    const title = query.split("\n")[0] ?? query;
    try {
      const response = await this.latest.ask((token) => search(this.server, searchParams(query, mode, filters), token));
      if (response) {
        this.results.set(title, response);
        this.post({ type: "answer", id, response });
      }
    } catch (error) {
      this.post({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  private sendStatus(): void {
    const { state } = this.server;
    const roots = state.status?.roots ?? [];
    const summary = summarise(state);
    if (summary.kind === "quiet") {
      void this.context.workspaceState.update(INDEXED_KEY, true);
    }
    if (!this.ready) {
      return; // `becomeReady` sends the then present status.
    }
    this.post({
      type: "status",
      status: {
        phase: state.phase,
        summary,
        firstRun: summary.kind === "busy" && !this.context.workspaceState.get(INDEXED_KEY, false),
        hasFolders: state.phase === "running" ? roots.length > 0 : (vscode.workspace.workspaceFolders ?? []).length > 0,
        trusted: vscode.workspace.isTrusted,
        asYouType: vscode.workspace.getConfiguration(SECTION).get("search.asYouType", true),
      },
    });
  }
}
