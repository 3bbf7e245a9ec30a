import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { type HostMessage, MAX_QUERY, type PanelMessage, parsePanelMessage } from "../../src/panel/messages";
import { makeAnswer, makeHit } from "./make";

const script = readFileSync("dist/webview.js", "utf8");
const STATUS: HostMessage = {
  type: "status",
  status: { phase: "running", summary: { kind: "quiet", short: "", text: "" }, firstRun: false, hasFolders: true, trusted: true, asYouType: true },
};

/** The page as it is packed, in a window that stands for VS Code's. */
class Page {
  readonly sent: PanelMessage[] = [];
  kept: string;
  private readonly window;

  constructor(kept = "null") {
    this.kept = kept;
    this.window = new JSDOM("", { runScripts: "outside-only", pretendToBeVisual: true }).window;
    this.window.Element.prototype.scrollIntoView = () => undefined;
    Object.assign(this.window, {
      ResizeObserver: class { observe(): void { /* Nothing changes its size. */ } },
      acquireVsCodeApi: () => ({
        postMessage: (message: PanelMessage) => { this.sent.push(message); },
        getState: () => JSON.parse(this.kept) as unknown,
        setState: (state: unknown) => { this.kept = JSON.stringify(state); },
      }),
    });
    this.window.eval(script);
  }

  hear(message: HostMessage): void {
    this.window.dispatchEvent(new this.window.MessageEvent("message", { data: message }));
  }

  type(query: string): void {
    this.box.value = query;
    this.box.dispatchEvent(new this.window.Event("input"));
  }

  search(query: string): Extract<PanelMessage, { type: "search" }> | undefined {
    this.type(query);
    const before = this.sent.length;
    this.box.dispatchEvent(new this.window.KeyboardEvent("keydown", { key: "Enter" }));
    return this.sent.slice(before).find((message) => message.type === "search");
  }

  get box(): HTMLTextAreaElement { return this.window.document.querySelector("textarea")!; }
  get isBusy(): boolean { return !this.window.document.querySelector<HTMLElement>(".bar")!.hidden; }
  get text(): string { return this.window.document.body.textContent ?? ""; }
  get selected(): string | undefined { return this.window.document.querySelector('[aria-selected="true"]')?.id; }
}

const ANSWER = makeAnswer("retry", [makeHit("first", { snippet: "password = 1" }), makeHit("second", { snippet: "secret = 2" })]);

test("a question that is too long is refused in words, and the page waits for nothing", () => {
  const page = new Page();
  page.hear(STATUS);
  assert.equal(page.search("x".repeat(MAX_QUERY + 1)), undefined);
  assert.equal(page.isBusy, false);
  assert.match(page.text, /has 20,001 characters, but 20,000 at most/);
  page.hear({ type: "seed", query: "y".repeat(30_000), mode: "pseudocode" });
  assert.equal(page.isBusy, false);
  assert.match(page.text, /has 30,000 characters/);
  const asked = page.search("x".repeat(MAX_QUERY));
  assert.ok(page.isBusy && parsePanelMessage(asked), "the longest one is asked, and understood");
});

test("no code of an answer is kept, and a page that comes back asks again and keeps the choice", () => {
  const page = new Page();
  page.hear(STATUS);
  page.hear({ type: "answer", id: page.search("retry")!.id, response: ANSWER });
  page.hear({ type: "select", index: 1 });
  assert.ok(page.text.includes("secret"));
  assert.doesNotMatch(page.kept, /password|secret|second|a\.py/);
  const back = new Page(page.kept);
  assert.equal(back.box.value, "retry");
  back.hear(STATUS);
  const asked = back.sent.find((message) => message.type === "search")!;
  assert.deepEqual([asked.query, asked.mode], ["retry", "auto"]);
  back.hear({ type: "answer", id: asked.id, response: ANSWER });
  assert.equal(back.selected, "hit-1");
  back.hear({ type: "answer", id: back.search("sort")!.id, response: { ...ANSWER, query: "sort" } });
  assert.equal(back.selected, "hit-0");
});

test("an answer that came from elsewhere is not kept either; it is shown again with what was typed since", () => {
  const page = new Page();
  page.hear(STATUS);
  page.hear({ type: "show", subject: "Similar to f", response: { ...ANSWER, query: "def f(): secret" } });
  assert.doesNotMatch(page.kept, /password|secret/);
  page.type("re");
  const back = new Page(page.kept);
  back.hear({ type: "show", subject: "Similar to f", response: ANSWER, again: true });
  back.hear(STATUS);
  assert.equal(back.box.value, "re");
  assert.match(back.text, /Similar to f · 2 results/);
  assert.ok(back.sent.every(({ type }) => type !== "search"));
});

test("told to forget, the page keeps nothing of what was searched for", () => {
  const page = new Page();
  page.hear(STATUS);
  page.hear({ type: "set", filters: { languages: ["go"], kinds: [], path: "private/**", scope: { kind: "open" } } });
  page.hear({ type: "answer", id: page.search("retry")!.id, response: ANSWER });
  const late = page.search("retry the payment")!;
  page.hear({ type: "forget" });
  page.hear({ type: "answer", id: late.id, response: { ...ANSWER, query: "retry the payment" } });
  assert.doesNotMatch(page.kept, /retry|payment|private|go/);
  assert.deepEqual([page.box.value, page.isBusy, page.text.includes("secret")], ["", false, false]);
  assert.match(page.text, /Say what the code does/);
});
