import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { JSDOM } from "jsdom";
import { NO_FILTERS, type PanelStatus } from "../../src/panel/messages";
import { renderChips } from "../../src/webview/chips";
import { countText, renderMessage } from "../../src/webview/messages";
import { renderResults } from "../../src/webview/results";
import { type State, INITIAL } from "../../src/webview/state";
import { makeAnswer, makeHit } from "./make";

const nothing = (): void => undefined;
const done: string[] = [];
const ACTIONS = { run: (command: string) => done.push(command), nearMisses: nothing, noFilters: nothing, example: nothing };
const STATUS: PanelStatus = { phase: "running", summary: { kind: "quiet", short: "", text: "" }, firstRun: false, hasFolders: true, trusted: true, asYouType: true };

beforeEach(() => {
  globalThis.document = new JSDOM("").window.document;
  done.length = 0;
});

function withAnswer(hits = [makeHit("f")], extra: Partial<State> = {}, answer = {}): State {
  return { ...INITIAL, query: "q", answer: makeAnswer("q", hits, answer), status: STATUS, ...extra };
}

test("a hit shows name, scope, place, words of confidence, reasons and its marked lines", () => {
  const hit = makeHit("total", { qualname: "Cart.total", kind: "method", snippet: "    a = 1\n    return a", snippetLine: 11, matchedLines: [12], confidence: "medium" });
  const [option] = renderResults(withAnswer([hit]), nothing, nothing);
  const text = (selector: string): string | null | undefined => option?.querySelector(selector)?.textContent;
  assert.deepEqual([text(".name"), text(".scope"), text(".place"), text(".confidence")], ["total", "Cart", "a.py:10", "good match"]);
  assert.equal(text(".why"), "Found by: same words, similar meaning");
  assert.equal(text(".line.matched"), "13return a");
  assert.equal(option?.querySelectorAll(".line").length, 2);
  assert.equal(text(".unseen"), "method");
  assert.equal(option?.querySelector(".snippet")?.getAttribute("aria-hidden"), "true");
  assert.deepEqual([option?.getAttribute("role"), option?.getAttribute("aria-selected"), option?.id], ["option", "true", "hit-0"]);
});

test("text of files is never markup", () => {
  const evil = "<img src=x onerror=alert(1)>";
  const hit = makeHit(evil, { path: evil, qualname: `${evil}.${evil}`, snippet: evil, signature: evil });
  for (const grouping of ["rank", "file"] as const) {
    const elements = renderResults(withAnswer([hit], { grouping }), nothing, nothing);
    assert.ok(elements.every((element) => element.querySelector("img") === null));
    assert.ok(elements[0]?.textContent.includes(evil));
  }
  const message = renderMessage({ ...INITIAL, query: "q", error: evil, status: STATUS }, ACTIONS);
  assert.equal(message?.querySelector("img"), null);
});

test("by file, options stand in named groups", () => {
  const [group] = renderResults(withAnswer([makeHit("f", { path: "src/a.py" })], { grouping: "file" }), nothing, nothing);
  assert.deepEqual([group?.getAttribute("role"), group?.getAttribute("aria-label")], ["group", "src/a.py, 1 result"]);
  assert.deepEqual([group?.querySelector(".file .name")?.textContent, group?.querySelector(".folder")?.textContent], ["a.py", "src"]);
});

test("a click chooses and opens", () => {
  const calls: string[] = [];
  const options = renderResults(withAnswer([makeHit("f"), makeHit("g")]), (i) => calls.push(`choose ${i}`), (i) => calls.push(`open ${i}`));
  options[1]?.click();
  assert.deepEqual(calls, ["choose 1", "open 1"]);
});

test("what the count says", () => {
  assert.equal(countText(withAnswer()), "1 result · read as plain words");
  assert.equal(countText(withAnswer([makeHit("f"), makeHit("g")], { mode: "code" }, { indexing: true })), "2 results · more may come: still indexing");
  assert.equal(countText(withAnswer([makeHit("f")], {}, { abstained: true })), "Nothing fits well");
  assert.equal(countText(withAnswer([makeHit("f")], { subject: "Similar to g" })), "Similar to g · 1 result");
  assert.equal(countText({ ...INITIAL, busy: true }), "Searching…");
  assert.equal(countText(withAnswer([makeHit("f")], { notice: "f is gone" })), "f is gone");
});

const title = (state: State): string | undefined => renderMessage(state, ACTIONS)?.querySelector("h2")?.textContent;

test("a page for every state", () => {
  assert.equal(title({ ...INITIAL, status: STATUS }), "Say what the code does");
  assert.equal(title(withAnswer()), undefined);
  assert.equal(title(withAnswer([makeHit("f")], {}, { abstained: true })), "Nothing fits well");
  assert.equal(title(withAnswer([])), "Nothing fits well");
  assert.equal(title({ ...INITIAL, error: "why", status: STATUS }), "The search failed");
  assert.equal(title({ ...INITIAL, status: { ...STATUS, hasFolders: false } }), "No folder is open");
  assert.equal(title({ ...INITIAL, status: { ...STATUS, phase: "no-python" } }), "Mindgap needs Python 3.11 or newer");
  assert.equal(title({ ...INITIAL, status: { ...STATUS, phase: "failed" } }), "The server stopped");
  assert.match(renderMessage({ ...INITIAL, status: { ...STATUS, firstRun: true } }, ACTIONS)?.textContent ?? "", /indexed for the first time/);
});

test("the page without Python leads to one", () => {
  const message = renderMessage({ ...INITIAL, status: { ...STATUS, phase: "no-python" } }, ACTIONS);
  for (const button of message?.querySelectorAll("button") ?? []) {
    button.click();
  }
  assert.deepEqual(done, ["mindgap.selectInterpreter", "mindgap.restartServer", "mindgap.showLogs"]);
});

test("filters that leave nothing can be cleared", () => {
  const filters = { ...NO_FILTERS, languages: ["go"] };
  const buttons = [...(renderMessage(withAnswer([], { filters }), ACTIONS)?.querySelectorAll("button") ?? [])];
  assert.deepEqual(buttons.map((button) => button.textContent), ["Clear Filters"]);
});

test("chips show how the query was read and what is filtered", () => {
  const filters = { languages: ["go", "rust"], kinds: [], path: "src/**", scope: { kind: "open" } } as const;
  const labels = (state: State): (string | null)[] => renderChips(state, nothing).map((chip) => chip.getAttribute("aria-label"));
  assert.deepEqual(labels(withAnswer([], { filters })), [
    "Detected: Plain words", "Languages: go, rust", "Kinds: all", "Search in: Open files", "Paths: src/**", "History: all",
  ]);
  assert.equal(labels(withAnswer([], { mode: "code" }))[0], "Read as: Code");
});
