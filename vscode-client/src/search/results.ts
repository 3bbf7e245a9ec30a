/** The hits that were found last, wherever: what "next hit", "peek" and the references view work with. */
import * as vscode from "vscode";
import type { SearchHit, SearchResponse } from "../protocol";

export interface Found {
  /** "retry with backoff", "Similar to parse_config". */
  readonly title: string;
  readonly hits: readonly SearchHit[];
}

export class Results implements vscode.Disposable {
  private readonly moved = new vscode.EventEmitter<number>();
  /** The current hit changed, by its index. */
  readonly onDidMove = this.moved.event;
  private found: Found = { title: "", hits: [] };
  private index = -1;

  dispose(): void {
    this.moved.dispose();
  }

  get title(): string {
    return this.found.title;
  }

  get hits(): readonly SearchHit[] {
    return this.found.hits;
  }

  get current(): SearchHit | undefined {
    return this.hits[Math.max(this.index, 0)];
  }

  /** Near misses are no results that one walks through. */
  set(title: string, response: SearchResponse): void {
    this.found = { title, hits: response.abstained ? [] : response.hits };
    this.index = -1;
    void vscode.commands.executeCommand("setContext", "mindgap.hasResults", this.hits.length > 0);
  }

  clear(): void {
    this.found = { title: "", hits: [] };
    this.index = -1;
    void vscode.commands.executeCommand("setContext", "mindgap.hasResults", false);
  }

  /** Something else went to this hit. */
  at(index: number): void {
    this.index = index;
  }

  /** The hit so many places away, round and round. */
  step(by: number): SearchHit | undefined {
    const count = this.hits.length;
    if (!count) {
      return undefined;
    }
    this.index = this.index < 0 ? (by > 0 ? 0 : count - 1) : (this.index + by + count) % count;
    this.moved.fire(this.index);
    return this.hits[this.index];
  }
}
