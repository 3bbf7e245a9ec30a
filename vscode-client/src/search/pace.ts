/** How long an index update will still take, judged by its pace so far. */
import type { RootStatus } from "../protocol";

const SETTLED_MS = 1_000;

interface Start {
  readonly stage: string;
  readonly time: number;
  readonly done: number;
}

export class Pace {
  private readonly starts = new Map<string, Start>();

  constructor(private readonly clock: () => number = Date.now) {}

  /** Seconds left over all folders; undefined while unknown. */
  note(roots: readonly RootStatus[]): number | undefined {
    const left = roots.filter((root) => root.state === "indexing").map((root) => this.secondsLeft(root));
    for (const root of roots) {
      if (root.state !== "indexing") {
        this.starts.delete(root.uri);
      }
    }
    return left.length && left.every((seconds) => seconds !== undefined)
      ? Math.max(...left)
      : undefined;
  }

  private secondsLeft(root: RootStatus): number | undefined {
    const now = this.clock();
    let start = this.starts.get(root.uri);
    if (start?.stage !== root.stage || root.done < start.done) {
      start = { stage: root.stage, time: now, done: root.done };
      this.starts.set(root.uri, start);
    }
    const elapsed = now - start.time;
    const done = root.done - start.done;
    return elapsed < SETTLED_MS || done <= 0 || root.total === 0
      ? undefined
      : ((elapsed / done) * (root.total - root.done)) / 1_000;
  }
}

export function duration(seconds: number): string {
  return seconds < 90 ? `about ${Math.max(1, Math.round(seconds))} s` : `about ${Math.round(seconds / 60)} min`;
}
