/** Commands about the index and the server. */
import * as vscode from "vscode";
import { PAUSE, PURGE, REINDEX, REPORT, type ReportResponse, STATUS, type StatusResponse } from "../protocol";
import { summarise } from "../search/status";
import type { Server } from "../server/server";
import { SECTION } from "../settings";
import { reportMarkdown } from "./report";

export const REPORT_SCHEME = "mindgap-report";
const REPORT_URI = vscode.Uri.parse(`${REPORT_SCHEME}:Mindgap Index Report.md`);

export async function pause(server: Server): Promise<void> {
  await server.request<StatusResponse>(PAUSE, {});
}

export async function resume(server: Server): Promise<void> {
  await server.request<StatusResponse>(REINDEX, {});
}

export async function rebuild(server: Server): Promise<void> {
  await server.request<StatusResponse>(PURGE, { rebuild: true });
}

/** `forget` removes what the extension keeps of earlier searches. */
export async function purge(server: Server, forget: () => Promise<void>): Promise<void> {
  const detail = "Every byte that Mindgap keeps of these folders is deleted, and the searches that the panel remembers. Your code is not touched; Resume Indexing builds the index again.";
  const chosen = await vscode.window.showWarningMessage("Delete the index of this workspace?", { modal: true, detail }, "Delete");
  if (chosen) {
    await server.request<StatusResponse>(PURGE, {});
    await forget();
  }
}

/** A document that is written anew whenever it is asked for. */
export class ReportDocument implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server) {}

  async provideTextDocumentContent(): Promise<string> {
    const { version } = await this.server.request<StatusResponse>(STATUS, {});
    return reportMarkdown(await this.server.request<ReportResponse>(REPORT, {}), version);
  }

  async show(): Promise<void> {
    this.changed.fire(REPORT_URI);
    await vscode.commands.executeCommand("markdown.showPreview", REPORT_URI);
  }
}

export async function selectInterpreter(server: Server): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({ title: "Python 3.11 or newer", openLabel: "Use for Mindgap", canSelectMany: false });
  const [file] = chosen ?? [];
  if (file) {
    await vscode.workspace.getConfiguration(SECTION).update("interpreter", file.fsPath, vscode.ConfigurationTarget.Global);
    await server.restart();
  }
}

interface ActionItem extends vscode.QuickPickItem {
  readonly command?: string;
}

/** What a click on the status item shows: how things are, and what one can do. */
export async function showActions(server: Server): Promise<void> {
  const { state } = server;
  const summary = summarise(state);
  const running = state.phase === "running";
  const paused = summary.kind === "paused";
  const items: ActionItem[] = [
    { label: summary.text, kind: vscode.QuickPickItemKind.Separator },
    { label: "$(search) Search…", command: "mindgap.search" },
    ...(running
      ? [
          paused ? { label: "$(debug-continue) Resume Indexing", command: "mindgap.resumeIndexing" } : { label: "$(debug-pause) Pause Indexing", command: "mindgap.pauseIndexing" },
          { label: "$(refresh) Rebuild Index", command: "mindgap.rebuildIndex" },
          { label: "$(checklist) Show Index Report", command: "mindgap.showIndexReport" },
        ]
      : []),
    ...(state.phase === "no-python" ? [{ label: "$(versions) Select Python Interpreter", command: "mindgap.selectInterpreter" }] : []),
    { label: "$(debug-restart) Restart Server", command: "mindgap.restartServer" },
    { label: "$(output) Show Logs", command: "mindgap.showLogs" },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: "Mindgap", placeHolder: summary.text });
  if (chosen?.command) {
    await vscode.commands.executeCommand(chosen.command);
  }
}
