/** The language client: which of LSP the extension uses, and how messages from the server are shown. */
import type { ChildProcess } from "node:child_process";
import * as path from "node:path";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  type DynamicFeature,
  type ErrorHandler,
  type InitializeParams,
  type LanguageClientOptions,
  type StaticFeature,
} from "vscode-languageclient";
import { LanguageClient, type ServerOptions } from "vscode-languageclient/node";
import { SECTION, serverOptions } from "../settings";
import { cleanEnvironment } from "./environment";
import type { Found } from "./interpreter";

/** What the extension does in its own way: its commands, its status item, its own search for symbols. */
const UNUSED = new Set(["workspace/executeCommand", "workspace/symbol"]);

/** How long a server that was asked to stop may take to end. */
const END_MS = 2_000;

class Client extends LanguageClient {
  constructor(...parts: ConstructorParameters<typeof LanguageClient>) {
    super(...parts);
    // The library would end a server that does not end by itself with `taskkill` or `pgrep`, which the system looks
    // for wherever the editor was started, a workspace perhaps. Node can end it without another program.
    const checkProcessDied = (server: ChildProcess | undefined): void => { setTimeout(() => server?.kill("SIGKILL"), END_MS); };
    Object.defineProperty(this, "checkProcessDied", { value: checkProcessDied });
  }

  /** Logs it. Panel and status item say what a person should know, and a server may be ended while it starts. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as the library declares it
  override registerFeature(feature: StaticFeature | DynamicFeature<any>): void {
    if (!("registrationType" in feature && UNUSED.has(feature.registrationType.method))) {
      super.registerFeature(feature);
    }
  }

  protected override fillInitializeParams(params: InitializeParams): void {
    super.fillInitializeParams(params);
    params.capabilities.experimental = { mindgap: { statusChanged: true } };
    params.capabilities.window = { ...params.capabilities.window, workDoneProgress: false };
  }
}

export function makeClient(
  context: vscode.ExtensionContext,
  interpreter: Found,
  output: vscode.LogOutputChannel,
  closed: () => void,
): LanguageClient {
  const server: ServerOptions = {
    command: interpreter.executable,
    // -I: neither the environment nor the folder it starts in lead to other packages, a workspace's included.
    args: ["-I", "-X", "utf8", "-X", `pycache_prefix=${context.globalStorageUri.fsPath}`, path.join(context.extensionPath, "python", "launch.py")],
    options: { cwd: context.extensionPath, env: cleanEnvironment() },
  };
  // Starting again is decided where the interpreter is looked for again, too.
  const errorHandler: ErrorHandler = {
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => {
      closed();
      return { action: CloseAction.DoNotRestart, handled: true };
    },
  };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: "file" }],
    initializationOptions: currentOptions(),
    outputChannel: output,
    traceOutputChannel: output,
    connectionOptions: { maxRestartCount: 0 },
    errorHandler,
    initializationFailedHandler: () => false, // Who started it says so.
    middleware: {
      workspace: {
        didChangeConfiguration: async () => {
          await client.sendNotification("workspace/didChangeConfiguration", { settings: { [SECTION]: currentOptions() } });
        },
      },
    },
  };
  const client = new Client("mindgap", "Mindgap", server, options);
  return client;
}

function currentOptions(): unknown {
  return serverOptions(vscode.workspace.getConfiguration(SECTION));
}
