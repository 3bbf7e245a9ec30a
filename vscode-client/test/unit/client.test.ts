import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { LanguageClient } from "vscode-languageclient/node";
import type { makeClient } from "../../src/server/client";

interface Loader { _load: (name: string, ...rest: unknown[]) => unknown }

/** Anything of the editor: it can be called, made, extended and looked into. */
function anything(): object {
  const parts = new Map<string | symbol, unknown>([["then", undefined], [Symbol.iterator, undefined], ["workspaceFolders", undefined]]);
  const it: object = new Proxy(function () { /* Nothing happens. */ }, {
    get: (target, name) => {
      if (name !== "prototype" && !parts.has(name)) {
        parts.set(name, anything());
      }
      return name === "prototype" ? (target.prototype as unknown) : parts.get(name);
    },
    apply: anything,
    construct: (_, __, made) => (made === it ? anything() : (Reflect.construct(Object, [], made) as object)),
  });
  return it;
}

const said: unknown[] = [];
const logged: string[] = [];

/** The client as it is packed, with an editor in which nothing happens. */
function load(): typeof makeClient {
  const say = (message: unknown): Promise<void> => { said.push(message); return Promise.resolve(); };
  const window = new Proxy({}, { get: (_, name) => (String(name).startsWith("show") ? say : anything()) });
  const parts = new Map<string | symbol, unknown>([["version", "1.91.0"], ["window", window]]);
  const editor = new Proxy({ workspace: anything() }, { get: (known, name) => parts.get(name) ?? (name === "workspace" ? known.workspace : anything()) });
  const loader = Module as unknown as Loader;
  const before = loader._load;
  loader._load = (name, ...rest) => (name === "vscode" ? editor : before.call(loader, name, ...rest));
  try {
    return (createRequire(path.resolve("package.json"))("./dist/client.js") as { makeClient: typeof makeClient }).makeClient;
  } finally {
    loader._load = before;
  }
}

test("a server that hangs while it starts is ended without another program and without a message", { skip: process.platform === "win32" && "the programs of this test are shell scripts" }, async () => {
  const dir = mkdtempSync(path.join(tmpdir(), "mindgap-client-"));
  const marker = path.join(dir, "marker");
  const program = (name: string, lines: string): string => {
    writeFileSync(path.join(dir, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(path.join(dir, name), 0o755);
    return path.join(dir, name);
  };
  const hanging = program("python3", "exec sleep 60");
  for (const name of ["pgrep", "kill", "taskkill"]) {
    program(name, `touch '${marker}'`);
  }
  const PATH = process.env.PATH;
  process.env.PATH = `${dir}:${PATH ?? ""}`;
  try {
    let closed = 0;
    const log = (text: string): void => { logged.push(text); };
    const output = { info: log, error: log, warn: log, debug: log, trace: log, onDidChangeLogLevel: () => undefined };
    const context = { globalStorageUri: { fsPath: dir }, extensionPath: dir };
    const client: LanguageClient = load()(context as never, { executable: hanging } as never, output as never, () => { closed++; });
    const starting = assert.rejects(client.start());
    while (!client.serverProcess) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const server = client.serverProcess;
    await assert.rejects(client.dispose(100), /starting/);
    await starting;
    if (server.signalCode === null) {
      await once(server, "exit");
    }
    assert.deepEqual([server.signalCode, closed, said], ["SIGKILL", 1, []], logged.join("\n"));
    assert.ok(!existsSync(marker), "a program of the PATH was run");
  } finally {
    process.env.PATH = PATH;
    rmSync(dir, { recursive: true, force: true });
  }
});

test("the packed client holds all of the library", () => {
  // Its own "./client" was once taken for ours and left out: what the errors' handlers answer with was missing.
  assert.doesNotMatch(readFileSync("dist/client.js", "utf8"), /require\("\.\/client/);
});
