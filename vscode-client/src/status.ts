/** The status bar item and the language status item. */
import * as vscode from "vscode";
import { type Summary, summarise } from "./search/status";
import type { Server } from "./server/server";

const ICONS: Readonly<Record<Summary["kind"], string>> = { quiet: "", busy: "$(sync~spin) ", paused: "$(debug-pause) ", problem: "$(warning) " };

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("mindgap.status", vscode.StatusBarAlignment.Right, 90);
  private readonly language = vscode.languages.createLanguageStatusItem("mindgap.index", { scheme: "file" });
  private readonly subscription: vscode.Disposable;

  constructor(server: Server) {
    this.item.name = "Mindgap";
    this.item.command = "mindgap.showActions";
    this.language.name = "Mindgap";
    this.language.command = { command: "mindgap.showActions", title: "Actions" };
    this.subscription = server.onDidChange((state) => { this.show(summarise(state)); });
    this.show(summarise(server.state));
    this.item.show();
  }

  dispose(): void {
    vscode.Disposable.from(this.item, this.language, this.subscription).dispose();
  }

  private show(summary: Summary): void {
    const { kind, short, text } = summary;
    this.item.text = kind === "quiet" ? "Mindgap" : `${ICONS[kind]}Mindgap: ${short}`;
    this.item.tooltip = `Mindgap: ${text}`;
    this.item.accessibilityInformation = { label: `Mindgap: ${text}`, role: "button" };
    this.item.backgroundColor = kind === "problem" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.language.text = kind === "quiet" ? "Indexed" : short;
    this.language.detail = text;
    this.language.busy = kind === "busy";
    this.language.severity = kind === "problem" ? vscode.LanguageStatusSeverity.Error : kind === "paused" ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
  }
}
