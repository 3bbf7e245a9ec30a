// The whole way in a real VS Code: from the VSIX and an empty profile to every feature, by keyboard.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Workbench, artefacts, launchChromium, startVSCode, until } from "./harness.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SENTENCE = "ask the user to confirm with yes or no";
const PSEUDOCODE = "queue = [source]\nwhile queue is not empty:\n  node = queue.pop(first)\n  for each neighbor of node that is not seen:\n    mark it as seen and append it to queue";
const figures = {};
let vscode, browser, page, wb;
const external = [];

before(async () => {
  vscode = await startVSCode({ folders: ["networkx", "click", "express"] });
  figures.installMs = vscode.installMs;
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(http|ws)/.test(protocol) && hostname !== "127.0.0.1") {
      external.push(request.url());
    }
  });
  page.setDefaultTimeout(60_000);
  wb = new Workbench(page, vscode.workspace);
  figures.opened = Date.now();
  await wb.open(vscode.url);
}, { timeout: 420_000 });

after(async () => {
  await wb?.shot("last");
  await writeFile(path.join(artefacts, "figures.json"), JSON.stringify(figures, null, 2));
  await browser?.close();
  await vscode?.stop();
});

async function ask(query, { enter = true } = {}) {
  await wb.query.fill(query);
  if (enter) {
    await wb.query.press("Enter");
  }
  await until(async () => assert.doesNotMatch((await wb.count.innerText()) || "Searching", /^Searching/));
}

