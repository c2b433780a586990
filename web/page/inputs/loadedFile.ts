/** A file whose values stand for the input: read once, then described in a line with a button that removes it. */

import type { InputError } from "../../../predictor/errors.ts";
import { decodeText } from "../../../predictor/textFile.ts";
import { strings } from "../../strings/strings.ts";
import { create, hiddenText } from "../dom.ts";
import { detailOf, messageOf } from "../problems.ts";

/** Bytes; a larger file is not one item's. */
const MAX_FILE_BYTES = 20_000_000;

export interface Loaded<Value> {
  /** A file's name, or where else the value comes from. */
  readonly from: string;
  readonly value: Value;
}

export interface LoadedFile<Value> {
  readonly element: HTMLElement;
  current(): Loaded<Value> | undefined;
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
  readonly read: (file: File) => Promise<Loaded<Value>>;
  readonly describe: (from: string, value: Value) => string;
  readonly onChange: () => void;
  readonly showError: (message: string) => void;
}

export function loadedFile<Value>(options: LoadedFileOptions<Value>): LoadedFile<Value> {
  const { id, what, focusAfter, read, describe, onChange, showError } = options;
  const text = create("p", { id: id("file-text") });
  const remove = create(
    "button",
    { type: "button" },
    strings.inputs.remove,
    hiddenText(` ${what}`),
  );
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
        throw new Error(strings.inputs.tooLarge(file.name, MAX_FILE_BYTES / 1e6));
      }
      const next = await read(file);
      if (turn !== latest) return;
      set(next);
      onChange();
    } catch (error) {
      if (turn !== latest) return;
      showError(detailOf(error as InputError) ?? messageOf(error as Error));
    }
  }

  remove.addEventListener("click", () => {
    set(undefined);
    onChange();
    focusAfter.focus();
  });
  return { element, current: () => loaded, load: (file) => void load(file), set };
}

/** @returns Its text, of UTF-8 or UTF-16, the same in all browsers: `file.text()` is not. */
export async function readText(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return decodeText(bytes, (utf8) => new TextDecoder().decode(utf8));
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
