/** Finding a Python for the server. Knows nothing of VS Code, so that it can be tested without. */
import * as path from "node:path";

export const OLDEST = [3, 11] as const;

/** Where an interpreter was named. */
export type Source = "setting" | "python-extension" | "path";

export interface Candidate {
  readonly command: string;
  readonly args: readonly string[];
  readonly source: Source;
}

/** What an interpreter says of itself. */
export interface Probe {
  readonly executable: string;
  readonly version: readonly [number, number];
  readonly implementation: string;
}

export interface Found extends Probe {
  readonly source: Source;
}

export interface Refused {
  readonly command: string;
  readonly source: Source;
  readonly reason: string;
}

export interface Search {
  readonly found?: Found;
  readonly refused: readonly Refused[];
}

/**
 * Prints a line of JSON; runs in every Python from 2.7, so that an old one is named and not just broken.
 *
 * Nothing is imported from the folder that it runs in, even by a Python that does not know -I.
 */
export const PROBE =
  "import sys; sys.path[:] = [folder for folder in sys.path if folder]; import json, platform; print(json.dumps([sys.executable, list(sys.version_info[:2]), platform.python_implementation()]))";

export function parseProbe(output: string): Probe | undefined {
  try {
    const value: unknown = JSON.parse(output);
    if (!Array.isArray(value)) {
      return undefined;
    }
    const [executable, version, implementation] = value as unknown[];
    if (typeof executable !== "string" || typeof implementation !== "string" || !Array.isArray(version)) {
      return undefined;
    }
    const [major, minor] = version as unknown[];
    return typeof major === "number" && typeof minor === "number"
      ? { executable, version: [major, minor], implementation }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Why an interpreter cannot run the server; undefined: it can. `bundled` names the versions that are packed. */
export function refusal(probe: Probe, bundled: readonly string[]): string | undefined {
  const [major, minor] = probe.version;
  const name = `${probe.implementation} ${major}.${minor}`;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return `${name} is too old`;
  }
  if (bundled.length === 0) {
    return undefined; // Run from a checkout: the packages are the interpreter's own.
  }
  if (probe.implementation !== "CPython") {
    return `${name} is not CPython`;
  }
  return bundled.includes(`${major}.${minor}`)
    ? undefined
    : `${name} is not among the versions this extension carries packages for (${bundled.join(", ")})`;
}

/** The names to look for on the PATH, newest first. */
export function pathNames(windows: boolean): readonly (readonly [string, ...string[]])[] {
  return windows
    ? [["py", "-3"], ["python"], ["python3"]]
    : [["python3"], ["python3.14"], ["python3.13"], ["python3.12"], ["python3.11"], ["python"]];
}

/** Whether a file or folder is one of these folders, or in one. */
export function isBelow(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const relative = path.relative(folder, file);
    return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  });
}

/** The folders of a PATH that may be searched: absolute, and in no workspace folder, which could plant a program. */
export function safeFolders(pathVariable: string, isOfWorkspace: (folder: string) => boolean, delimiter: string): string[] {
  return pathVariable.split(delimiter).filter((folder) => path.isAbsolute(folder) && !isOfWorkspace(folder));
}

/** The first candidate that can run the server. */
export async function findInterpreter(
  candidates: AsyncIterable<Candidate> | Iterable<Candidate>,
  probe: (candidate: Candidate) => Promise<Probe | string>,
  bundled: readonly string[],
): Promise<Search> {
  const refused: Refused[] = [];
  for await (const candidate of candidates) {
    const answer = await probe(candidate);
    const reason = typeof answer === "string" ? answer : refusal(answer, bundled);
    if (reason === undefined && typeof answer !== "string") {
      return { found: { ...answer, source: candidate.source }, refused };
    }
    refused.push({ command: candidate.command, source: candidate.source, reason: reason ?? "" });
    if (candidate.source === "setting") {
      break; // The person chose it: another one would be a surprise.
    }
  }
  return { refused };
}

/** What to tell the person when there is none. */
export function explain(search: Search, bundled: readonly string[]): string {
  const wanted = bundled.length ? `Python ${bundled.join(", ")}` : "Python 3.11 or newer";
  const tried = search.refused.map(({ command, reason }) => `${command}: ${reason}`);
  const chosen = search.refused.find(({ source }) => source === "setting");
  if (chosen) {
    return `The interpreter in the setting mindgap.interpreter cannot run Mindgap (${chosen.command}: ${chosen.reason}). Choose ${wanted}, or empty the setting.`;
  }
  const list = tried.length ? ` Tried: ${tried.join("; ")}.` : "";
  return `Mindgap needs ${wanted} and found none. Install it, or choose one that is there.${list}`;
}
