import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { searchSelection } from "../../src/commands/editor";
import { purge } from "../../src/commands/indexing";
import { pickChip } from "../../src/panel/filters";
import { type HostMessage, MAX_PATH, MAX_QUERY, NO_FILTERS } from "../../src/panel/messages";
import { PanelView } from "../../src/panel/view";
import { PURGE } from "../../src/protocol";
import { Results } from "../../src/search/results";
import { makeAnswer, makeHit } from "./make";
import { EventEmitter, executed, said, window } from "./vscode";

const SIMILAR = makeAnswer("def secret(): pass", [makeHit("a", { snippet: "def a(): pass" })]);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** A panel with a page that a test plays. */
class Stage {
  readonly posted: HostMessage[] = [];
  readonly kept = new Map<string, unknown>();
  readonly asked: string[] = [];
  readonly results = new Results();
  private heard = new EventEmitter<unknown>();
  private readonly visibility = new EventEmitter<undefined>();
  private readonly page = {
    visible: true,
    webview: { onDidReceiveMessage: (listener: (message: unknown) => unknown) => this.heard.event(listener), asWebviewUri: String, postMessage: (message: HostMessage) => this.posted.push(message) },
    onDidChangeVisibility: this.visibility.event,
    onDidDispose: () => undefined,
  };
  readonly server = {
    state: { phase: "running" },
    onDidChange: () => undefined,
    output: { warn: () => undefined },
    request: (method: string) => {
      this.asked.push(method);
      return Promise.resolve(makeAnswer("q", [makeHit("b")]));
    },
  };
  private readonly context = {
    extensionUri: "/e",
    workspaceState: {
      get: (key: string, otherwise?: unknown) => this.kept.get(key) ?? otherwise,
      update: (key: string, value: unknown) => Promise.resolve(value === undefined ? this.kept.delete(key) : this.kept.set(key, value)),
    },
  };
  private isResolved = false;
  view = this.makeView();

  /** The window is opened again: what was in memory is gone. */
  makeView(): PanelView {
    this.isResolved = false;
    this.heard = new EventEmitter();
    return (this.view = new PanelView(this.context as never, this.server as never, this.results, {} as never));
  }

  async open(): Promise<void> {
    this.page.visible = true;
    if (!this.isResolved) {
      this.isResolved = true;
      this.view.resolveWebviewView(this.page as never);
    }
    await this.say({ type: "ready" });
  }

  hide(): void {
    this.page.visible = false;
    this.visibility.fire(undefined);
    this.posted.length = 0;
  }

  async say(message: object): Promise<void> {
    this.heard.fire(message);
    await settled();
  }

  get types(): string[] { return this.posted.map(({ type }) => type); }
}

beforeEach(() => {
  executed.length = said.length = 0;
  Object.assign(window, { choice: undefined, activeTextEditor: undefined, showInputBox: undefined });
});

test("a question that cannot be read is answered, so that the panel does not wait for ever", async () => {
  const stage = new Stage();
  await stage.open();
  for (const [id, wrong] of [{ query: "x".repeat(MAX_QUERY + 1), filters: NO_FILTERS }, { query: "q", filters: { ...NO_FILTERS, path: "x".repeat(MAX_PATH + 1) } }].entries()) {
    await stage.say({ type: "search", id, mode: "auto", ...wrong });
    const answer = stage.posted.at(-1);
    assert.ok(answer?.type === "failed" && answer.id === id);
    assert.match(answer.message, /could not be read\. Shorten it/);
  }
  assert.deepEqual(stage.asked, []);
  const before = stage.posted.length;
  await stage.say({ type: "search", id: "x" });
  assert.equal(stage.posted.length, before, "nobody waits for that");
});

test("a selection that is too long is refused before the panel gets it", async () => {
  const seeds: string[] = [];
  const panel = { search: (text: string) => { seeds.push(text); return Promise.resolve(); } } as never;
  const select = (text: string): void => { window.activeTextEditor = { document: { getText: () => text } }; };
  select("x".repeat(MAX_QUERY + 1));
  await searchSelection(panel);
  assert.match(said.join("\n"), /^Mindgap: The question has 20,001 characters, but 20,000 at most can be searched for\. Shorten it, or select fewer lines\.$/);
  select("x".repeat(MAX_QUERY));
  await searchSelection(panel);
  assert.deepEqual([seeds.length, said.length], [1, 1]);
});

test("a path filter that is too long is refused where it is typed", async () => {
  let validate: (text: string) => string | undefined = () => undefined;
  window.showInputBox = (options: { validateInput: typeof validate }) => { validate = options.validateInput; return Promise.resolve("src/**"); };
  const change = await pickChip({ type: "chip", chip: "path", mode: "auto", filters: NO_FILTERS, history: [] }, {} as never);
  assert.equal(change?.filters?.path, "src/**");
  assert.equal(validate("x".repeat(MAX_PATH)), undefined);
  assert.match(validate("x".repeat(MAX_PATH + 1)) ?? "", /path filter has 1,001 characters, but 1,000 at most/);
});

test("an answer that came from elsewhere is there again when the page comes back, before its status", async () => {
  const stage = new Stage();
  await stage.open();
  await stage.view.show("Similar to a", SIMILAR);
  stage.hide();
  await stage.open();
  assert.deepEqual(stage.posted[0], { type: "show", subject: "Similar to a", response: SIMILAR, again: true });
  assert.deepEqual(stage.types, ["show", "status"]);
  stage.hide();
  await stage.view.show("Similar to b", SIMILAR);
  await stage.open();
  assert.deepEqual(stage.types, ["status", "show"], "what the page has not seen yet is no repetition");
  await stage.say({ type: "search", id: 1, query: "q", mode: "auto", filters: NO_FILTERS });
  stage.hide();
  await stage.open();
  assert.deepEqual(stage.types, ["status"], "another question was asked since");
});

test("purging the index clears what the panel remembers, too", async () => {
  const stage = new Stage();
  await stage.open();
  await stage.view.show("Similar to a", SIMILAR);
  await purge(stage.server as never, () => stage.view.forget());
  assert.deepEqual([stage.asked, stage.types.at(-1)], [[], "show"], "the person did not agree");
  window.choice = "Delete";
  await purge(stage.server as never, () => stage.view.forget());
  assert.deepEqual([stage.asked, stage.types.at(-1)], [[PURGE], "forget"]);
  assert.deepEqual([stage.results.hits, stage.results.title], [[], ""]);
  stage.hide();
  await stage.open();
  assert.deepEqual(stage.types, ["status"], "the answer does not come back, and the page is told once");
});

test("a page that is hidden when the index is purged is brought back to forget, even in the next session", async () => {
  const stage = new Stage();
  await stage.open();
  stage.hide();
  await stage.view.show("Similar to a", SIMILAR);
  executed.length = 0;
  await stage.view.forget();
  assert.ok(executed.some(([command]) => command === "mindgap.panel.focus"));
  stage.makeView();
  await stage.open();
  assert.deepEqual(stage.types, ["forget", "status"]);
  assert.equal(stage.kept.has("forget"), false);
});
