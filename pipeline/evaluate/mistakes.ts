/** The items that a model gets most wrong, by name: what to look at before the next training. */

import type { EncodedMovie } from "../fit/prepare.ts";
import { gain } from "../targets/metric.ts";
import type { Decisions, Scored } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { formatScore } from "./table.ts";

/** Plain JSON. */
export interface Mistake {
  /** The item's first text, or its id. */
  readonly name: string;
  readonly truth: string;
  readonly answer: string;
  /** The target's metric of this item. */
  readonly score: string;
}

export interface WorstItemsOptions {
  /** Scores from all inputs. */
  readonly scored: Scored;
  readonly decisions: Decisions;
  readonly movies: readonly EncodedMovie[];
  /** Names of the inputs with texts, of which the first is an item's name. */
  readonly texts: readonly string[];
  /** Most items in the list. */
  readonly count: number;
}

/** Longest name shown, in characters. */
const MAX_NAME = 80;

/**
 * The worst items first; of equally bad ones, that whose scores are farthest from the truth. Those that the metric finds
 * nothing wrong with are left out.
 */
export function worstItems(options: WorstItemsOptions): Mistake[] {
  const { scored, decisions, movies, texts, count } = options;
  const { scores, truth, target } = scored;
  const { metric, describe } = rulesOf(target);
  const width = target.outputs.length;
  const values = metric.perItem(scores, truth, width);
  const perfect = metric.better === "larger" ? 1 : 0;
  const ranked = [...values.keys()]
    .filter((item) => !Number.isNaN(values[item]!) && values[item] !== perfect)
    .map((item) => {
      let distance = 0;
      for (let at = item * width; at < (item + 1) * width; at++) {
        distance += Math.abs(scores[at]! - truth[at]!);
      }
      return { item, distance };
    })
    .sort(
      (a, b) =>
        gain(metric, values[a.item]!, values[b.item]!) ||
        b.distance - a.distance ||
        a.item - b.item,
    );
  return ranked.slice(0, count).map(({ item }) => ({
    name: nameOf(movies[item]!, texts),
    ...describe(scored, item, decisions),
    score: formatScore(values[item]!),
  }));
}

function nameOf({ source: { id, values } }: EncodedMovie, texts: readonly string[]): string {
  const given = texts.map((input) => values[input]).find((value) => value !== undefined);
  const name = typeof given === "string" && given !== "" ? given : id;
  const characters = [...name];
  return characters.length > MAX_NAME ? `${characters.slice(0, MAX_NAME - 1).join("")}…` : name;
}
