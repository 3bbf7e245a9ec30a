import assert from "node:assert/strict";
import { test } from "node:test";
import { coalesce } from "../../src/server/coalesce";
import { CrashPolicy, MAX_CRASHES, WINDOW_MS } from "../../src/server/crashes";
import { type Candidate, type Probe, explain, findInterpreter, isBelow, parseProbe, refusal, safeFolders } from "../../src/server/interpreter";

const BUNDLED = ["3.11", "3.12"];
const on = (command: string, source: Candidate["source"] = "path"): Candidate => ({ command, args: [], source });
const cpython = (major: number, minor: number): Probe => ({ executable: `/bin/python${major}.${minor}`, version: [major, minor], implementation: "CPython" });

test("an interpreter says what it is, or is none", () => {
  assert.deepEqual(parseProbe('["/bin/python3.12", [3, 12], "CPython"]'), cpython(3, 12));
  for (const output of ["", "{}", "[1, [3, 12], 2]", '["/bin/p", "3.12", "CPython"]', "Python 3.12"]) {
    assert.equal(parseProbe(output), undefined, output);
  }
});

test("why an interpreter is refused", () => {
  assert.equal(refusal(cpython(3, 12), BUNDLED), undefined);
  assert.match(refusal(cpython(3, 10), BUNDLED) ?? "", /too old/);
  assert.match(refusal(cpython(2, 7), []) ?? "", /too old/);
  assert.match(refusal(cpython(3, 15), BUNDLED) ?? "", /not among .*3\.11, 3\.12/);
  assert.match(refusal({ ...cpython(3, 11), implementation: "PyPy" }, BUNDLED) ?? "", /not CPython/);
  assert.equal(refusal(cpython(3, 15), []), undefined, "a checkout carries no packages");
});

test("the first that can is taken, and the others are remembered", async () => {
  const answers: Record<string, Probe | string> = { a: "it does not start", b: cpython(3, 9), c: cpython(3, 12), d: cpython(3, 11) };
  const search = await findInterpreter(["a", "b", "c", "d"].map((name) => on(name)), ({ command }) => Promise.resolve(answers[command]!), BUNDLED);
  assert.equal(search.found?.executable, "/bin/python3.12");
  assert.deepEqual(search.refused.map(({ command }) => command), ["a", "b"]);
});

test("a chosen interpreter that cannot is not replaced by another one", async () => {
  const search = await findInterpreter([on("chosen", "setting"), on("good")], ({ command }) => Promise.resolve(command === "good" ? cpython(3, 12) : cpython(3, 8)), BUNDLED);
  assert.equal(search.found, undefined);
  assert.match(explain(search, BUNDLED), /setting mindgap\.interpreter .*chosen: CPython 3\.8 is too old/);
});

test("without any the message says what to do and what was tried", () => {
  assert.match(explain({ refused: [] }, BUNDLED), /needs Python 3\.11, 3\.12 and found none\. Install it/);
  assert.match(explain({ refused: [{ command: "/p", source: "path", reason: "no" }] }, []), /Python 3\.11 or newer .*Tried: \/p: no\./);
});

test("no program of the workspace is started", () => {
  const path = ["/usr/bin", "bin", ".", "/w/.venv/bin", "/w", "/w/..bin", "/wide/bin", ""].join(":");
  assert.deepEqual(safeFolders(path, (folder) => isBelow(folder, ["/w"]), ":"), ["/usr/bin", "/wide/bin"]);
});

test("a server that crashes again and again is given up, until the person starts it or time has passed", () => {
  let now = 0;
  const policy = new CrashPolicy(() => now);
  const crash = (): boolean => policy.mayRestart();
  for (let i = 0; i < MAX_CRASHES; i++) {
    assert.ok(crash());
  }
  assert.ok(!crash());
  policy.forget();
  assert.ok(crash());
  now += WINDOW_MS;
  for (let i = 0; i < MAX_CRASHES; i++) {
    assert.ok(crash());
  }
  assert.ok(!crash());
});

test("restarts coalesce", async () => {
  let running = 0;
  let runs = 0;
  const go: (() => void)[] = [];
  const restart = coalesce(async () => {
    assert.equal(++running, 1, "never two at once");
    runs++;
    await new Promise<void>((resolve) => go.push(resolve));
    running--;
  });
  const wishes = [restart(), restart(), restart()];
  go.shift()!();
  await wishes[0];
  await new Promise(setImmediate);
  go.shift()!();
  await Promise.all(wishes);
  assert.equal(runs, 2);
});

test("a restart that fails leaves the way free for the next", async () => {
  let fails = true;
  const restart = coalesce(() => (fails ? Promise.reject(new Error("no")) : Promise.resolve()));
  await assert.rejects(restart());
  fails = false;
  await restart();
});
