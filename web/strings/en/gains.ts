/** What each missing group of inputs would add. */

import { formatsOf } from "../formats.ts";
import { withThe } from "./grammar.ts";

const { list, number } = formatsOf("en");

export const gains = {
  add: (noun: string) => `Add ${withThe(noun)}`,
  addMore: (noun: string) => `Add more ${noun}`,
  /** A figure that is reached with so many values. */
  reachedWith: (value: string, count: number) => `${value} with ${number(count)}`,
  /** @param add What `add` or `addMore` say. @param figure "ranking precision" */
  hardly: (add: string, figure: string, from: string, to: string) =>
    `${add}: ${figure} hardly changes (${from} to ${to}).`,
  rises: (add: string, figure: string, from: string, to: readonly string[]) =>
    `${add}: ${figure} rises from ${from} to ${list(to)}.`,
  falls: (add: string, figure: string, from: string, to: readonly string[]) =>
    `${add}: ${figure} falls from ${from} to ${list(to)}.`,
  /** The next three complete what a figure means. */
  withAll: (noun: string) => `with all their ${noun}`,
  withAtMost: (most: number, noun: string) =>
    `with at most ${number(most)} of their ${noun}, by users that the model knows`,
  withNone: (noun: string) => `and ${noun} by users that the model knows`,
};
