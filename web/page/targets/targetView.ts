/** What the page has to know of a type of target: a new type is one file of this form, and a line in types.ts. */

import type { Nouns } from "../../../predictor/nouns.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";

/** @typeParam Spec What is predicted; the manifest's `target`. */
export interface PageTarget<Spec> {
  /** The page's heading. */
  question(spec: Spec, nouns: Nouns): string;
  createView(spec: Spec, nouns: Nouns): TargetView;
}

/** How the answer is shown. */
export interface TargetView {
  /** Below the answer in words: all scores, or a scale. */
  readonly element: HTMLElement;
  /** Shows the answer there. */
  show(answer: ItemAnswer): Verdict;
  /** The answer in a line, for screen readers and narrow screens. */
  summarise(answer: ItemAnswer): string;
  /** Ways to look at what a group of inputs changed, in words. */
  views(): Readonly<Record<View, string>>;
  /** What the rows of `effects` are: "Genre". */
  readonly effectsHead: string;
  effects(answer: ItemAnswer): readonly EffectRow[];
  /** Two answers beside each other, what matters to either of them first. */
  compare(first: ItemAnswer, second: ItemAnswer): readonly ComparedRow[];
  /** What a map of a file can be drawn for, in the answer's order. */
  outputs(answer: ItemAnswer): readonly string[];
  readonly map: MapWords;
  /** The bundle's figure from some groups of inputs, which the manifest may have. */
  readonly figure: Figure;
}

/** How a map of a file is drawn and described. */
export interface MapWords {
  /** What a part may lower: "the genre's probability". */
  readonly quantity: string;
  /** What the two ends of the colour scale mean. */
  readonly ends: readonly [lowers: string, raises: string];
  /** Smaller drops are not drawn in the strongest colour. */
  readonly notable: number;
  /** The part that matters most, in a sentence. */
  describe(most: MostImportant): string;
}

export interface MostImportant {
  /** One of `outputs`. */
  readonly output: string;
  /** Noun for the file: "poster". */
  readonly noun: string;
  /** "upper left" */
  readonly place: string;
  /** By how much the output falls where the place is covered. */
  readonly drop: number;
}

/** A figure of a model, from some of its groups of inputs. */
export interface Figure {
  /** @param groups Of inputs. */
  key(groups: readonly string[]): string;
  readonly better: "larger" | "smaller";
  /** Smaller changes are within its uncertainty. */
  readonly worthwhile: number;
  write(value: number): string;
  /** "ranking precision" */
  readonly name: string;
  /** What it means. */
  readonly meaning: string;
}

/** The answer in words. */
export interface Verdict {
  readonly label: string;
  readonly text: string;
  /** What else the reader should know: why something more probable is not part of it. */
  readonly note?: string;
}

export type View = "contribution" | "without" | "alone";

export interface EffectRow {
  readonly name: string;
  /** The answer itself. */
  readonly answer: string;
  cell(group: string, view: View): EffectCell;
}

/** What two answers say of one label, class or number. */
export interface ComparedRow {
  readonly name: string;
  readonly first: string;
  readonly second: string;
  /** From the first to the second. */
  readonly change: EffectCell;
}

export interface EffectCell {
  readonly text: string;
  /** For screen readers, after the text: " points". */
  readonly unit?: string;
  /** -1 to 1, how strong a change is; undefined for no change, or a negligible one. */
  readonly strength?: number;
}

/** "+3", "−3", "0": with a minus sign that is as wide as the plus. */
export function signed(value: number, text: (magnitude: number) => string): string {
  const magnitude = text(Math.abs(value));
  if (magnitude === text(0)) return magnitude;
  return `${value > 0 ? "+" : "−"}${magnitude}`;
}
