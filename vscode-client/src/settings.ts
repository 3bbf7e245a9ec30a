/** The settings of the extension, and which of them are options of the server. */
import type { WorkspaceConfiguration } from "vscode";

export const SECTION = "mindgap";

/** Settings that the server takes under the same names; a test compares them with its options. */
export const SERVER_SETTINGS = [
  "exclude",
  "maxFileSize",
  "deepModel",
  "deepRevision",
  "search.limit",
  "watch.enabled",
  "log.level",
  "index.onStartup",
  "index.workers",
  "index.pauseOnBattery",
  "index.pauseUnderLoad",
  "index.maxMemory",
] as const;

/** Settings of the extension alone. */
export const CLIENT_SETTINGS = [
  "interpreter",
  "search.asYouType",
  "comments.goToImplementation",
  "trace.server",
] as const;

type Tree = Record<string, unknown>;

/** The server's options as it expects them: nested objects. */
export function serverOptions(configuration: Pick<WorkspaceConfiguration, "get">): Tree {
  const options: Tree = {};
  for (const key of SERVER_SETTINGS) {
    const parts = key.split(".");
    const last = parts.pop() ?? key;
    let place = options;
    for (const part of parts) {
      place = (place[part] ??= {}) as Tree;
    }
    place[last] = configuration.get(key);
  }
  return options;
}
