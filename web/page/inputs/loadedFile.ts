/** A file whose values stand for the input: read once, then described in a line with a button that removes it. */

import { create, hiddenText } from "../dom.ts";

/** Bytes; a larger file is not one item's. */
const MAX_FILE_BYTES = 20_000_000;

interface Loaded<Value> {
  /** A file's name, or where else the value comes from. */
  readonly from: string;
  readonly value: Value;
}

export interface LoadedFile<Value> {
  readonly element: HTMLElement;
  current(): Value | undefined;
  /** Reads a file in place of what is there. */
  load(file: File): void;
  set(loaded: Loaded<Value> | undefined): void;
}

export interface LoadedFileOptions<Value> {
  readonly id: (part: string) => string;
  /** In "Remove the file's ratings". */
  readonly what: string;
  /** Gets the focus when the file is removed. */
  readonly focusAfter: HTMLElement;
  /** @throws Error in words for the user. */
  readonly read: (file: File) => Promise<Value>;
  readonly describe: (from: string, value: Value) => string;
  readonly onChange: () => void;
  readonly showError: (message: string) => void;
}

export function loadedFile<Value>(options: LoadedFileOptions<Value>): LoadedFile<Value> {
  const { id, what, focusAfter, read, describe, onChange, showError } = options;
  const text = create("p", { id: id("file-text") });
  const remove = create("button", { type: "button" }, "Remove", hiddenText(` ${what}`));
  const element = create("div", { className: "loaded", hidden: true }, text, remove);
  /** Counts changes: a file that was chosen before the last one is dropped when it has been read. */
  let latest = 0;
  let loaded: Loaded<Value> | undefined;

  const set = (next: Loaded<Value> | undefined) => {
    latest++;
    loaded = next;
    element.hidden = next === undefined;
    if (next) text.textContent = describe(next.from, next.value);
  };

  async function load(file: File): Promise<void> {
    const turn = ++latest;
    try {
      if (file.size > MAX_FILE_BYTES) {
        throw new Error(`${file.name} has more than ${MAX_FILE_BYTES / 1e6} MB`);
      }
      const value = await read(file);
      if (turn !== latest) return;
      set({ from: file.name, value });
      onChange();
    } catch (error) {
      if (turn !== latest) return;
      const { detail, message } = error as Error & { detail?: string };
      showError(detail ?? message);
    }
  }

  remove.addEventListener("click", () => {
    set(undefined);
    onChange();
    focusAfter.focus();
  });
  return { element, current: () => loaded?.value, load: (file) => void load(file), set };
}

interface FileChoice {
  /** Opens the browser's dialog. */
  readonly button: HTMLElement;
  readonly id: string;
  readonly accept: string;
  readonly label: string;
  readonly take: (file: File) => void;
}

/** @returns The hidden input, for the page. */
export function chooseFile({ button, id, accept, label, take }: FileChoice): HTMLInputElement {
  const input = create("input", { type: "file", id, accept, hidden: true, "aria-label": label });
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    input.value = ""; // so that the same file, chosen again, is a change
    if (file) take(file);
  });
  return input;
}
