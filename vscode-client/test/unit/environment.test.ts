import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { candidates, cleanEnvironment, probe } from "../../src/server/environment";
import { type Candidate, PROBE, refusal } from "../../src/server/interpreter";
import { extensions, workspace } from "./vscode";

const posix = { skip: process.platform === "win32" && "the programs of these tests are shell scripts" };
const before = { PATH: process.env.PATH, folder: process.cwd() };
let dir: string, neutral: string, root: string;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(path.join(tmpdir(), "mindgap-python-")));
  neutral = path.join(dir, "extension");
  root = path.join(dir, "workspace");
  mkdirSync(neutral);
  mkdirSync(root);
  workspace.workspaceFolders = [{ uri: { fsPath: root } }];
});

afterEach(() => {
  process.chdir(before.folder);
  process.env.PATH = before.PATH;
  Object.assign(workspace, { isTrusted: true, workspaceFolders: [], settings: {} });
  extensions.python = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const marker = (): string => path.join(dir, "marker");
const on = (command: string, source: Candidate["source"] = "path"): Candidate => ({ command, args: [], source });

function program(file: string, lines: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
  return file;
}

const answering = (executable: string, version: string): string => `echo '["${executable}", [${version.replace(".", ", ")}], "CPython"]'`;

/** The Python of this machine, or none. */
function python(): string | undefined {
  try {
    return execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** Modules that every Python imports for the probe, planted in the folder that the editor was started in. */
function plant(): void {
  for (const module of ["json", "platform"]) {
    writeFileSync(path.join(root, `${module}.py`), `open(${JSON.stringify(marker())}, "w")\n`);
  }
}

/** Why this one is not taken. */
async function refused(candidate: Candidate): Promise<string> {
  const answer = await probe(candidate, neutral);
  assert.ok(typeof answer === "string", "it is taken");
  return answer;
}

async function all(): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for await (const candidate of candidates()) {
    found.push(candidate);
  }
  return found;
}

test("the probe runs no code of the folder that the editor was started in", async (t) => {
  const command = python();
  if (command === undefined) {
    t.skip("there is no python3");
    return;
  }
  plant();
  process.chdir(root);
  const answer = await probe(on(command), neutral);
  assert.ok(typeof answer !== "string", answer as string);
  assert.ok(!existsSync(marker()), "json.py of the workspace was run");
  // The isolation alone, and the words of the probe alone, as a Python that knows no -I runs them.
  assert.ok(typeof (await probe(on(command), root)) !== "string");
  execFileSync(command, ["-c", PROBE], { cwd: root });
  assert.ok(!existsSync(marker()), "json.py of the folder of the probe was run");
});

test("the probe is isolated and runs in the folder that it is given", posix, async () => {
  const command = program(path.join(dir, "bin", "python3"), `pwd > '${marker()}'; echo "$@" >> '${marker()}'; ${answering("/bin/python3", "3.12")}`);
  process.chdir(root);
  assert.deepEqual(await probe(on(command), neutral), { executable: "/bin/python3", version: [3, 12], implementation: "CPython" });
  const [folder, args] = readFileSync(marker(), "utf8").split("\n");
  assert.equal(folder, neutral);
  assert.match(args ?? "", /^-I -c /);
});

test("a Python that is too old to know -I is named all the same", posix, async () => {
  const old = `[ "$1" = -I ] && { echo "Unknown option: -I" >&2; exit 2; }; ${answering("/bin/python2", "2.7")}`;
  const answer = await probe(on(program(path.join(dir, "bin", "python2"), old)), neutral);
  assert.ok(typeof answer !== "string", answer as string);
  assert.equal(refusal(answer, []), "CPython 2.7 is too old");
});

test("what is no Python says why", posix, async () => {
  const junk = (lines: string): Promise<string> => refused(on(program(path.join(dir, "bin", "junk"), lines)));
  assert.equal(await junk("echo hello"), "it answers like no Python");
  assert.match(await junk("exit 2"), /^Command failed/);
  assert.equal(await refused(on(path.join(dir, "none"))), "there is no such program");
  assert.match(await refused(on("python3", "setting")), /no such program on the PATH; give its whole path/);
});

test("no program of the workspace is probed, whatever leads to it; only the setting may name one", posix, async () => {
  const planted = program(path.join(root, ".venv", "bin", "python3"), `touch '${marker()}'; ${answering("/bin/python3", "3.12")}`);
  symlinkSync(path.dirname(planted), path.join(dir, "link"));
  for (const command of [planted, path.join(dir, "link", "python3")]) {
    assert.match(await refused(on(command)), /part of the workspace; the setting/);
  }
  const elsewhere = program(path.join(dir, "bin", "python3"), answering(planted, "3.12"));
  assert.match(await refused(on(elsewhere)), /part of the workspace/, "it would lead to the planted one");
  assert.ok(!existsSync(marker()));
  assert.ok(typeof (await probe(on(planted, "setting"), neutral)) !== "string");
});

test("the PATH is searched, and handed on, without the folders of the workspace", posix, async () => {
  program(path.join(root, "bin", "python3"), "");
  const good = program(path.join(dir, "good", "python3"), "");
  symlinkSync(path.join(root, "bin"), path.join(dir, "link"));
  process.env.PATH = [path.join(root, "bin"), "bin", "", path.join(dir, "link"), path.join(dir, "good")].join(":");
  process.chdir(root);
  assert.deepEqual(await all(), [on(good)]);
  assert.equal(cleanEnvironment().PATH, path.join(dir, "good"));
  workspace.settings = { interpreter: "python3" };
  assert.deepEqual(await all(), [on(good, "setting")]);
  workspace.settings = { interpreter: "python3.99" };
  assert.deepEqual(await all(), [on("python3.99", "setting")]);
});

test("of a virtual environment in the workspace the Python behind it is taken", posix, async () => {
  const base = program(path.join(dir, "base", "python3.12"), "");
  const link = path.join(root, "python");
  symlinkSync(base, link);
  process.env.PATH = "";
  const environments = { getActiveEnvironmentPath: () => ({ path: link }), resolveEnvironment: () => Promise.resolve({ executable: { uri: { fsPath: link } } }) };
  extensions.python = { activate: () => Promise.resolve({ environments }) };
  assert.deepEqual(await all(), [on(base, "python-extension")]);
  workspace.isTrusted = false;
  assert.deepEqual(await all(), []);
});
