/** The results as a tree in VS Code's References view, which then walks through them with F4. */
import * as vscode from "vscode";
import type { SearchHit } from "../protocol";
import { toLocation, toRange } from "../search/ranges";
import { KIND_ICONS, scope } from "../search/words";

/** What the built-in extension vscode.references-view takes; it publishes no package with these types. */
export interface SymbolTree {
  setInput(input: SymbolTreeInput): void;
}

interface SymbolTreeInput {
  readonly contextValue: string;
  readonly title: string;
  readonly location: vscode.Location;
  resolve(): SymbolTreeModel;
  with(location: vscode.Location): SymbolTreeInput;
}

interface SymbolTreeModel {
  readonly message: string;
  readonly provider: vscode.TreeDataProvider<Node>;
  readonly navigation: Navigation;
  readonly highlights: { getEditorHighlights(node: Node, uri: vscode.Uri): vscode.Range[] | undefined };
}

interface Navigation {
  nearest(uri: vscode.Uri, position: vscode.Position): Node | undefined;
  next(from: Node): Node;
  previous(from: Node): Node;
  location(node: Node): vscode.Location | undefined;
}

/** Results keep their rank: one level, best first. */
type Node = SearchHit;

export class HitTree implements SymbolTreeInput {
  readonly contextValue = "mindgap";
  readonly location: vscode.Location;

  constructor(readonly title: string, private readonly hits: readonly SearchHit[]) {
    const [first] = hits;
    this.location = first ? toLocation(first) : new vscode.Location(vscode.Uri.parse("untitled:"), new vscode.Position(0, 0));
  }

  with(): SymbolTreeInput {
    return this;
  }

  resolve(): SymbolTreeModel {
    const { hits } = this;
    const changed = new vscode.EventEmitter<undefined>();
    const beside = (node: Node, by: number): Node => hits[(hits.indexOf(node) + by + hits.length) % hits.length] ?? node;
    return {
      message: `${hits.length} ${hits.length === 1 ? "result" : "results"} for “${this.title}”`,
      provider: { onDidChangeTreeData: changed.event, getChildren: (node) => (node ? [] : [...hits]), getParent: () => undefined, getTreeItem: treeItem },
      navigation: {
        nearest: (uri) => hits.find((hit) => vscode.Uri.parse(hit.uri).toString() === uri.toString()) ?? hits[0],
        next: (from) => beside(from, 1),
        previous: (from) => beside(from, -1),
        location: toLocation,
      },
      highlights: {
        getEditorHighlights: (_, uri) => hits.filter((hit) => vscode.Uri.parse(hit.uri).toString() === uri.toString()).map((hit) => toRange(hit.selectionRange)),
      },
    };
  }
}

function treeItem(hit: Node): vscode.TreeItem {
  const item = new vscode.TreeItem(hit.name);
  item.iconPath = new vscode.ThemeIcon(KIND_ICONS[hit.kind]);
  item.description = [scope(hit), `${hit.path}:${hit.selectionRange.start.line + 1}`].filter(Boolean).join(" · ");
  item.tooltip = hit.signature;
  item.command = { command: "vscode.open", title: "Open", arguments: [vscode.Uri.parse(hit.uri), { selection: toRange(hit.selectionRange) }] };
  return item;
}
