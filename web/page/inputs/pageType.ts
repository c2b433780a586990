/** What the page has to know of a type of input: a new type is one file of this form, and a line in types.ts. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import type { Nouns } from "../../../predictor/nouns.ts";
import type { FileInfo, ItemAnswer, OcclusionMap, Picture } from "../../worker/protocol.ts";
import type { CallOptions } from "../engine/callError.ts";
import type { TargetView } from "../targets/targetView.ts";

/**
 * @typeParam Spec The input's part of the manifest.
 * @typeParam Value What the predictor takes; of a file: `true`, which stands for the one that the model keeps.
 */
export interface PageType<Spec, Value> {
  createField(context: FieldContext<Spec>): Field<Value>;
  /** What is known, in a few words: "“Heat”", "year 1995", "3 ratings". @param noun Of the input. */
  inWords(value: Value, noun: string): string;
  /** How a link has a value; absent where no link can have it. */
  readonly link?: LinkCode<Value>;
  /** Makes the input's part of the explanation, where there is one. */
  readonly createExplanation?: (context: ExplanationContext<Spec>) => ExplanationPanel;
  /**
   * What is wrong, as a sentence; undefined for the usual one, "The title is too long".
   * @param place Behind the input's name in an InputError's field: `[2].stars`.
   */
  readonly describeError?: (place: string, detail: string) => string | undefined;
  /**
   * How items had the input when figures were measured, where users may give less: "with all their ratings".
   * @param most Of its values that items had: "with at most 5 of their ratings"; 0 where it is missing.
   */
  readonly whenMeasured?: (noun: string, most?: number) => string;
}

export interface LinkCode<Value> {
  write(value: Value): string;
  /** @returns What `fill` takes. @throws InputError naming the input */
  read(text: string, name: string): unknown;
}

/** Where an input is on the page, and what it is called there. */
export interface InputContext<Spec> {
  readonly name: string;
  readonly spec: Spec;
  /** In a sentence: "title". */
  readonly noun: string;
  readonly nouns: Nouns;
  /** An id of its own for a part of the input: "title-error". Without a part, for its control. */
  id(part?: string): string;
}

export interface FieldContext<Spec> extends InputContext<Spec> {
  /** The control's label: "Movie title". */
  readonly label: string;
  /** What the form is in: a page, or an element of another site's. */
  readonly root: Document | ShadowRoot;
  /** What other inputs are called in a sentence. */
  readonly nounOf: (name: string) => string;
  readonly placeholder: string | undefined;
  /** In place of the type's own hint. */
  readonly hint: string | undefined;
  /** To be called when the value has changed. */
  readonly onChange: () => void;
  /** To be called when a file was given that is still to be read. */
  readonly onGiven: () => void;
  readonly showError: (message: string | undefined) => void;
  /** Hands the input's file to the model. @throws CallError */
  readonly give: (
    file: Blob | undefined,
    onProgress: (done: number, total: number) => void,
  ) => Promise<FileInfo | undefined>;
}

export interface Field<Value> {
  readonly element: HTMLElement;
  /** As wide as what belongs in it, beside others of its group: a number. */
  readonly isShort?: boolean;
  /** Gets `aria-invalid`. */
  readonly control?: HTMLElement;
  /** Shown below all fields of the group. */
  readonly hint?: HTMLElement;
  focus(): void;
  /** undefined where there is none. @throws InputError naming the input */
  read(): Value | undefined;
  /** Replaces what is there; undefined removes it. Of a file: the file, which may still be made. */
  fill(value: unknown): void;
  /** Told of every change of the form, so that a field can follow others. */
  readonly follow?: (item: Item) => void;
  /** What is entered, right or wrong, as `link.write` takes it; default: what `read` returns, where nothing is wrong. */
  readonly entered?: () => Value | string | undefined;
  /** What a reload brings back, of which JSON can be made; default: what is entered. */
  readonly keep?: () => unknown;
  /** Fills the field with what `keep` returned; default: `fill`. */
  readonly restore?: (kept: unknown) => void;
  /** The file that was given last, unless it was refused. */
  readonly file?: () => GivenFile | undefined;
  /** What the file looks like. */
  readonly picture?: () => Picture | undefined;
}

/** A file, which may still be made, or be looked for. */
export type GivenFile = Blob | Promise<Blob | undefined>;

export interface ExplanationContext<Spec> extends InputContext<Spec> {
  /** Whether other inputs have such a part, too. */
  readonly isOneOfSeveral: boolean;
  readonly target: TargetView;
  readonly field: Field<unknown>;
  /** Asks the model what each part of the input's file changes for the item that is shown. */
  readonly occlude: (options: CallOptions) => Promise<OcclusionMap>;
}

export interface ExplanationPanel {
  readonly element: HTMLElement;
  show(answer: ItemAnswer): void;
}
