/** Decides whether a server that ended by itself is started again. */
export const MAX_CRASHES = 3;
export const WINDOW_MS = 3 * 60_000;

export class CrashPolicy {
  private times: number[] = [];

  constructor(private readonly clock: () => number = Date.now) {}

  /** Note a crash; true: start the server again. */
  mayRestart(): boolean {
    const now = this.clock();
    this.times = [...this.times.filter((time) => now - time < WINDOW_MS), now];
    return this.times.length <= MAX_CRASHES;
  }

  /** The person starts the server: what was before does not count. */
  forget(): void {
    this.times = [];
  }
}
