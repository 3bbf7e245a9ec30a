/** The server process as the rest of the extension sees it: a state, and requests. */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import type { CancellationToken } from "vscode-languageclient";
import type { LanguageClient } from "vscode-languageclient/node";
import { STATUS, STATUS_CHANGED, type StatusResponse } from "../protocol";
import { Pace } from "../search/pace";
import type { ServerState } from "../search/status";
import { coalesce } from "./coalesce";
import { CrashPolicy, MAX_CRASHES } from "./crashes";
import { candidates, probe } from "./environment";
import { explain, findInterpreter } from "./interpreter";

/** The server is not there; the message says what to do. */
export class ServerUnavailable extends Error {}

export class Server implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ServerState>();
  readonly onDidChange = this.changed.event;
  private readonly crashes = new CrashPolicy();
  private readonly pace = new Pace();
  private client: LanguageClient | undefined;
  private current: ServerState = { phase: "idle" };
  private disposed = false;
  /** Restart; several wishes at once are one restart. */
  readonly restart = coalesce(() => this.startAgain());

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly output: vscode.LogOutputChannel,
  ) {}

  get state(): ServerState {
    return this.current;
  }

  dispose(): void {
    this.disposed = true;
    void this.stop();
    this.changed.dispose();
  }

  /** Ask the server. Errors that it answers have messages for the person. */
  async request<Result>(method: string, params: object, token?: CancellationToken): Promise<Result> {
    if (!this.client?.isRunning()) {
      throw new ServerUnavailable(this.current.message ?? "The server is not running yet. Try again in a moment.");
    }
    return token ? this.client.sendRequest(method, params, token) : this.client.sendRequest(method, params);
  }

  private async startAgain(): Promise<void> {
    this.crashes.forget();
    await this.stop();
    await this.start("starting");
  }

  private async start(phase: "starting" | "restarting", message?: string): Promise<void> {
    if (this.disposed) {
      return;
    }
    this.stand(message === undefined ? { phase } : { phase, message });
    const bundled = await bundledVersions(this.context);
    const search = await findInterpreter(candidates(), probe, bundled);
    for (const { command, reason } of search.refused) {
      this.output.info(`Not used: ${command} (${reason})`);
    }
    if (!search.found) {
      this.stand({ phase: "no-python", message: explain(search, bundled) });
      return;
    }
    this.output.info(`Starting the server with ${search.found.executable} (Python ${search.found.version.join(".")})`);
    // Loaded here and not at the top, so that activation does not wait for it.
    const { makeClient } = await import("./client");
    const client = makeClient(this.context, search.found, this.output, () => { this.closed(client); });
    this.client = client;
    client.onNotification(STATUS_CHANGED, (status: StatusResponse) => { this.told(client, status); });
    try {
      await client.start();
      this.told(client, await client.sendRequest<StatusResponse>(STATUS, {}));
    } catch (error) {
      if (this.client === client && this.current.phase !== "restarting") {
        this.output.error(String(error));
        this.stand({ phase: "failed", message: `The server could not be started (${String(error)}). The log says more.` });
      }
    }
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose(5_000);
    } catch (error) {
      this.output.debug(`While stopping: ${String(error)}`);
    }
  }

  /** The process has ended. Wanted, it is started by who wanted it; else it is started again a few times. */
  private closed(client: LanguageClient): void {
    if (this.client !== client || this.disposed) {
      return;
    }
    this.client = undefined;
    if (this.crashes.mayRestart()) {
      const message = "The server ended unexpectedly and is started again.";
      this.output.warn(message);
      void this.start("restarting", message).then(() => { this.sayRestarted(); });
    } else {
      const message = `The server ended unexpectedly ${MAX_CRASHES + 1} times in three minutes and is not started again. The log says more.`;
      this.output.error(message);
      this.stand({ phase: "failed", message });
      void this.offer(vscode.window.showErrorMessage(`Mindgap: ${message}`, "Restart Server", "Show Logs"));
    }
  }

  private sayRestarted(): void {
    if (this.current.phase === "running") {
      void this.offer(vscode.window.showWarningMessage("Mindgap's server ended unexpectedly and was started again.", "Show Logs"));
    }
  }

  private async offer(choice: Thenable<string | undefined>): Promise<void> {
    const chosen = await choice;
    if (chosen === "Restart Server") {
      await this.restart();
    } else if (chosen === "Show Logs") {
      this.output.show();
    }
  }

  private told(client: LanguageClient, status: StatusResponse): void {
    if (this.client === client) {
      const secondsLeft = this.pace.note(status.roots);
      this.stand(secondsLeft === undefined ? { phase: "running", status } : { phase: "running", status, secondsLeft });
    }
  }

  private stand(state: ServerState): void {
    this.current = state;
    void vscode.commands.executeCommand("setContext", "mindgap.phase", state.phase);
    void vscode.commands.executeCommand("setContext", "mindgap.paused", state.status?.roots.some((root) => root.state === "paused") ?? false);
    if (!this.disposed) {
      this.changed.fire(state);
    }
  }
}

/** The Python versions that the extension carries packages for; none when it runs from a checkout. */
async function bundledVersions(context: vscode.ExtensionContext): Promise<readonly string[]> {
  const file = path.join(context.extensionPath, "bundled", "versions.json");
  try {
    return JSON.parse(await fs.readFile(file, "utf8")) as string[];
  } catch {
    return [];
  }
}
