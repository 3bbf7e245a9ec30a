/** What the state of server and indexes means for a person: one sentence, one share, one severity. */
import type { RootStatus, StatusResponse } from "../protocol";
import { counted, totals } from "./words";
import { duration } from "./pace";

/** How the server process is. */
export type Phase = "idle" | "starting" | "running" | "restarting" | "no-python" | "failed" | "stopped";

export interface ServerState {
  readonly phase: Phase;
  /** What the person should know. */
  readonly message?: string;
  readonly status?: StatusResponse;
  /** Seconds that the running update will still take. */
  readonly secondsLeft?: number;
}

export interface Summary {
  readonly kind: "quiet" | "busy" | "paused" | "problem";
  /** A few words for a status bar. */
  readonly short: string;
  /** A sentence. */
  readonly text: string;
  /** Share that is done, 0 to 1; undefined while unknown, and when nothing runs. */
  readonly share?: number;
}

export function summarise(state: ServerState): Summary {
  switch (state.phase) {
    case "idle":
    case "starting":
      return { kind: "busy", short: "starting", text: "Starting…" };
    case "restarting":
      return { kind: "busy", short: "restarting", text: state.message ?? "Restarting…" };
    case "no-python":
      return { kind: "problem", short: "needs Python", text: state.message ?? "Mindgap needs Python 3.11 or newer." };
    case "failed":
      return { kind: "problem", short: "stopped", text: state.message ?? "The server could not be started." };
    case "stopped":
      return { kind: "paused", short: "stopped", text: state.message ?? "The server is stopped." };
    case "running":
      return state.status ? ofIndexes(state.status, state.secondsLeft) : { kind: "busy", short: "starting", text: "Starting…" };
  }
}

function ofIndexes(status: StatusResponse, secondsLeft: number | undefined): Summary {
  const { roots } = status;
  if (roots.length === 0) {
    return { kind: "paused", short: "no folder", text: status.message ?? "No folder is open." };
  }
  const failed = roots.find((root) => root.state === "error");
  if (failed) {
    return { kind: "problem", short: "error", text: failed.message ?? `The index of ${failed.name} failed.` };
  }
  const busy = roots.filter((root) => root.state === "indexing" || root.state === "opening");
  if (busy.length) {
    return ofUpdate(busy, secondsLeft);
  }
  const paused = roots.find((root) => root.state === "paused");
  if (paused) {
    return { kind: "paused", short: "paused", text: paused.message ?? "Indexing is paused." };
  }
  const { files, units } = totals(roots);
  return { kind: "quiet", short: "ready", text: `${counted(units, "function and block", "functions and blocks")} in ${counted(files, "file")}` };
}

function ofUpdate(busy: readonly RootStatus[], secondsLeft: number | undefined): Summary {
  const total = busy.reduce((sum, root) => sum + root.total, 0);
  const done = busy.reduce((sum, root) => sum + root.done, 0);
  const names = busy.map((root) => root.name).join(", ");
  const [only] = busy;
  if (busy.length === 1 && only?.message) {
    return { kind: "busy", short: "waiting", text: only.message };
  }
  if (total === 0) {
    return { kind: "busy", short: "looking", text: `Looking for changed files in ${names}…` };
  }
  const deep = busy.every((root) => root.stage === "deep");
  const left = secondsLeft === undefined ? "" : `, ${duration(secondsLeft)} left`;
  const share = done / total;
  const what = deep ? "Refining" : "Indexing";
  const noun = deep ? "functions" : "files";
  return {
    kind: "busy",
    short: `${Math.floor(share * 100)}%`,
    text: `${what} ${names}: ${done.toLocaleString("en")} of ${counted(total, noun, noun)}${left}`,
    share,
  };
}
