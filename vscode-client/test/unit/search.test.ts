import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { reportMarkdown } from "../../src/commands/report";
import { namedByFolder } from "../../src/search/ask";
import { Latest } from "../../src/search/latest";
import { Pace, duration } from "../../src/search/pace";
import { summarise } from "../../src/search/status";
import { place, reasons, scope } from "../../src/search/words";
import { CLIENT_SETTINGS, SERVER_SETTINGS, serverOptions } from "../../src/settings";
import { page } from "../../src/panel/page";
import manifest from "../../package.json";
import { makeAnswer, makeHit, makeRoot, makeStatus } from "./make";

class Source {
  cancelled = false;
  disposed = false;
  readonly token = this;
  cancel(): void { this.cancelled = true; }
  dispose(): void { this.disposed = true; }
}

test("a new question cancels the one before, and its answer is dropped", async () => {
  const latest = new Latest(() => new Source());
  let answerFirst: (value: string) => void = () => undefined;
  let first: Source | undefined;
  const slow = latest.ask((token) => { first = token; return new Promise<string>((resolve) => { answerFirst = resolve; }); });
  assert.equal(await latest.ask(() => Promise.resolve("new")), "new");
  assert.ok(first?.cancelled);
  answerFirst("old");
  assert.equal(await slow, undefined);
  assert.ok(first?.disposed);
});

test("errors count for the last question alone", async () => {
  const latest = new Latest(() => new Source());
  let fail: (error: Error) => void = () => undefined;
  const old = latest.ask(() => new Promise<string>((_, reject) => { fail = reject; }));
  latest.cancel();
  fail(new Error("cancelled"));
  assert.equal(await old, undefined);
  await assert.rejects(latest.ask(() => Promise.reject(new Error("bad"))), /bad/);
});

test("the pace tells the time left, once it has settled", () => {
  let now = 0;
  const pace = new Pace(() => now);
  const root = (done: number, stage = "index") => [makeRoot({ state: "indexing", stage, done, total: 100 })];
  assert.equal(pace.note(root(0)), undefined);
  now = 500;
  assert.equal(pace.note(root(10)), undefined);
  now = 2_000;
  assert.equal(pace.note(root(40)), 3);
  assert.equal(pace.note(root(5, "deep")), undefined, "another stage starts anew");
  assert.equal(pace.note([makeRoot()]), undefined);
  assert.deepEqual([duration(0.2), duration(42), duration(300)], ["about 1 s", "about 42 s", "about 5 min"]);
});

test("one sentence for every state", () => {
  const running = (...roots: Parameters<typeof makeStatus>) => summarise({ phase: "running", status: makeStatus(...roots) });
  assert.deepEqual(running(makeRoot(), makeRoot()), { kind: "quiet", short: "ready", text: "2,468 functions and blocks in 6 files" });
  const busy = makeRoot({ state: "indexing", stage: "index", done: 30, total: 120, name: "shop" });
  assert.deepEqual(summarise({ phase: "running", status: makeStatus(busy, makeRoot()), secondsLeft: 4 }), {
    kind: "busy", short: "25%", text: "Indexing shop: 30 of 120 files, about 4 s left", share: 0.25,
  });
  assert.equal(running(makeRoot({ state: "indexing", stage: "scan" })).text, "Looking for changed files in w…");
  assert.equal(running(makeRoot({ state: "indexing", message: "Another process is indexing." })).text, "Another process is indexing.");
  assert.equal(running(makeRoot({ state: "error", message: "The disk is full." }), busy).kind, "problem");
  assert.equal(running(makeRoot({ state: "paused", message: "Paused." })).text, "Paused.");
  assert.equal(running().short, "no folder");
  for (const phase of ["idle", "starting", "restarting", "no-python", "failed", "stopped"] as const) {
    assert.ok(summarise({ phase }).text, phase);
  }
});

test("why a hit was found, in words, weightiest first", () => {
  assert.deepEqual(reasons(makeHit("f")), ["same words", "similar meaning"]);
  const features = { spelling_pieces: 1.2, spelling_letters: 1, cross: 0.9, lexical: 0.1, unknown: 9 };
  assert.deepEqual(reasons(makeHit("f", { features })), ["spelt alike", "reads like an answer"]);
  assert.deepEqual(reasons(makeHit("f", { features: {} })), []);
});

