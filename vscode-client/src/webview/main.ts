/** The search panel: listens to the person and to the extension, and shows the state. */
import { type Chip, type How, type PanelMessage, parseHostMessage, targetOf } from "../panel/messages";
import { renderChips } from "./chips";
import { button, el, icon } from "./dom";
import { type MessageActions, countText, renderMessage } from "./messages";
import { optionId, renderResults } from "./results";
import { type Action, type State, act, receive, restored, saved, shownHits } from "./state";

interface VsCode {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCode;

const TYPING_PAUSE_MS = 250;
const MIN_TYPED = 3;
const MAX_ROWS = 12;

class Panel {
  private readonly vscode = acquireVsCodeApi();
  private state: State = restored(this.vscode.getState());
  private typing: ReturnType<typeof setTimeout> | undefined;
  private historyAt = -1;
  private wasRunning = false;
  /** What was asked last, and what the list answers: words, reading and filters. */
  private asked = "";
  private answered = "";

  private readonly box = el("textarea", {
    id: "query", rows: 1, spellcheck: "false", autocomplete: "off", placeholder: "What does the code do?",
    "aria-label": "What does the code do? Enter searches, Shift+Enter starts a new line, arrow down moves into the results.",
    "aria-controls": "results",
  });
  private readonly chips = el("div", { class: "chips", role: "group", "aria-label": "Search options" });
  private readonly bar = el("div", { class: "bar", role: "progressbar", "aria-label": "Indexing", "aria-valuemin": 0, "aria-valuemax": 100, hidden: true }, el("div", { class: "fill" }));
  private readonly count = el("div", { class: "count", role: "status", "aria-live": "polite" });
  private readonly message = el("div", { class: "message" });
  private readonly trust = el("div", { class: "trust", hidden: true });
  private readonly list = el("div", { id: "results", role: "listbox", tabindex: 0, "aria-label": "Results" });
  private readonly foot = el("footer", { class: "foot" });

  private readonly actions: MessageActions = {
    run: (command) => { this.vscode.postMessage({ type: "command", command }); },
    nearMisses: (open) => {
      this.do({ type: "nearMisses", open });
      if (open) {
        this.list.focus();
      }
    },
    noFilters: () => { this.do({ type: "noFilters" }); this.search(); },
    example: (query) => { this.setQuery(query); this.search(); this.box.focus(); },
  };

  start(): void {
    const submit = button("Search", { class: "icon" }, () => { this.search(); }, icon("search"));
    const box = el("div", { class: "box" }, this.box, submit);
    document.body.append(el("main", {}, el("h1", { class: "unseen" }, "Search the code"), this.trust, box, this.chips, this.bar, this.count, this.message, this.list), this.foot);
    this.box.value = this.state.query;
    this.listen();
    this.vscode.postMessage({ type: "grouping", grouping: this.state.grouping });
    this.show();
    this.vscode.postMessage({ type: "ready" });
  }

