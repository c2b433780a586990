/** The answer, what is around it, and the page's heading. */

import { capital, uncapital } from "../capital.ts";
import { formatsOf } from "../formats.ts";
import { isPlural, withA, withThe } from "./grammar.ts";

const { list, percent } = formatsOf("en");

export const answer = {
  /** @param groups What it is predicted from. */
  documentTitle: (item: string, predicted: string, groups: readonly string[]) =>
    `Marquee: ${item} ${predicted} from ${list(groups)}`,
  intro: (groups: readonly string[]) => {
    const known = groups.map(withA).join(", ");
    return `Enter ${groups.length > 1 ? `what you know: ${known}, or all of them` : known}. Everything is computed on this device, and nothing you enter leaves it.`;
  },
  synthetic: (items: string) =>
    `This model was trained on made-up ${items}. Its answers say nothing about real ones.`,
  clear: "Clear",
  clearAll: "Clear everything",
  tryMadeUp: (item: string) => `Try ${withA(`made-up ${item}`)}`,
  fillInExample: "Fill in an example",

  heading: "Answer",
  exampleHeading: "Example of an answer",
  idle: (item: string) =>
    `The answer appears here as soon as you enter something about the ${item}.`,
  /** @param known What is known of the example's item. */
  example: (item: string, known: readonly string[]) =>
    `This is an example: the answer for ${withA(`made-up ${item}`)} of which the model knows ${list(known)}. Yours takes its place as soon as you enter something.`,
  /** @param label Of a verdict. */
  exampleVerdict: (label: string) => `Example: ${uncapital(label)}`,
  lastAnswer: "The last answer was",
  couldNotAnswer: (reason: string) => `The model could not answer: ${reason}`,
  /** "The title is too long"; "Tags: has 3 values", as what is wrong is said of one thing. */
  sentenceOn: (noun: string, detail: string) =>
    isPlural(noun) ? `${capital(noun)}: ${detail}` : `The ${noun} ${detail}`,

  answerColumn: "Answer",
  weight: "Weight",
  change: "Change",
  first: "First",
  second: "Second",

  jsonCopied: "JSON copied",
  linkCopied: "Link copied",
  /** @param parts Of `tooLong` and `neverLeaves`. */
  linkCopiedWithout: (parts: readonly string[]) => `Link copied, without ${list(parts)}`,
  tooLong: (noun: string) => `${withThe(noun)} (too long for a link)`,
  neverLeaves: (noun: string) => `${withThe(noun)}, which never leaves this device`,
  copyThis: "Copy this:",

  modelCard: "Model card",
  report: "Training report",
  source: "Source code",
};

export const targets = {
  whichClass: (label: string, item: string) => `Which ${label} does this ${item} belong to?`,
  whatLabels: (labels: string, item: string) => `What ${labels} does this ${item} belong to?`,
  whatNumber: (name: string, item: string) => `What is the ${name} of this ${item}?`,

  modelSays: "The model says",
  notSure: "Not sure. Best guess:",
  /** More probable labels that are not part of the answer. */
  passed: (labels: readonly { label: string; probability: number; threshold: number }[]) => {
    const parts = labels.map(
      ({ label, probability, threshold }) =>
        `${label} (${percent(probability, 1)}, threshold ${percent(threshold, 1)})`,
    );
    const [are, their] = labels.length === 1 ? ["is", "its"] : ["are", "their"];
    return `${list(parts)} ${are} likely, too, but below ${their} threshold.`;
  },
  mostProbableFirst: (labels: string) => `${capital(labels)}, most probable first`,
  showAll: (count: number, labels: string) => `Show all ${count} ${labels}`,
  showFewer: "Show fewer",
  /** The next three for screen readers, after a probability. */
  isAnswer: ", the answer",
  reaches: ", reaches its threshold",
  threshold: (probability: number) => `, threshold ${percent(probability)}`,
  /** After the mark itself. */
  marksThreshold: (label: string, labels: string) =>
    ` marks each ${label}'s threshold. The ${labels} that reach theirs are the answer.`,
  changeInPoints: "change in percentage points",
  probabilityWithout: "probability without it",
  probabilityAlone: "probability from it alone",
  /** For screen readers, after a number. */
  points: " points",
  accuracy: "accuracy",
  accuracyMeaning: (items: string) => `Share of right answers (0 to 1), measured on test ${items}`,
  ranking: "ranking precision",
  rankingMeaning: (items: string, labels: string) =>
    `Mean average precision of the top five ${labels} (0 to 1), measured on test ${items}`,
  itsProbability: (label: string) => `the ${label}'s probability`,
  againstFor: (label: string): readonly [string, string] => [
    `against the ${label}`,
    `for the ${label}`,
  ],
  nothingSupports: (noun: string, label: string) => `No part of the ${noun} supports ${label}.`,
  /** @param points How much a probability falls, in percentage points. */
  mattersMost: (place: string, label: string, points: string) =>
    `The ${place} matters most for ${label}: covering it lowers the probability by ${points} points.`,

  scale: (items: string, min: string, max: string) =>
    `The scale is the range of the ${items} that the model was trained on: ${min} to ${max}.`,
  changeOf: (name: string) => `change of the ${name}`,
  valueWithout: (name: string) => `${name} without it`,
  valueAlone: (name: string) => `${name} from it alone`,
  predicted: "Predicted",
  meanError: "mean error",
  meanErrorMeaning: (name: string, items: string) =>
    `Mean difference from the true ${name}, measured on test ${items}`,
  theNumber: (name: string) => `the ${name}`,
  lowersRaises: ["lowers it", "raises it"] as readonly [string, string],
  nothingRaises: (noun: string, name: string) => `No part of the ${noun} raises the ${name}.`,
  mattersMostForNumber: (place: string, name: string, by: string) =>
    `The ${place} matters most: covering it lowers the ${name} by ${by}.`,
};
