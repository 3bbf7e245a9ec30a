/** Runs something again and again, never twice at once: calls that come meanwhile share the next run. */
export function coalesce(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function start(): Promise<void> {
    try {
      await run();
    } finally {
      running = undefined;
    }
  }

  return () => {
    if (!running) {
      return (running = start());
    }
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return (running = start());
      });
    return next;
  };
}
