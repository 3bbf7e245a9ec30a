/** Puts the parts together. */
import * as vscode from "vscode";
import { CommentDefinitions, findSimilar, goToImplementationOfComment, searchSelection, similarTo } from "./commands/editor";
import { REPORT_SCHEME, ReportDocument, pause, purge, rebuild, resume, selectInterpreter, showActions } from "./commands/indexing";
import { QuickSearch } from "./commands/quickSearch";
import { copyPath, peek, showReferences, step } from "./commands/walk";
import { targetOf } from "./panel/messages";
import { PanelView, VIEW } from "./panel/view";
import { Jump } from "./search/jump";
import { toRange } from "./search/ranges";
import { Results } from "./search/results";
import { Server, ServerUnavailable } from "./server/server";
import { SECTION } from "./settings";
import { Status } from "./status";

export function activate(context: vscode.ExtensionContext): void {
  const started = performance.now();
  const output = vscode.window.createOutputChannel("Mindgap", { log: true });
  const server = new Server(context, output);
  const results = new Results();
  const jump = new Jump(server);
  const panel = new PanelView(context, server, results, jump);
  const quick = new QuickSearch(server, results, jump, panel);
  const report = new ReportDocument(server);
  context.subscriptions.push(
    output, server, results, jump, panel,
    new Status(server),
    vscode.window.registerWebviewViewProvider(VIEW, panel),
    vscode.languages.registerDefinitionProvider({ scheme: "file" }, new CommentDefinitions(server)),
    vscode.workspace.registerTextDocumentContentProvider(REPORT_SCHEME, report),
    vscode.workspace.onDidGrantWorkspaceTrust(() => server.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.interpreter`)) {
        void server.restart();
      }
    }),
  );

  const commands: Readonly<Record<string, (argument?: unknown) => unknown>> = {
    search: () => { quick.show(); },
    searchSelection: () => searchSelection(panel),
    findSimilar: () => findSimilar(server, panel),
    goToImplementationOfComment: () => goToImplementationOfComment(server),
    focusPanel: () => panel.focus(),
    showReferences: () => showReferences(results),
    peekResults: () => peek(results),
    nextHit: () => step(results, jump, panel, 1),
    previousHit: () => step(results, jump, panel, -1),
    copyPath: () => copyPath(results.current),
    clearSearch: () => { panel.clear(); },
    groupByFile: () => { panel.group("file"); },
    groupByRank: () => { panel.group("rank"); },
    rebuildIndex: () => rebuild(server),
    pauseIndexing: () => pause(server),
    resumeIndexing: () => resume(server),
    showIndexReport: () => report.show(),
    purgeIndex: () => purge(server, () => {
      quick.forget();
      return panel.forget();
    }),
    restartServer: () => server.restart(),
    showLogs: () => { output.show(); },
    showActions: () => showActions(server),
    selectInterpreter: () => selectInterpreter(server),
    "hit.openToSide": (argument) => {
      const hit = hitOf(results, argument);
      return hit && jump.to(targetOf(hit), "side");
    },
    "hit.copyPath": (argument) => copyPath(hitOf(results, argument)),
    "hit.findSimilar": (argument) => {
      const hit = hitOf(results, argument);
      return hit && similarTo(server, panel, vscode.Uri.parse(hit.uri), toRange({ start: hit.selectionRange.start, end: hit.selectionRange.start }), hit.name);
    },
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`mindgap.${name}`, (argument?: unknown) => guarded(run, argument)));
  }
  output.info(`Activated in ${(performance.now() - started).toFixed(1)} ms`);
  void server.restart();
}

/** What goes wrong in a command is said in words. */
async function guarded(run: (argument?: unknown) => unknown, argument: unknown): Promise<void> {
  try {
    await run(argument);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const choice = error instanceof ServerUnavailable ? ["Restart Server", "Show Logs"] : ["Show Logs"];
    const chosen = await vscode.window.showErrorMessage(`Mindgap: ${message}`, ...choice);
    if (chosen) {
      await vscode.commands.executeCommand(chosen === "Show Logs" ? "mindgap.showLogs" : "mindgap.restartServer");
    }
  }
}

/** The hit that a context menu of the panel was opened on. */
function hitOf(results: Results, argument: unknown): (typeof results.hits)[number] | undefined {
  const index = typeof argument === "object" && argument !== null && "index" in argument ? argument.index : undefined;
  return typeof index === "number" ? results.hits[index] : undefined;
}
