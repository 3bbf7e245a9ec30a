/** Of several questions only the last one matters: a new one cancels the one before and drops its answer. */
export interface Cancellable {
  readonly token: unknown;
  cancel(): void;
  dispose(): void;
}

export class Latest<Source extends Cancellable> {
  private current: Source | undefined;

  constructor(private readonly makeSource: () => Source) {}

  /** The answer, or undefined when another question came meanwhile. Errors of dropped questions are dropped too. */
  async ask<T>(question: (token: Source["token"]) => Promise<T>): Promise<T | undefined> {
    this.cancel();
    const own = this.makeSource();
    this.current = own;
    try {
      const answer = await question(own.token);
      return this.current === own ? answer : undefined;
    } catch (error) {
      if (this.current !== own) {
        return undefined;
      }
      throw error;
    } finally {
      if (this.current === own) {
        this.current = undefined;
      }
      own.dispose();
    }
  }

  cancel(): void {
    this.current?.cancel();
    this.current = undefined;
  }
}
