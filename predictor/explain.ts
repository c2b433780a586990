/** Explains an answer by predicting the item again without each group of inputs, and with each group alone. */

import type { Item } from "./inputs/inputType.ts";
import { type ItemFeatures, keepGroups, presentGroups } from "./item.ts";
import type { Prediction, Predictor } from "./predictor.ts";

export interface InputEffect {
  /** The answer from the item's other inputs. */
  readonly without: Prediction;
  /** The answer from this group of inputs. */
  readonly alone: Prediction;
}

export interface Explanation {
  readonly prediction: Prediction;
  /** Effects of the groups of inputs that the item has. */
  readonly inputs: Readonly<Record<string, InputEffect>>;
}

/**
 * Predicts, in one batch, the item, the item without each of its groups of inputs, and with each of them alone.
 *
 * @throws InputError naming the field that is wrong.
 */
export async function explainItem(predictor: Predictor, item: Item): Promise<Explanation> {
  const { inputs } = predictor;
  const features = predictor.encode(item);
  const present = presentGroups(features, inputs);
  const all = present.join();
  const variants = new Map<string, ItemFeatures>([[all, features]]);
  const variant = (kept: readonly string[]) => {
    const key = kept.join();
    if (!variants.has(key)) variants.set(key, keepGroups(features, inputs, kept));
    return key;
  };
  const wanted = present.map((group) => ({
    group,
    without: variant(present.filter((other) => other !== group)),
    alone: variant([group]),
  }));
  const predictions = await predictor.predictEncoded([...variants.values()]);
  const answers = new Map([...variants.keys()].map((key, i) => [key, predictions[i]!]));
  return {
    prediction: answers.get(all)!,
    inputs: Object.fromEntries(
      wanted.map(({ group, without, alone }) => [
        group,
        { without: answers.get(without)!, alone: answers.get(alone)! },
      ]),
    ),
  };
}
