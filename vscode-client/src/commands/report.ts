/** The index report as Markdown: what is indexed, what was skipped and why. */
import type { ReportResponse, RootReport } from "../protocol";
import { SKIP_WORDS, counted } from "../search/words";

export function reportMarkdown(report: ReportResponse, version: string): string {
  const roots = report.roots.map(rootMarkdown);
  return [`# Mindgap index report`, ...roots, `---\n\nMindgap ${version}. A folder that is left out counts once, whatever is in it.`].join("\n\n");
}

function rootMarkdown({ status, skipped }: RootReport): string {
  const languages = Object.entries(status.languages).map(([name, units]) => `| ${name} | ${units.toLocaleString("en")} |`);
  const reasons = skipped.map(({ reason, count, examples }) => `| ${SKIP_WORDS[reason]} | ${count.toLocaleString("en")} | ${examples.map(code).join(", ")} |`);
  const when = status.indexedAt === undefined ? "not yet complete" : `complete since ${new Date(status.indexedAt * 1_000).toLocaleString("en")}`;
  const deep = status.deepEncoder === undefined ? "" : `, ${Math.round(status.deepCoverage * 100)} % refined by the deep model`;
  return [
    `## ${text(status.name)}`,
    `${counted(status.units, "function and block", "functions and blocks")} in ${counted(status.files, "file")}, ${when}${deep}.`,
    `The index is ${(status.indexBytes / 1_000_000).toFixed(1)} MB at ${code(status.indexPath)}.`,
    languages.length ? ["### Indexed", "", "| Language | Functions and blocks |", "|---|--:|", ...languages].join("\n") : "Nothing is indexed yet.",
    reasons.length ? ["### Left out", "", "| Why | Files and folders | For example |", "|---|--:|---|", ...reasons].join("\n") : "Nothing is left out.",
  ].join("\n\n");
}

function code(value: string): string {
  return `\`${value.replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

function text(value: string): string {
  return value.replace(/[\\`*_[\]<>|#]/g, "\\$&");
}