test("where a hit stands", () => {
  assert.equal(place(makeHit("f")), "a.py:10");
  assert.equal(scope(makeHit("total", { qualname: "Cart.total" })), "Cart");
  assert.equal(scope(makeHit("total")), "");
});

test("the server's options are nested as it reads them", () => {
  const values: Record<string, unknown> = { "search.limit": 7, exclude: ["a"], "log.level": "debug" };
  const options = serverOptions({ get: (key: string) => values[key] } as never);
  assert.deepEqual(options.search, { limit: 7 });
  assert.deepEqual(options.exclude, ["a"]);
  assert.deepEqual(options.log, { level: "debug" });
});

test("every setting of the manifest is known, with a scope and words", () => {
  const declared = manifest.contributes.configuration.flatMap((group) => Object.entries<Record<string, unknown>>(group.properties));
  assert.deepEqual(declared.map(([name]) => name).sort(), [...SERVER_SETTINGS, ...CLIENT_SETTINGS].map((name) => `mindgap.${name}`).sort());
  for (const [name, setting] of declared) {
    assert.ok(setting.markdownDescription && setting.scope && "default" in setting, name);
  }
});

test("every picture of the walkthrough is there", () => {
  for (const step of manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps)) {
    // VS Code's own kind of markup here: ``code``, __italic__, **bold**.
    assert.doesNotMatch(step.description, /(?<![`*])[`*](?![`*])/);
    assert.ok(existsSync(step.media.image), step.media.image);
    assert.ok(step.media.altText, step.id);
  }
});

test("every command of a menu or a key is declared", () => {
  const declared = new Set(manifest.contributes.commands.map(({ command }) => command));
  const used = [
    ...Object.values(manifest.contributes.menus).flat().flatMap((entry) => ("command" in entry ? [entry.command] : [])),
    ...manifest.contributes.keybindings.map(({ command }) => command),
  ];
  assert.deepEqual(used.filter((command) => !declared.has(command)), []);
});

test("the report tells what is indexed and what is not, whatever the names hold", () => {
  const skipped = [{ reason: "secret", count: 2, examples: [".env", "a|b`c"] }] as const;
  const text = reportMarkdown({ roots: [{ status: makeRoot({ name: "<b>*w*", indexedAt: 0 }), skipped }] }, "1.0");
  assert.match(text, /## \\<b\\>\\\*w\\\*/);
  assert.match(text, /\| python \| 1,234 \|/);
  assert.match(text, /\| May hold secrets \| 2 \| `\.env`, `a\\\|b'c` \|/);
  assert.match(text, /2\.5 MB/);
});

test("the page lets only its own script run", () => {
  const html = page({ script: "s.js", style: "s.css", cspSource: "https://own", nonce: "N0" });
  assert.match(html, /default-src 'none'; script-src 'nonce-N0'; style-src https:\/\/own; font-src https:\/\/own;/);
  assert.doesNotMatch(html, /unsafe/);
});

test("with several folders, a path starts with the name of its folder", () => {
  const answer = makeAnswer("q", [makeHit("a"), makeHit("b", { rootUri: "file:///shop", path: "src/b.py" }), makeHit("c", { rootUri: "file:///closed" })]);
  const [one, other] = [makeRoot(), makeRoot({ uri: "file:///shop", name: "Shop" })];
  assert.deepEqual(namedByFolder(answer, [one, other]).hits.map((hit) => hit.path), ["w/a.py", "Shop/src/b.py", "a.py"]);
  assert.equal(namedByFolder(answer, [one]), answer);
});

test("every command can be reached by keyboard: in the palette, by a key, or in the menu of a hit", () => {
  const { commandPalette, "webview/context": menuOfHit } = manifest.contributes.menus;
  const hidden = commandPalette.filter(({ when }) => when === "false").map(({ command }) => command);
  const elsewhere = new Set([...menuOfHit, ...manifest.contributes.keybindings].map(({ command }) => command));
  assert.deepEqual(hidden.filter((command) => !elsewhere.has(command)), []);
});
