// Bundles the extension and its webview into dist/; --tests adds the unit tests, --watch follows changes.
import { build, context } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";

const tests = process.argv.includes("--tests");
const watch = process.argv.includes("--watch");
const common = { bundle: true, minify: !watch && !tests, sourcemap: watch || tests ? "inline" : false, logLevel: "warning" };

const targets = [
  {
    // The language client is a file of its own, which is read when the server is started: activation is quick.
    ...common, entryPoints: { extension: "src/extension.ts", client: "src/server/client.ts" }, outdir: "dist",
    platform: "node", format: "cjs", target: "node20", external: ["vscode", "./client.js"], mainFields: ["module", "main"], supported: { "dynamic-import": false },
  },
  {
    ...common, entryPoints: ["src/webview/main.ts"], outfile: "dist/webview.js",
    platform: "browser", format: "iife", target: "es2022",
  },
  {
    ...common, entryPoints: ["src/webview/style.css"], outfile: "dist/webview.css",
    loader: { ".ttf": "file" }, assetNames: "[name]",
  },
];

if (tests) {
  const files = (await readdir("test/unit")).filter((name) => name.endsWith(".test.ts"));
  targets.push({
    ...common, entryPoints: files.map((name) => `test/unit/${name}`), outdir: "dist/test",
    platform: "node", format: "cjs", target: "node20", external: ["jsdom", "./client.js"], alias: { vscode: "./test/unit/vscode.ts" },
  });
}

await rm("dist", { recursive: true, force: true });
await mkdir("dist", { recursive: true });
if (watch) {
  await Promise.all(targets.map(async (target) => (await context(target)).watch()));
} else {
  await Promise.all(targets.map(build));
}
await cp("node_modules/@vscode/codicons/LICENSE", "dist/codicon.LICENSE.txt");

// An installed extension's README cannot show pictures that are beside it: MINDGAP_PICTURES is the address of this
// folder in the web, for publishing; without it they are left out, and the walkthrough shows them.
const readme = await readFile("README.md", "utf8");
const web = process.env.MINDGAP_PICTURES;
const where = "*Welcome: Open Walkthrough…*, *Get Started with Mindgap* shows it in pictures.";
const packed = web
  ? readme.replaceAll("](media/", `](${web.replace(/\/$/, "")}/media/`)
  : readme.replace(/^!\[.*\]\(media\/.*\)$/m, where).replaceAll(/^!\[.*\]\(media\/.*\)\n\n/gm, "");
await writeFile("dist/README.md", packed);
