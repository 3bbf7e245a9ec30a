/** A few words for building pages; text is only ever text. */
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

export function icon(name: string): HTMLElement {
  return el("i", { class: `codicon codicon-${name}`, "aria-hidden": "true" });
}

export function button(label: string, attributes: Attributes, run: () => void, ...children: readonly (Node | string)[]): HTMLButtonElement {
  const made = el("button", { type: "button", ...attributes }, ...(children.length ? children : [label]));
  if (children.length) {
    made.setAttribute("aria-label", label);
    made.title = label;
  }
  made.addEventListener("click", run);
  return made;
}
