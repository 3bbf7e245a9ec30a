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
import { type Found, type Search, explain, findInterpreter } from "./interpreter";

/** The server is not there; the message says what to do. */
export class ServerUnavailable extends Error {}

/** What a server is started with; a test has its own. */
export interface Parts {
  readonly find: (bundled: readonly string[]) => Promise<Search>;
  readonly make: (interpreter: Found, closed: () => void) => Promise<LanguageClient>;
}

export class Server implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ServerState>();
  readonly onDidChange = this.changed.event;
  private readonly crashes = new CrashPolicy();
  private readonly pace = new Pace();
  private client: LanguageClient | undefined;
  private current: ServerState = { phase: "idle" };
  private disposed = false;
  /** Counts what was wanted of the server: a start that took its time sees that something else is wanted by now. */
  private wish = 0;
  private next: ServerState = { phase: "starting" };
  /** The only way to a client: never two of them at once. */
  private readonly begin = coalesce(() => this.start());

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly output: vscode.LogOutputChannel,
    private readonly parts: Parts = {
      find: (bundled) => findInterpreter(candidates(), (candidate) => probe(candidate, context.extensionPath), bundled),
      // Loaded here and not at the top, so that activation does not wait for it. The library has a "./client" of its own:
      // without the ending, build.mjs would leave that one out, too.
      make: async (interpreter, closed) => (await import("./client.js")).makeClient(context, interpreter, output, closed),
    },
  ) {}

  get state(): ServerState {
    return this.current;
  }

  dispose(): void {
    this.disposed = true;
    this.wish++;
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

  /** Restart; several wishes at once are one restart. */
  async restart(): Promise<void> {
    this.crashes.forget();
    await this.anew({ phase: "starting" });
  }

  /** What runs or is being started is no longer wanted; another one is, which starts in this state. */
  private async anew(state: ServerState): Promise<void> {
    this.wish++;
    this.next = state;
    const begun = this.begin();
    void this.stop(); // A start under way may never come to its end by itself; if none is, that is done already.
    await begun;
  }

  private async start(): Promise<void> {
    const own = this.wish;
    const isWanted = (): boolean => own === this.wish && !this.disposed;
    await this.stop();
    if (!isWanted()) {
      return;
    }
    this.stand(this.next);
    let client: LanguageClient | undefined;
    try {
      const interpreter = await this.interpreter(isWanted);
      const made = interpreter && (await this.parts.make(interpreter, () => { this.closed(made); }));
      if (!made || !isWanted()) {
        return;
      }
      this.client = client = made;
      client.onNotification(STATUS_CHANGED, (status: StatusResponse) => { this.told(made, status); });
      await client.start();
      this.told(client, await client.sendRequest<StatusResponse>(STATUS, {}));
    } catch (error) {
      if (isWanted()) {
        this.output.error(String(error));
        this.stand({ phase: "failed", message: `The server could not be started (${String(error)}). The log says more.` });
      }
    }
    if (client && !isWanted()) {
      await this.end(client); // While it was starting, it could not be stopped.
    }
  }

  /** The Python to start with; undefined: there is none, which is said, or it is not wanted any more. */
  private async interpreter(isWanted: () => boolean): Promise<Found | undefined> {
    const bundled = await bundledVersions(this.context);
    const search = isWanted() ? await this.parts.find(bundled) : undefined;
    if (!search || !isWanted()) {
      return undefined;
    }
    for (const { command, reason } of search.refused) {
      this.output.info(`Not used: ${command} (${reason})`);
    }
    if (search.found) {
      this.output.info(`Starting the server with ${search.found.executable} (Python ${search.found.version.join(".")})`);
    } else {
      this.stand({ phase: "no-python", message: explain(search, bundled) });
    }
    return search.found;
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client) {
      await this.end(client);
    }
  }

  private async end(client: LanguageClient): Promise<void> {
    try {
      await client.dispose(5_000);
    } catch (error) {
      if (!this.disposed) {
        this.output.debug(`While stopping: ${String(error)}`);
      }
    }
  }

  /** The process has ended. Wanted, it is started by who wanted it; else it is started again a few times. */
  private closed(client: LanguageClient | undefined): void {
    if (!client || this.client !== client) {
      return;
    }
    this.client = undefined;
    if (this.crashes.mayRestart()) {
      const message = "The server ended unexpectedly and is started again.";
      this.output.warn(message);
      void this.anew({ phase: "restarting", message }).then(() => { this.sayRestarted(); });
    } else {
      const message = `The server ended unexpectedly ${MAX_CRASHES + 1} times in three minutes and is not started again. The log says more.`;
      this.output.error(message);
      this.wish++; // If it was still starting: what that says is known already.
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
