/** Where interpreters can be found: the setting, the Python extension, the PATH. */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { SECTION } from "../settings";
import { type Candidate, PROBE, type Probe, parseProbe, pathNames, safeFolders } from "./interpreter";

const PROBE_TIMEOUT_MS = 10_000;

/** Interpreters in the order of preference. In an untrusted workspace only what the PATH holds is started. */
export async function* candidates(): AsyncGenerator<Candidate> {
  if (vscode.workspace.isTrusted) {
    const chosen = vscode.workspace.getConfiguration(SECTION).get("interpreter", "").trim();
    if (chosen) {
      yield { command: expand(chosen), args: [], source: "setting" };
      return;
    }
    const active = await pythonExtensionInterpreter();
    if (active) {
      yield { command: active, args: [], source: "python-extension" };
    }
  }
  for (const [name, ...args] of pathNames(process.platform === "win32")) {
    const command = await onPath(name);
    if (command) {
      yield { command, args, source: "path" };
    }
  }
}

/** Asks an interpreter what it is; a text says why it could not be asked. */
export function probe(candidate: Candidate): Promise<Probe | string> {
  return new Promise((resolve) => {
    const args = [...candidate.args, "-c", PROBE];
    execFile(candidate.command, args, { timeout: PROBE_TIMEOUT_MS, env: cleanEnvironment() }, (error, output) => {
      const answer = error ? undefined : parseProbe(output);
      resolve(answer ?? (error ? firstLine(error) : "it answers like no Python"));
    });
  });
}

/** The environment without what would lead Python to packages of others. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP"]) {
    Reflect.deleteProperty(env, name);
  }
  return env;
}

interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(path: { readonly path: string }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
  };
}

async function pythonExtensionInterpreter(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (!extension) {
    return undefined;
  }
  try {
    const { environments } = await extension.activate();
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const environment = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(folder));
    return environment?.executable.uri?.fsPath;
  } catch {
    return undefined; // Its environment is broken; the PATH may still help.
  }
}

async function onPath(name: string): Promise<string | undefined> {
  const roots = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const endings = process.platform === "win32" ? [".exe"] : [""];
  for (const folder of safeFolders(process.env.PATH ?? "", roots, path.delimiter)) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      if (await isExecutable(file)) {
        return file;
      }
    }
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await fs.access(file, fs.constants.X_OK);
    return (await fs.stat(file)).isFile();
  } catch {
    return false;
  }
}

/** "~" and "${workspaceFolder}", which settings of other extensions know too. */
function expand(text: string): string {
  const home = process.env.HOME ?? process.env.USERPROFILE ?? "~";
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  return text.replace(/^~(?=[/\\])/, home).replaceAll("${workspaceFolder}", folder);
}

function firstLine(error: Error & { code?: unknown }): string {
  return error.code === "ENOENT" ? "there is no such program" : (error.message.split("\n")[0] ?? "it does not start");
}
