// Made from server/mindgap_server/protocol.py by scripts/protocol_ts.py; change that file, not this one.
import type { Position, Range } from "vscode-languageclient";

/** SearchParams -> SearchResponse. */
export const SEARCH = "mindgap/search";
/** StatusParams -> StatusResponse. */
export const STATUS = "mindgap/status";
/** ReindexParams -> StatusResponse. */
export const REINDEX = "mindgap/reindex";
/** SimilarParams -> SearchResponse. */
export const SIMILAR = "mindgap/similar";
/** LocateParams -> LocateResponse. */
export const LOCATE = "mindgap/locate";
/** CommentParams -> CommentResponse. */
export const COMMENT = "mindgap/comment";
/** ReportParams -> ReportResponse. */
export const REPORT = "mindgap/report";
/** PauseParams -> StatusResponse. */
export const PAUSE = "mindgap/pause";
/** PurgeParams -> StatusResponse. */
export const PURGE = "mindgap/purge";
/**
 * Notification to the client: a StatusResponse, a few times a second at most while something changes.
 *
 * Only for clients whose `capabilities.experimental` say `{"mindgap": {"statusChanged": true}}`.
 */
export const STATUS_CHANGED = "mindgap/statusChanged";
export const MAX_LIMIT = 200;

export type ModeName = "auto" | "nl" | "pseudocode" | "symbol" | "code";
export type TierName = "instant" | "deep" | "auto";
export type ConfidenceName = "high" | "medium" | "low";
export type KindName = "function" | "method" | "constructor" | "class" | "struct" | "interface" | "trait" | "enum" | "type" | "macro" | "module" | "block";
export type SnippetName = "start" | "match";
export type SkipName = "ignored" | "builtin" | "language" | "too-large" | "binary" | "minified" | "generated" | "empty" | "symlink" | "nested" | "secret" | "hangs" | "unreadable";
export type StateName = "opening" | "indexing" | "ready" | "paused" | "error";

/** A question to the code. */
export interface SearchParams {
  /** Plain words, pseudocode, a name or a piece of code. */
  readonly query: string;
  /** Most hits to answer; absent: the option `search.limit`. */
  readonly limit?: number;
  /** How to read the query. Default: `"auto"`. */
  readonly mode?: ModeName;
  /** Which vectors to use; `auto`: the deep ones where they are there already. Default: `"auto"`. */
  readonly tier?: TierName;
  /** Only units in these languages; empty: all. Default: `[]`. */
  readonly languages?: readonly string[];
  /** Only files that match one of these globs, relative to their folder; empty: all. Default: `[]`. */
  readonly paths?: readonly string[];
  /** Only units of these kinds; empty: all. Default: `[]`. */
  readonly kinds?: readonly KindName[];
  /** Only this workspace folder; absent: all of them. */
  readonly rootUri?: string;
  /** Lines of source text that come with each hit. Default: `0`. */
  readonly snippetLines?: number;
  /** Which lines: the first ones of the unit, or those around what matches best. Default: `"start"`. */
  readonly snippetFrom?: SnippetName;
  /** Only these files, and what is below these folders; absent: all. */
  readonly uris?: readonly string[];
}

/** A unit of code that answers the query, where it stands in the live text. */
export interface SearchHit {
  /** 1 is the best. */
  readonly rank: number;
  /** The file; for an open document the URI that the client gave it. */
  readonly uri: string;
  /** The workspace folder that it was found in. */
  readonly rootUri: string;
  /** Relative to that folder, forward slashes. */
  readonly path: string;
  /** The whole unit, without the comment above it. */
  readonly range: Range;
  /** Its name. */
  readonly selectionRange: Range;
  /** The last component of the qualified name. */
  readonly name: string;
  /** Dotted path of the enclosing scopes and the name. */
  readonly qualname: string;
  /** What it is. */
  readonly kind: KindName;
  /** What it is written in. */
  readonly language: string;
  /** The head of the definition on one line. */
  readonly signature: string;
  /** Comparable within one answer only. */
  readonly score: number;
  /** How sure the hit is, in words. */
  readonly confidence: ConfidenceName;
  /** What each ranking feature added to the score. */
  readonly features: Readonly<Record<string, number>>;
  /** Lines of the unit, when `snippetLines` asked for them. */
  readonly snippet?: string;
  /** The line of the document that the snippet starts with, from 0. */
  readonly snippetLine?: number;
  /** Lines of the snippet that say most of what was asked, as lines of the document, from 0. Default: `[]`. */
  readonly matchedLines: readonly number[];
}

/** The answer to SearchParams. */
export interface SearchResponse {
  /** As it was asked. */
  readonly query: string;
  /** How the query was read; never `auto`. */
  readonly mode: ModeName;
  /** Nothing fits well: the hits are near misses. */
  readonly abstained: boolean;
  /** Milliseconds that the search took in the server. */
  readonly elapsedMs: number;
  /** An index update is running: more may be found in a moment. */
  readonly indexing: boolean;
  /** Share of the running update that is done, 0 to 1; 1 when none is running. */
  readonly coverage: number;
  /** Best first. */
  readonly hits: readonly SearchHit[];
}

