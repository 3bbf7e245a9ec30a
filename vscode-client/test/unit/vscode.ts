/** Stands in for the editor where a test bundles a module that names it: as much of it as those modules touch. */
type Listener<T> = (value: T) => unknown;
interface Folder { readonly uri: { readonly fsPath: string } }

export const Disposable = {
  from: (...parts: readonly { dispose(): unknown }[]): { dispose(): void } => ({ dispose: () => { parts.forEach((part) => part.dispose()); } }),
};

export class EventEmitter<T> {
  private listeners: Listener<T>[] = [];
  readonly event = (listener: Listener<T>): { dispose(): void } => {
    this.listeners.push(listener);
    return { dispose: () => { this.listeners = this.listeners.filter((other) => other !== listener); } };
  };
  fire(value: T): void { this.listeners.forEach((listener) => listener(value)); }
  dispose(): void { this.listeners = []; }
}

export class CancellationTokenSource {
  readonly token = {};
  cancel(): void { /* Nobody asks. */ }
  dispose(): void { /* Nothing is held. */ }
}

export const Uri = { joinPath: (...parts: readonly string[]): string => parts.join("/"), parse: (text: string): string => text };
export const QuickPickItemKind = { Separator: -1 };
export const ConfigurationTarget = { Global: 1 };
const unused = function Unused(): void { /* No test comes here. */ };
export { unused as Location, unused as Range, unused as TabInputText };

/** The commands that were run, with their arguments. */
export const executed: (readonly unknown[])[] = [];
export const commands = {
  executeCommand: (...call: readonly unknown[]): Promise<void> => {
    executed.push(call);
    return Promise.resolve();
  },
};

/** The messages that were shown. */
export const said: string[] = [];
const say = (message: string): Promise<string | undefined> => {
  said.push(message);
  return Promise.resolve(window.choice);
};
export const window = {
  /** What the person answers. */
  choice: undefined as string | undefined,
  activeTextEditor: undefined as unknown,
  tabGroups: { all: [] },
  showErrorMessage: say,
  showWarningMessage: say,
  showInformationMessage: say,
  showInputBox: undefined as unknown,
};

const never = new EventEmitter<never>().event;
export const workspace = {
  isTrusted: true,
  workspaceFolders: [] as readonly Folder[],
  settings: {} as Readonly<Record<string, unknown>>,
  getConfiguration: () => ({ get: (key: string, otherwise: unknown): unknown => workspace.settings[key] ?? otherwise }),
  onDidChangeConfiguration: never,
  onDidGrantWorkspaceTrust: never,
  onDidChangeWorkspaceFolders: never,
};

/** What the Python extension is, if there is one. */
export const extensions = { python: undefined as unknown, getExtension: (): unknown => extensions.python };