async function accessible(state) {
  const frame = await (await wb.query.elementHandle()).ownerFrame();
  await frame.evaluate(axe);
  const violations = await frame.evaluate(async () => {
    const results = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return results.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`).slice(0, 3) }));
  });
  assert.deepEqual(violations, [], `axe finds problems in the state "${state}"`);
}

const at = (name, selection) => until(async () => {
  assert.equal(await wb.tab(), name);
  assert.match(await wb.cursor(), selection);
});

test("the first index shows its progress, and the panel can be used meanwhile", { timeout: 240_000 }, async () => {
  await wb.status.waitFor({ timeout: 120_000 });
  await wb.focusPanel();
  await until(async () => assert.match(await wb.panel.locator(".foot").innerText(), /Indexing .*\d of|functions and blocks in/));
  await wb.shot("01-first-index");
  await accessible("welcome");
  await until(async () => assert.match(await wb.panel.locator(".foot").innerText(), /^[\d,]+ functions and blocks in [\d,]+ files$/), 120_000);
  figures.readyMs = Date.now() - figures.opened;
  const units = Number((await wb.panel.locator(".foot").innerText()).split(" ")[0].replaceAll(",", ""));
  figures.units = units;
  assert.ok(units > 5_000, `${units} functions`);
  await wb.shot("02-welcome");
});

test("activation takes less than 100 ms", { timeout: 90_000 }, async (t) => {
  await wb.command("Developer: Show Running Extensions");
  const row = page.locator(".runtime-extensions-editor .monaco-list-row").filter({ hasText: "Mindgap" }).first();
  await row.waitFor();
  const [, ms] = /Activation: (\d+)\s*ms/.exec(await row.innerText());
  figures.activationMs = Number(ms);
  await page.keyboard.press("Escape");
  await row.waitFor({ state: "detached" });
  if (loadavg()[0] > 2 * cpus().length) {
    t.skip(`${ms} ms, but the machine is busy with other work`);
    return;
  }
  assert.ok(Number(ms) < 100, `${ms} ms`);
});

test("a sentence finds the function; Enter lands on its name", { timeout: 90_000 }, async () => {
  await wb.query.focus();
  const asked = Date.now();
  await page.keyboard.type(SENTENCE, { delay: 5 });
  await until(async () => assert.equal((await wb.names())[0], "confirm"));
  figures.typedToAnswerMs = Date.now() - asked;
  assert.match(await wb.count.innerText(), /^\d+ results · read as plain words$/);
  const best = (await wb.options.first().innerText()).replaceAll(/\s+/g, " ");
  assert.match(best, /^confirm function \w+ match click\/termui\.py :190 .*Found by: /);
  assert.ok((await wb.panel.locator(".line.matched").count()) > 0);
  await wb.shot("03-sentence");
  await accessible("results");
  await page.keyboard.press("Enter");
  await at("termui.py", /Ln 190, Col 12 \(7 selected\)/);
  await wb.shot("04-jump");
});

test("the keyboard walks: arrows, preview, to the side, back", { timeout: 90_000 }, async () => {
  await wb.focusPanel();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await until(async () => assert.equal(await wb.panel.locator('[aria-selected="true"]').getAttribute("id"), "hit-1"));
  await page.keyboard.press("Space");
  const second = await wb.panel.locator("#hit-1 .head .name").innerText();
  await until(async () => assert.match(await wb.cursor(), new RegExp(`\\(${second.length} selected\\)`)));
  await until(async () => assert.ok(await wb.panel.locator("#results").evaluate((list) => list === document.activeElement), "the list keeps the focus"));
  await page.keyboard.press("Control+Enter");
  await until(async () => assert.equal(await page.locator(".editor-group-container").count(), 2));
  await wb.focusPanel();
  await page.keyboard.press("Escape");
  await until(async () => assert.ok(await page.locator(".editor-group-container.active .monaco-editor.focused").count(), "Escape goes to the editor"));
  await wb.command("View: Close All Editors");
});

test("five lines of pseudocode find the breadth-first search", { timeout: 90_000 }, async () => {
  await wb.focusPanel();
  await ask(PSEUDOCODE);
  assert.match(await wb.count.innerText(), /read as pseudocode/);
  const names = await wb.names();
  assert.ok(names.slice(0, 10).some((name) => /bfs|breadth|shortest|edges|level/i.test(name)), names.join(", "));
  assert.ok((await wb.query.boundingBox()).height > 80, "the box grows");
  await wb.shot("05-pseudocode");
});

test("a language filter keeps the others out", { timeout: 90_000 }, async () => {
  await ask("send a file to the client");
  await wb.panel.locator('[data-chip="language"]').focus();
  await page.keyboard.press("Enter");
  await wb.picker.waitFor();
  await wb.picker.fill("javascript");
  await wb.rows.filter({ hasText: "javascript" }).first().waitFor();
  await wb.rows.filter({ hasText: "javascript" }).first().click();
  await page.locator(".quick-input-widget:visible").getByText("1 Selected").waitFor();
  await wb.shot("06-language-picker");
  await page.locator(".quick-input-widget:visible").getByRole("button", { name: "OK" }).click();
  await until(async () => assert.match(await wb.panel.locator('[data-chip="language"]').innerText(), /javascript/));
  await until(async () => {
    const paths = await wb.panel.locator(".place").evaluateAll((places) => places.map((place) => place.getAttribute("title")));
    assert.ok(paths.length && paths.every((name) => name.endsWith(".js")), paths.join());
  });
  assert.equal((await wb.names())[0].replace("res.", ""), "sendFile");
  await wb.shot("07-language");
  await accessible("filtered");
});

test("what nothing does is said; near misses are folded away", { timeout: 90_000 }, async () => {
  await ask("bake sourdough bread in a steam oven");
  await until(async () => assert.equal(await wb.count.innerText(), "Nothing fits well"));
  assert.equal(await wb.options.count(), 0);
  await wb.shot("08-nothing");
  await accessible("nothing fits");
  await wb.panel.getByRole("button", { name: /near miss/ }).click();
  await until(async () => assert.ok((await wb.options.count()) > 0));
  await accessible("near misses");
  await wb.panel.getByRole("button", { name: "Clear Filters" }).click();
});

test("grouped by file", { timeout: 90_000 }, async () => {
  await ask("open a file but keep it closed until it is needed");
  await page.locator('a.action-label[aria-label="Group Results by File"]').first().click();
  await until(async () => assert.ok((await wb.panel.locator(".file").count()) > 1));
  await wb.shot("09-grouped");
  await accessible("grouped");
  await page.locator('a.action-label[aria-label="Order Results by Rank"]').first().click();
  await until(async () => assert.equal(await wb.panel.locator(".file").count(), 0));
});

test("the quick search previews while moving and goes where Enter says", { timeout: 90_000 }, async () => {
  await wb.command("Mindgap: Search…");
  await wb.picker.waitFor();
  await wb.picker.fill("shorten a help text to a maximum length");
  await wb.rows.filter({ hasText: "make_default_short_help" }).waitFor({ timeout: 60_000 });
  const labels = await wb.rows.allInnerTexts();
  const place = labels.findIndex((label) => label.includes("make_default_short_help"));
  await page.keyboard.press("ArrowDown");
  for (let i = 1; i < place; i++) {
    await page.keyboard.press("ArrowDown");
  }
  await until(async () => assert.equal(await wb.tab(), "utils.py"));
  await wb.shot("10-quick-search");
  await page.keyboard.press("Enter");
  await at("utils.py", /Ln 56, Col \d+ \(23 selected\)/);
});

test("a selection finds what is similar", { timeout: 90_000 }, async () => {
  await wb.openFile("networkx/networkx/algorithms/shortest_paths/unweighted.py", 22, 10);
  await wb.command("Mindgap: Find Similar to This Function");
  await until(async () => assert.match((await wb.names()).join(), /single_target_shortest_path_length|bidirectional_shortest_path|all_pairs/));
  assert.ok(!(await wb.names()).includes("single_source_shortest_path_length"));
  await wb.shot("11-similar");
  await accessible("similar");
});

test("the references view walks through the results with F4", { timeout: 90_000 }, async () => {
  const first = (await wb.names())[0];
  await wb.command("Mindgap: Show Results in References View");
  await page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row").filter({ hasText: first }).first().waitFor();
  await wb.shot("12-references");
  await page.keyboard.press("F4");
  await until(async () => assert.match(await wb.cursor(), /^Ln [1-9]/));
  const before = `${await wb.tab()} ${await wb.cursor()}`;
  await page.keyboard.press("F4");
  await until(async () => assert.notEqual(`${await wb.tab()} ${await wb.cursor()}`, before));
  await page.keyboard.press("Shift+F4");
  await until(async () => assert.equal(`${await wb.tab()} ${await wb.cursor()}`, before));
  await wb.command("Mindgap: Go to Next Hit");
  await wb.command("Mindgap: Peek Results");
  await page.locator(".peekview-widget").waitFor();
  await page.keyboard.press("Escape");
});

test("what is saved is found, what is unsaved too, and a new name replaces the old", { timeout: 120_000 }, async () => {
  await wb.openFile("click/click/globals.py");
  await page.keyboard.type("def water_the_office_plants(plants):\nreturn [plant.drink() for plant in plants if plant.is_dry()]\n\n");
  const find = async (query, name) => {
    await wb.focusPanel();
    await until(async () => {
      await ask(query);
      assert.equal((await wb.names())[0], name);
    });
  };
  await find("give water to the plants of the office that are dry", "water_the_office_plants");
  await wb.shot("13-unsaved");
  await wb.query.press("Enter");
  await at("globals.py", /Ln 1, Col 28 \(23 selected\)/);
  await page.keyboard.press("Control+s");
  await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  await find("give water to the plants of the office that are dry", "water_the_office_plants");
  await wb.query.press("Enter");
  await at("globals.py", /\(23 selected\)/);
  await page.keyboard.type("sprinkle_the_greens");
  await page.keyboard.press("Control+s");
  await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  await find("sprinkle_the_greens", "sprinkle_the_greens");
  await ask("water_the_office_plants");
  assert.ok(!(await wb.names()).includes("water_the_office_plants"), "the old name is gone");
});

test("a comment leads to the code that does what it says", { timeout: 90_000 }, async () => {
  await wb.openFile("click/click/globals.py");
  await page.keyboard.type("# ask the user to confirm with yes or no\n\n");
  await wb.openFile("click/click/globals.py", 1, 12);
  await wb.command("Mindgap: Go to Implementation of This Comment");
  await page.locator(".peekview-widget").waitFor();
  await until(async () => assert.match(await page.locator(".peekview-widget .ref-tree").innerText(), /termui\.py/));
  await wb.shot("14-comment");
  await page.keyboard.press("Escape");
  await wb.command("File: Revert File");
});

test("the report says what is indexed and what is left out", { timeout: 90_000 }, async () => {
  await wb.command("Mindgap: Show Index Report");
  const preview = page.frameLocator('iframe.webview[src*="extensionId=vscode.markdown-language-features"]').frameLocator("iframe#active-frame");
  await until(async () => assert.match(await preview.locator("body").innerText(), /networkx[\s\S]*Left out/));
  await wb.shot("15-report");
});

test("paused, resumed, rebuilt", { timeout: 120_000 }, async () => {
  await wb.command("Mindgap: Pause Indexing");
  await until(async () => assert.match(await wb.status.innerText(), /paused/));
  await wb.command("Mindgap: Resume Indexing");
  await until(async () => assert.equal((await wb.status.innerText()).trim(), "Mindgap"));
  await wb.command("Mindgap: Rebuild Index");
  await until(async () => assert.match(await wb.status.innerText(), /%|looking|starting/));
  await until(async () => assert.equal((await wb.status.innerText()).trim(), "Mindgap"), 120_000);
});

test("a killed server comes back and says so", { timeout: 120_000 }, async () => {
  const { execFileSync } = await import("node:child_process");
  const servers = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n")
    .filter((line) => line.includes("launch.py") && line.includes(vscode.dir)).map((line) => Number(line.trim().split(" ")[0]));
  assert.ok(servers.length > 0);
  for (const server of servers) {
    process.kill(server, "SIGKILL");
  }
  await page.locator(".notification-toast").filter({ hasText: "ended unexpectedly and was started again" }).waitFor({ timeout: 60_000 });
  await wb.shot("16-restarted");
  await wb.command("Notifications: Clear All Notifications");
  await wb.focusPanel();
  await until(async () => {
    await ask(SENTENCE);
    assert.equal((await wb.names())[0], "confirm");
  });
});

test("a reload restores the panel", { timeout: 120_000 }, async () => {
  await page.reload();
  await page.locator(".monaco-workbench").waitFor({ timeout: 90_000 });
  await wb.query.waitFor({ timeout: 90_000 });
  assert.equal(await wb.query.inputValue(), SENTENCE);
  await until(async () => assert.equal((await wb.names())[0], "confirm"));
  await wb.shot("17-reloaded");
});

for (const [name, theme] of [["high-contrast", "Dark High Contrast"], ["light", "Light Modern"]]) {
  test(`the theme ${theme} is followed`, { timeout: 90_000 }, async () => {
    await wb.command("Preferences: Color Theme");
    await wb.picker.waitFor();
    await wb.picker.fill(theme);
    await wb.rows.filter({ hasText: theme }).first().waitFor();
    await page.keyboard.press("Enter");
    const kind = name === "light" ? "vscode-light" : "vscode-high-contrast";
    await until(async () => assert.match(await wb.panel.locator("body").getAttribute("class"), new RegExp(kind)));
    await wb.shot(`18-${name}`);
    await accessible(name);
  });
}

test("nothing left this machine", () => {
  assert.deepEqual(external, []);
});