  private listen(): void {
    window.addEventListener("message", (event: MessageEvent<unknown>) => { this.hear(event.data); });
    this.box.addEventListener("input", () => { this.typed(); });
    this.box.addEventListener("keydown", (event) => { this.boxKey(event); });
    this.list.addEventListener("keydown", (event) => { this.listKey(event); });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) {
        this.vscode.postMessage({ type: "escape" });
      }
    });
    new ResizeObserver(() => { this.fitBox(); }).observe(this.box);
  }

  // From the extension

  private hear(data: unknown): void {
    const message = parseHostMessage(data);
    if (!message) {
      return;
    }
    this.state = receive(this.state, message);
    switch (message.type) {
      case "answer":
        this.answered = message.id === this.state.asked ? this.asked : this.answered;
        break;
      case "status":
        this.statusChanged();
        return;
      case "seed":
      case "set":
        this.setQuery(this.state.query);
        if (message.type === "seed" || this.state.query.trim()) {
          this.search();
        }
        break;
      case "refresh":
      case "gone":
        this.ask();
        break;
      case "show":
        this.setQuery(this.state.query);
        break;
      case "forget":
        clearTimeout(this.typing);
        this.historyAt = -1;
        this.asked = this.answered = "";
        this.setQuery("");
        break;
      case "clear":
        this.setQuery("");
        this.box.focus();
        break;
      case "focus":
        this.box.focus();
        this.box.select();
        break;
      case "group":
        this.vscode.postMessage({ type: "grouping", grouping: this.state.grouping });
        break;
      case "select":
        this.showSelection();
        this.save();
        return;
      default:
        break;
    }
    this.show();
  }

  /** Asks again when the server has come (back), and when an update that an answer came too early for is done. */
  private statusChanged(): void {
    const { status, answer, subject } = this.state;
    const running = status?.phase === "running";
    const finished = answer?.indexing === true && status?.summary.kind === "quiet";
    if (running && subject === undefined && this.state.query.trim() && (!this.wasRunning || finished)) {
      this.ask();
    }
    this.wasRunning = running;
    this.showStatus();
    this.showMessage();
  }

  // From the person

  private typed(): void {
    this.historyAt = -1;
    this.do({ type: "typed", query: this.box.value });
    this.fitBox();
    clearTimeout(this.typing);
    const text = this.box.value.trim();
    if (!text) {
      this.search();
    } else if (this.state.status?.asYouType !== false && text.length >= MIN_TYPED) {
      this.typing = setTimeout(() => { this.ask(); }, TYPING_PAUSE_MS);
    }
  }

  private boxKey(event: KeyboardEvent): void {
    const { key } = event;
    if (event.isComposing) {
      return;
    }
    if (key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.enterInBox(event.ctrlKey || event.metaKey);
    } else if (key === "ArrowDown" && this.caretOnLastRow()) {
      event.preventDefault();
      this.down();
    } else if (key === "ArrowUp" && this.caretOnFirstRow() && this.recall(this.historyAt + 1)) {
      event.preventDefault();
    }
  }

  /** Enter searches; once the answer to this very question is there, it opens the chosen hit. */
  private enterInBox(aside: boolean): void {
    const answered = this.answered === questionOf(this.state) && this.state.subject === undefined;
    if (answered && shownHits(this.state).length) {
      this.open(aside ? "side" : "open");
    } else {
      this.search();
    }
  }

  private down(): void {
    if (this.historyAt > 0) {
      this.recall(this.historyAt - 1);
    } else if (shownHits(this.state).length) {
      this.list.focus();
    }
  }

  private recall(at: number): boolean {
    const entry = this.state.history[at];
    if (entry === undefined) {
      return false;
    }
    this.setQuery(entry);
    this.historyAt = at;
    return true;
  }

  private listKey(event: KeyboardEvent): void {
    const { selected } = this.state;
    const last = shownHits(this.state).length - 1;
    const moves: Partial<Record<string, () => void>> = {
      ArrowDown: () => { this.select(selected + 1); },
      ArrowUp: () => { this.up(); },
      PageDown: () => { this.select(selected + 5); },
      PageUp: () => { this.select(selected - 5); },
      Home: () => { this.select(0); },
      End: () => { this.select(last); },
      Enter: () => { this.open(event.ctrlKey || event.metaKey ? "side" : "open"); },
      " ": () => { this.open("preview"); },
    };
    const move = moves[event.key];
    if (move && last >= 0) {
      event.preventDefault();
      move();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.box.focus(); // The key goes on into the box.
    }
  }

  private up(): void {
    if (this.state.selected === 0) {
      this.box.focus();
    } else {
      this.select(this.state.selected - 1);
    }
  }

  private press(chip: Chip): void {
    const { mode, filters, history } = this.state;
    this.vscode.postMessage({ type: "chip", chip, mode, filters, history });
  }

  private select(index: number): void {
    this.state = act(this.state, { type: "selected", index });
    this.showSelection();
    this.save();
  }

  private open(how: How): void {
    const hit = shownHits(this.state)[this.state.selected];
    if (hit) {
      this.vscode.postMessage({ type: "open", target: targetOf(hit), index: this.state.answer?.hits.indexOf(hit) ?? 0, how });
    }
  }

  private search(): void {
    clearTimeout(this.typing);
    this.ask();
  }

  private ask(): void {
    this.do({ type: "asked" });
    this.asked = questionOf(this.state);
    const { asked: id, busy, query, mode, filters } = this.state;
    this.vscode.postMessage(busy ? { type: "search", id, query, mode, filters } : { type: "cancel" });
  }

  private setQuery(query: string): void {
    this.box.value = query;
    this.do({ type: "typed", query });
    this.fitBox();
  }

  private do(action: Action): void {
    this.state = act(this.state, action);
    this.show();
  }

  // To the page

  private show(): void {
    this.chips.replaceChildren(...this.keepingFocus(this.chips, () => renderChips(this.state, (chip) => { this.press(chip); })));
    this.list.replaceChildren(...renderResults(this.state, (index) => { this.select(index); }, () => { this.open("open"); }));
    this.list.hidden = shownHits(this.state).length === 0;
    this.list.classList.toggle("stale", this.state.busy);
    this.showSelection();
    this.showStatus();
    this.showMessage();
    this.save();
  }

  private keepingFocus(parent: HTMLElement, render: () => HTMLElement[]): HTMLElement[] {
    const chip = parent.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.chip : undefined;
    const made = render();
    if (chip) {
      queueMicrotask(() => made.find((element) => element.dataset.chip === chip)?.focus());
    }
    return made;
  }

  private showMessage(): void {
    const text = countText(this.state);
    if (this.count.textContent !== text) {
      this.count.textContent = text;
    }
    const made = renderMessage(this.state, this.actions);
    const hadFocus = this.message.contains(document.activeElement);
    this.message.replaceChildren(...(made ? [made] : []));
    if (hadFocus) {
      this.message.querySelector("button")?.focus();
    }
  }

  private showSelection(): void {
    for (const option of this.list.querySelectorAll("[role=option]")) {
      const chosen = option.id === optionId(this.state.selected);
      option.setAttribute("aria-selected", chosen ? "true" : "false");
      if (chosen) {
        this.list.setAttribute("aria-activedescendant", option.id);
        // The keyboard opens the context menu on the list: it is that of the chosen hit.
        this.list.dataset.vscodeContext = (option as HTMLElement).dataset.vscodeContext;
        option.scrollIntoView({ block: "nearest" });
      }
    }
    if (!shownHits(this.state).length) {
      this.list.removeAttribute("aria-activedescendant");
      delete this.list.dataset.vscodeContext;
    }
  }

  private showStatus(): void {
    const { status } = this.state;
    const summary = status?.summary;
    const busy = summary?.kind === "busy";
    this.bar.hidden = !busy && !this.state.busy;
    this.bar.classList.toggle("endless", summary?.share === undefined || !busy);
    const percent = Math.round((summary?.share ?? 0) * 100);
    (this.bar.firstElementChild as HTMLElement).style.width = busy && summary.share !== undefined ? `${percent}%` : "";
    if (busy && summary.share !== undefined) {
      this.bar.setAttribute("aria-valuenow", String(percent));
    } else {
      this.bar.removeAttribute("aria-valuenow");
    }
    const symbols = { quiet: "database", busy: "sync", paused: "debug-pause", problem: "warning" };
    const parts = summary ? [icon(symbols[summary.kind]), el("span", { title: summary.text }, summary.text)] : [];
    this.foot.replaceChildren(...parts);
    if (summary?.kind === "paused" && status?.phase === "running" && status.hasFolders) {
      this.foot.append(button("Resume", { class: "link" }, () => { this.actions.run("mindgap.resumeIndexing"); }));
    }
    this.showTrust(status?.trusted ?? true);
  }

  private showTrust(trusted: boolean): void {
    if (this.trust.hidden === trusted) {
      return;
    }
    this.trust.hidden = trusted;
    const text = "Restricted Mode: the settings for interpreter and deep model are not used.";
    const manage = button("Manage", { class: "link" }, () => { this.actions.run("workbench.trust.manage"); });
    this.trust.replaceChildren(...(trusted ? [] : [icon("shield"), el("span", {}, text), manage]));
  }

  private save(): void {
    this.vscode.setState(saved(this.state));
  }

  private fitBox(): void {
    const { style } = this.box;
    style.height = "auto";
    const row = Number.parseFloat(getComputedStyle(this.box).lineHeight) || 18;
    style.height = `${Math.min(this.box.scrollHeight, row * MAX_ROWS + 8)}px`;
  }

  private caretOnFirstRow(): boolean {
    return !this.box.value.slice(0, this.box.selectionStart).includes("\n");
  }

  private caretOnLastRow(): boolean {
    return !this.box.value.slice(this.box.selectionEnd).includes("\n");
  }
}

function questionOf({ query, mode, filters }: State): string {
  return JSON.stringify([query, mode, filters]);
}

new Panel().start();
