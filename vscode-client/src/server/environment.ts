/** Where interpreters can be found: the setting, the Python extension, the PATH; and how one is asked what it is. */
import { type ExecFileException, execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { SECTION } from "../settings";
import { type Candidate, PROBE, type Probe, isBelow, parseProbe, pathNames, safeFolders } from "./interpreter";

const PROBE_TIMEOUT_MS = 10_000;
/** How a Python ends that does not know an option. */
const USAGE = 2;

/** Interpreters in the order of preference. In an untrusted workspace only what the PATH holds is started. */
export async function* candidates(): AsyncGenerator<Candidate> {
  if (vscode.workspace.isTrusted) {
    const chosen = vscode.workspace.getConfiguration(SECTION).get("interpreter", "").trim();
    if (chosen) {
      const found = path.basename(chosen) === chosen ? await onPath(chosen) : undefined;
      yield { command: found ?? expand(chosen), args: [], source: "setting" };
      return;
    }
    const active = await pythonExtensionInterpreter();
    if (active) {
      // A virtual environment in the workspace is a link to a Python elsewhere: that one brings none of its packages.
      yield { command: isOfWorkspace(active) ? real(active) : active, args: [], source: "python-extension" };
    }
  }
  for (const [name, ...args] of pathNames(process.platform === "win32")) {
    const command = await onPath(name);
    if (command) {
      yield { command, args, source: "path" };
    }
  }
}

/** Asks an interpreter what it is; a text says why it could not be asked. It runs in `folder`, which is no workspace. */
export async function probe(candidate: Candidate, folder: string): Promise<Probe | string> {
  const isAllowed = (file: string): boolean => candidate.source === "setting" || !isOfWorkspace(file);
  const { command, args } = candidate;
  if (!path.isAbsolute(command)) {
    return "there is no such program on the PATH; give its whole path"; // The system would look in the folder it runs in, too.
  }
  const refused = "it is part of the workspace; the setting mindgap.interpreter can name it all the same";
  if (!isAllowed(command)) {
    return refused;
  }
  // -I: packages come neither from the environment, nor from the person's folder, nor from that of the probe.
  let { error, output } = await run(command, [...args, "-I", "-c", PROBE], folder);
  if (error?.code === USAGE) {
    ({ error, output } = await run(command, [...args, "-E", "-s", "-c", PROBE], folder)); // Older than 3.4.
  }
  if (error) {
    return firstLine(error);
  }
  const answer = parseProbe(output);
  if (!answer) {
    return "it answers like no Python";
  }
  return isAllowed(answer.executable) ? answer : refused;
}

function run(command: string, args: readonly string[], cwd: string): Promise<{ error: ExecFileException | null; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: PROBE_TIMEOUT_MS, env: cleanEnvironment() }, (error, output) => { resolve({ error, output }); });
  });
}

/** The environment without what would lead Python to packages of others, and any program to those of a workspace. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const [name, value] of Object.entries(env)) {
    const upper = name.toUpperCase(); // Windows does not tell "Path" from "PATH".
    if (upper === "PATH") {
      env[name] = safeFolders(value ?? "", isOfWorkspace, path.delimiter).join(path.delimiter);
    } else if (["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP"].includes(upper)) {
      Reflect.deleteProperty(env, name);
    }
  }
  return env;
}

/** Whether a file or folder is in a folder of the workspace, by its name or by where its links lead. */
function isOfWorkspace(file: string): boolean {
  const roots = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const all = [...roots, ...roots.map(real)];
  return isBelow(file, all) || isBelow(real(file), all);
}

function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // It is not there.
  }
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
  const ending = process.platform === "win32" && path.extname(name).toLowerCase() !== ".exe" ? ".exe" : "";
  for (const folder of safeFolders(process.env.PATH ?? "", isOfWorkspace, path.delimiter)) {
    const file = path.join(folder, name + ending);
    if ((await isExecutable(file)) && !isOfWorkspace(file)) {
      return file;
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
