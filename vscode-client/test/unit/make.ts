import type { RootStatus, SearchHit, SearchResponse, StatusResponse } from "../../src/protocol";

export function makeHit(name: string, extra: Partial<SearchHit> = {}): SearchHit {
  const range = { start: { line: 9, character: 0 }, end: { line: 14, character: 1 } };
  return {
    rank: 1, uri: "file:///w/a.py", rootUri: "file:///w", path: "a.py", range,
    selectionRange: { start: { line: 9, character: 4 }, end: { line: 9, character: 4 + name.length } },
    name, qualname: name, kind: "function", language: "python", signature: `def ${name}()`, score: 1, confidence: "high",
    features: { lexical: 0.5, semantic: 0.3, callable: 0.4, test: -0.2 }, matchedLines: [], ...extra,
  };
}

export function makeAnswer(query: string, hits: readonly SearchHit[], extra: Partial<SearchResponse> = {}): SearchResponse {
  return { query, mode: "nl", abstained: false, elapsedMs: 3, indexing: false, coverage: 1, hits, ...extra };
}

export function makeRoot(extra: Partial<RootStatus> = {}): RootStatus {
  return {
    uri: "file:///w", name: "w", state: "ready", stage: "", done: 0, total: 0, files: 3, units: 1_234, languages: { python: 1_234 },
    encoder: "e", deepCoverage: 0, indexPath: "/c/index.db", indexBytes: 2_500_000, ...extra,
  };
}

export function makeStatus(...roots: RootStatus[]): StatusResponse {
  return { version: "0.1.0", roots };
}