/** Asks how the indexes are. */
export interface StatusParams {
  /** Only this workspace folder; absent: all of them. */
  readonly rootUri?: string;
}

/** Asks to bring indexes up to date now; also resumes a paused update and retries a failed one. */
export interface ReindexParams {
  /** Only this workspace folder; absent: all of them. */
  readonly rootUri?: string;
}

/** How the index of one workspace folder is. */
export interface RootStatus {
  /** The folder, as the client named it. */
  readonly uri: string;
  /** The folder's name for people. */
  readonly name: string;
  /**
   * `opening`: model and index are being loaded; `paused`: incomplete until `mindgap/reindex`;
   * searches are answered from what is there in every state but `opening` and, mostly, `error`.
   */
  readonly state: StateName;
  /** What is being done: `scan`, `index`, `deep`, or empty. */
  readonly stage: string;
  /** Files (stage `deep`: units) of the present stage that are done. */
  readonly done: number;
  /** Files (stage `deep`: units) of the present stage; 0 while unknown. */
  readonly total: number;
  /** Files in the index. */
  readonly files: number;
  /** Units in the index. */
  readonly units: number;
  /** Units per language. */
  readonly languages: Readonly<Record<string, number>>;
  /** Fingerprint of the model; empty before it is loaded. */
  readonly encoder: string;
  /** Share of the units that have a deep vector, 0 to 1. */
  readonly deepCoverage: number;
  /** The index file; empty before it is open. */
  readonly indexPath: string;
  /** Size of the index file on disk. */
  readonly indexBytes: number;
  /** What the person should know: what failed, what is paused, who else is indexing. */
  readonly message?: string;
  /** Fingerprint of the deep model whose vectors are there. */
  readonly deepEncoder?: string;
  /** Seconds since the epoch of the last complete update. */
  readonly indexedAt?: number;
}

/** The answer to StatusParams and ReindexParams. */
export interface StatusResponse {
  /** Of the server. */
  readonly version: string;
  /** One for each workspace folder. */
  readonly roots: readonly RootStatus[];
  /** Set when there is no folder at all. */
  readonly message?: string;
}

/** Asks for functions like the one at a place, or like some selected lines. */
export interface SimilarParams {
  /** The file, open or on disk. */
  readonly uri: string;
  /** What is selected; empty: the function around this place. */
  readonly range?: Range;
  /** Most hits to answer; absent: the option `search.limit`. */
  readonly limit?: number;
  /** Lines of source text that come with each hit. Default: `0`. */
  readonly snippetLines?: number;
}

/** Asks where a hit stands now. */
export interface LocateParams {
  /** Of the hit. */
  readonly uri: string;
  /** Of the hit. */
  readonly qualname: string;
  /** Of the hit. */
  readonly kind: KindName;
  /** Where its name stood, from 0; the nearest of several namesakes is meant. */
  readonly line: number;
}

/** The answer to LocateParams; without ranges when the hit is gone. */
export interface LocateResponse {
  /** The whole unit. */
  readonly range?: Range;
  /** Its name. */
  readonly selectionRange?: Range;
}

/** Asks for the comment at a place. */
export interface CommentParams {
  /** The file, open or on disk. */
  readonly uri: string;
  /** Somewhere in it. */
  readonly position?: Position;
}

/** The answer to CommentParams; empty when there is code at the place. */
export interface CommentResponse {
  /** What the comment says, with its neighbours in the lines above and below, without comment marks. */
  readonly text?: string;
  /** Where it stands. */
  readonly range?: Range;
}

/** Asks to stop indexing, and not to follow changes, until `mindgap/reindex`. */
export interface PauseParams {
  /** Only this workspace folder; absent: all of them. */
  readonly rootUri?: string;
}

/** Asks to delete indexes, every byte of them. */
export interface PurgeParams {
  /** Only this workspace folder; absent: all of them. */
  readonly rootUri?: string;
  /** Build them again at once; else that waits for `mindgap/reindex`. Default: `false`. */
  readonly rebuild?: boolean;
}

/** Asks what is indexed, and what is left out and why. */
export interface ReportParams {
  /** Only this workspace folder; absent: all of them. */
  readonly rootUri?: string;
}

/** What an index leaves out for one reason. */
export interface SkippedFiles {
  /** Why. */
  readonly reason: SkipName;
  /** Files and folders; a folder counts once, whatever is in it. */
  readonly count: number;
  /** A few of them, relative to the workspace folder. */
  readonly examples: readonly string[];
}

/** What is in the index of one workspace folder, and what is not. */
export interface RootReport {
  /** How the index is. */
  readonly status: RootStatus;
  /** Most frequent reason first. */
  readonly skipped: readonly SkippedFiles[];
}

/** The answer to ReportParams. */
export interface ReportResponse {
  /** One for each workspace folder whose index is open. */
  readonly roots: readonly RootReport[];
}
