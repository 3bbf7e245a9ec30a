// A workspace that is not trusted: search works, and no program that a setting names is started.
import assert from "node:assert/strict";
import { access, chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Workbench, launchChromium, startVSCode, until } from "./harness.mjs";

let folder, marker, vscode, browser, page, wb;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "mindgap-python-"));
  marker = path.join(folder, "started");
  const python = path.join(folder, "python");
  await writeFile(python, `#!/bin/sh\ntouch '${marker}'\nexec python3 "$@"\n`);
  await chmod(python, 0o755);
  vscode = await startVSCode({
    folders: ["express"], trust: true,
    userSettings: { "security.workspace.trust.startupPrompt": "never" }, machineSettings: { "mindgap.interpreter": python },
  });
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(30_000);
  wb = new Workbench(page, vscode.workspace);
  await wb.open(vscode.url);
}, { timeout: 240_000 });

after(async () => {
  await wb?.shot("31-trust-last");
  await browser?.close();
  await vscode?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function findSendFile() {
  await wb.focusPanel();
  await until(async () => {
    await wb.ask("send a file to the client");
    assert.equal((await wb.names())[0], "sendFile");
  });
}

test("in Restricted Mode search works, says what is off, and starts nothing that a setting names", { timeout: 120_000 }, async () => {
  await wb.status.waitFor({ timeout: 60_000 });
  await findSendFile();
  assert.match(await wb.panel.locator(".trust").innerText(), /Restricted Mode/);
  await assert.rejects(access(marker), "the interpreter of the setting was started");
  await wb.shot("30-restricted");
  assert.deepEqual(await wb.violations(), []);
});

test("trusted, the workspace gets the interpreter of the setting", { timeout: 120_000 }, async () => {
  await wb.command("Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
  await until(() => access(marker));
  await until(async () => assert.ok(!(await wb.panel.locator(".trust").isVisible())));
  await findSendFile();
});
