/** Helpers for elements that every part of the page uses. */

type Child = Node | string;

/** @throws Error if the page's HTML has no such element. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`internal: the page has no element "${id}"`);
  return element as T;
}

/** Creates an element: properties are set, `data-*`, `aria-*` and `role` become attributes. */
export function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  element.append(...children);
  return element;
}

/** Text for screen readers only. */
export function hiddenText(text: string): HTMLSpanElement {
  return create("span", { className: "hidden" }, text);
}

/** A label above its control. */
export function labelled(label: string, control: HTMLElement): HTMLLabelElement {
  return create("label", { className: "field" }, create("span", {}, label), control);
}

/** Heading of a card. */
export function heading(id: string, text: string): HTMLHeadingElement {
  return create("h3", { id }, text);
}
