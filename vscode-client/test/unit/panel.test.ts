import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_FILTERS, parseHostMessage, parsePanelMessage } from "../../src/panel/messages";
import { dedent, highlight } from "../../src/webview/highlight";
import { type State, INITIAL, act, groups, receive, remembered, restored, saved, shownHits } from "../../src/webview/state";
import { makeAnswer, makeHit } from "./make";

const A = makeHit("a");
const B = makeHit("b", { uri: "file:///w/b.py", path: "b.py" });
const C = makeHit("c");
const asked = (query: string): State => act(act(INITIAL, { type: "typed", query }), { type: "asked" });

test("a stale answer is dropped", () => {
  const state = act(asked("first"), { type: "asked" });
  assert.equal(receive(state, { type: "answer", id: 1, response: makeAnswer("first", [A]) }), state);
  const answered = receive(state, { type: "answer", id: 2, response: makeAnswer("first", [A]) });
  assert.deepEqual([answered.busy, answered.answer?.hits.length, answered.history], [false, 1, ["first"]]);
  assert.equal(receive(answered, { type: "failed", id: 1, message: "late" }), answered);
});

test("an empty question clears the answer", () => {
  const answered = receive(asked("q"), { type: "answer", id: 1, response: makeAnswer("q", [A]) });
  const cleared = act(act(answered, { type: "typed", query: " " }), { type: "asked" });
  assert.deepEqual([cleared.answer, cleared.busy], [undefined, false]);
  assert.equal(receive(cleared, { type: "answer", id: 1, response: makeAnswer("q", [A]) }).answer, undefined);
});

test("near misses are hidden until they are wanted, and are no history", () => {
  const state = receive(asked("q"), { type: "answer", id: 1, response: makeAnswer("q", [A], { abstained: true }) });
  assert.deepEqual([shownHits(state), state.history], [[], []]);
  assert.deepEqual(shownHits(act(state, { type: "nearMisses", open: true })), [A]);
});

test("grouped by file, the file of the best hit comes first, and the choice follows what is shown", () => {
  const answer = makeAnswer("q", [A, B, C]);
  assert.deepEqual(groups(answer.hits).map((group) => [group.path, group.hits.length]), [["a.py", 2], ["b.py", 1]]);
  const state = receive(receive(asked("q"), { type: "answer", id: 1, response: answer }), { type: "group", grouping: "file" });
  assert.deepEqual(shownHits(state), [A, C, B]);
  assert.equal(receive(state, { type: "select", index: 1 }).selected, 2);
  assert.equal(act(state, { type: "selected", index: 9 }).selected, 2);
  assert.equal(act(state, { type: "selected", index: -1 }).selected, 0);
});

test("the history keeps the whole of what was typed bit by bit, once", () => {
  let history = remembered([], "ret");
  history = remembered(history, "retry");
  history = remembered(history, "sort");
  assert.deepEqual(remembered(history, "retry"), ["retry", "sort"]);
});

test("the state outlives the page; nonsense does not", () => {
  const state = receive(asked("q"), { type: "answer", id: 1, response: makeAnswer("q", [A]) });
  const again = restored(JSON.parse(JSON.stringify(saved({ ...state, mode: "code", filters: { ...NO_FILTERS, path: "src/**" } }))));
  assert.deepEqual([again.query, again.mode, again.filters.path, again.history, again.busy], ["q", "code", "src/**", ["q"], false]);
  assert.equal(again.answer, undefined, "an answer holds code");
  for (const value of [undefined, null, 3, {}, { query: 1 }, { query: "", filters: { scope: 1 }, history: [] }]) {
    assert.equal(restored(value), INITIAL);
  }
});

test("an answer to something else says so", () => {
  const state = receive(asked("q"), { type: "show", subject: "Similar to f", response: makeAnswer("code", [A]) });
  assert.deepEqual([state.subject, state.query, state.history], ["Similar to f", "", []]);
  assert.equal(receive(state, { type: "answer", id: 1, response: makeAnswer("q", [B]) }), state, "the older question's answer is stale");
});

test("only messages of the right shape are taken", () => {
  const search = { type: "search", id: 1, query: "q", mode: "auto", filters: NO_FILTERS };
  assert.deepEqual(parsePanelMessage(search), search);
  const open = { type: "open", how: "side", index: 0, target: { uri: "file:///a", qualname: "f", kind: "function", line: 3 } };
  assert.deepEqual(parsePanelMessage(open), open);
  const wrong = [
    null, "search", { type: "eval" }, { ...search, id: -1 }, { ...search, query: 3 }, { ...search, query: "x".repeat(20_001) }, { ...search, mode: "magic" },
    { ...search, filters: { ...NO_FILTERS, kinds: ["gadget"] } }, { ...search, filters: { ...NO_FILTERS, scope: { kind: "folder" } } },
    { ...open, how: "delete" }, { ...open, target: { ...open.target, line: 0.5 } },
    { type: "command", command: "workbench.action.terminal.sendSequence" }, { type: "chip", chip: "mode", mode: "auto", filters: NO_FILTERS, history: "all" },
  ];
  for (const message of wrong) {
    assert.equal(parsePanelMessage(message), undefined, JSON.stringify(message).slice(0, 80));
  }
  assert.deepEqual(parsePanelMessage({ type: "command", command: "mindgap.showLogs", more: 1 }), { type: "command", command: "mindgap.showLogs" });
  assert.equal(parseHostMessage({ type: "other" }), undefined);
  assert.deepEqual(parseHostMessage({ type: "focus" }), { type: "focus" });
});

const coloured = (lines: string[], language: string): string[] =>
  highlight(lines, language).map((pieces) => pieces.map(({ text, colour }) => (colour === "plain" ? text : `<${colour[0]}:${text}>`)).join(""));

test("comments, strings, numbers, keywords and calls have colours", () => {
  assert.deepEqual(coloured(['def f(x):  # why "so"', "    return g(x, 'a # b', 1.5)"], "python"), [
    "<k:def> <f:f>(x):  <c:# why \"so\">",
    "    <k:return> <f:g>(x, <s:'a # b'>, <n:1.5>)",
  ]);
  assert.deepEqual(coloured(["const a = `x`; // b", "/* c", "d */ e"], "javascript"), ["<k:const> a = <s:`x`>; <c:// b>", "<c:/* c>", "<c:d */> e"]);
  assert.deepEqual(coloured(['"""Doc', 'more""" + x'], "python"), ['<s:"""Doc>', '<s:more"""> + x']);
  assert.deepEqual(coloured(["fn f<'a>(x: &'a str) -> char { 'x' }"], "rust")[0], "<k:fn> f<'a>(x: &'a str) -> <k:char> { <s:'x'> }");
  assert.deepEqual(coloured([" * inside a comment", " */"], "java"), ["<c: * inside a comment>", "<c: */>"]);
});

test("highlighting changes no character", () => {
  const lines = ["a\tb 'c", "é😀 \"d\\\" e", "#f /* g", "", "`h"];
  for (const language of ["python", "go", "rust", "lua", "php"]) {
    assert.deepEqual(highlight(lines, language).map((pieces) => pieces.map(({ text }) => text).join("")), lines);
  }
});

test("common white space goes, and only that", () => {
  assert.deepEqual(dedent(["    if x:", "      y", "", "    z"]), ["if x:", "  y", "", "z"]);
  assert.deepEqual(dedent(["", ""]), ["", ""]);
});
