/** One column -> the type of input that it is, by the first of the rules that holds. */

import type { InputType } from "../description.ts";
import { canBeIds, describeMistakes, idNameOf, isAlwaysId, isNearlyUnique } from "./ids.ts";
import { type ColumnProfile, EITHER_POINT, type Kind, MAX_DISTINCT } from "./profile.ts";

export interface Choice {
  /** Undefined: the column is left out. */
  readonly type: InputType | undefined;
  readonly options?: {
    readonly separator?: string;
    readonly pattern?: string;
    readonly spaces?: false;
    readonly decimal?: ",";
    readonly features?: 1;
  };
  /** Why, for the report. */
  readonly reason: string;
  /** What is not certain, for the description. */
  readonly comment?: string;
}

/** Share of a column's values that make it what they are. */
const NEARLY_ALL = 0.98;
const MOST = 0.8;
const HALF = 0.5;
/** Integers that are fewer than these may be codes. */
const FEW_CODES = 12;
/** Words of a category or label, on average. */
const MAX_CATEGORY_WORDS = 4;
/** Rows per category, on average, below which a column is text rather than categories. */
const MIN_PER_CATEGORY = 2;
/** Numbers that may be thousands, for one that shows that they are. */
const FEW_CERTAIN = 50;
/** Categories of which nearly every item has its own teach little. */
const MANY_CATEGORIES = 1000;

/** The year of a date. */
const YEAR = "(\\d{4})";

/** The rules, in order; a rule that does not hold gives undefined. */
const RULES: readonly ((profile: ColumnProfile) => Choice | undefined)[] = [
  ({ rows, missing }) =>
    missing === rows ? { type: undefined, reason: "it has no value at all" } : undefined,
  ({ counts, rows }) =>
    counts?.length === 1 && rows > 1
      ? { type: undefined, reason: `it is constant (${JSON.stringify(counts[0]![0])})` }
      : undefined,
  chooseSequence,
  (profile) =>
    isNested(profile)
      ? {
          type: undefined,
          reason: "objects, or lists in lists",
          comment:
            "Left out: its values are objects or lists in lists, which no input has; make a column of each thing in them that matters.",
        }
      : undefined,
  chooseList,
  (profile) =>
    share(profile, "image") >= MOST
      ? { type: "image", reason: percent(share(profile, "image"), "are names or bytes of images") }
      : undefined,
  chooseId,
  chooseComma,
  chooseThousands,
  chooseNumber,
  chooseDate,
  chooseSeparated,
  chooseCategory,
];

/** @returns The type of input that a column looks like; text if nothing else. */
export function chooseType(profile: ColumnProfile): Choice {
  for (const rule of RULES) {
    const choice = rule(profile);
    if (choice) return choice;
  }
  if (profile.unspaced) {
    return {
      type: "text",
      options: { spaces: false },
      reason: "texts without spaces between words",
      comment:
        'There are no spaces between words, or so it looks: by "spaces": false, characters that stand together are read as well (n-grams).',
    };
  }
  return { type: "text", reason: `${profile.words.toFixed(1)} words on average` };
}

/** Whether a column's values are lists. */
export function isList(profile: ColumnProfile): boolean {
  return share(profile, "list") >= HALF;
}

/** Whether a column has objects, or lists in lists. */
export function isNested(profile: ColumnProfile): boolean {
  return share(profile, "nested") >= HALF;
}

function share({ kinds, rows, missing, noValue }: ColumnProfile, kind: Kind): number {
  const without = [...noValue.values()].reduce((sum, count) => sum + count, 0);
  return kinds[kind] / Math.max(1, rows - missing - without);
}

function percent(part: number, what: string): string {
  return `${(100 * Math.min(1, part)).toFixed(part >= 1 ? 0 : 1)} % ${what}`;
}

/** Numbers of one list are one step, unless the lists differ in length. */
function chooseSequence(profile: ColumnProfile): Choice | undefined {
  if (share(profile, "numbers") < NEARLY_ALL) return undefined;
  const isSeries = profile.lengthsDiffer && share(profile, "flat") >= HALF;
  if (!isSeries) return { type: "sequence", reason: "lists or arrays of numbers" };
  return {
    type: "sequence",
    options: { features: 1 },
    reason: "lists of numbers that differ in length: each number is a step",
  };
}

/** What is no list among them is one value. */
function chooseList(profile: ColumnProfile): Choice | undefined {
  if (!isList(profile)) return undefined;
  const { kinds, rows, missing } = profile;
  if (share(profile, "list") >= NEARLY_ALL) return { type: "category", reason: "lists" };
  const others = rows - missing - kinds.list;
  return {
    type: "category",
    reason: percent(share(profile, "list"), "are lists"),
    comment: `${others} values are not lists: each is taken for one value; correct them, or list them under "missing".`,
  };
}

/** Ids tell items apart, which a model must not learn. */
function chooseId(profile: ColumnProfile): Choice | undefined {
  const { name, repeated, rows } = profile;
  if (idNameOf(name) === undefined || !canBeIds(profile)) return undefined;
  const mistakes = describeMistakes(profile);
  if (rows > 1 && isNearlyUnique(profile)) {
    return {
      type: undefined,
      reason: `ids of something${mistakes === "" ? "" : `; ${mistakes}`}`,
      comment: `Left out: it looks like an id of something else${mistakes === "" ? "" : `, although ${mistakes}`}.`,
    };
  }
  if (!isAlwaysId(name)) return undefined;
  return {
    type: undefined,
    reason: `named like an id, but ${mistakes}`,
    comment: `Left out: it is named like an id, but ${mistakes}.${repeated === 0 ? "" : ` If such rows belong together, name it as the "group" of "split".`}`,
  };
}

/**
 * A few numbers with a comma among others with a point are mistakes, also where three digits follow each point, before which
 * it may be between thousands.
 */
function chooseComma(profile: ColumnProfile): Choice | undefined {
  const { kinds, rows, missing } = profile;
  const part = share(profile, "comma");
  const certain = kinds.surelyComma + kinds.points;
  const against = kinds.point - kinds.eitherPoint;
  const few = kinds.eitherPoint / FEW_CERTAIN;
  if (part < MOST || certain === 0 || certain < against || certain < few) return undefined;
  const others = rows - missing - kinds.comma;
  return {
    type: "number",
    options: { decimal: "," },
    reason: "numbers with a decimal comma",
    comment: `The comma is before the decimals here, and points group digits ("1.234,5" is 1234.5), or so it looks; predictions read texts so, too, and numbers of JSON as they are.${part < NEARLY_ALL ? ` ${others} values are not numbers; correct them, or list them under "missing".` : ""}`,
  };
}

/** Numbers below a thousand have no commas, and may be most of the column. */
function chooseThousands(profile: ColumnProfile): Choice | undefined {
  const { number, thousands } = profile.kinds;
  if (thousands === 0 || share(profile, "number") + share(profile, "thousands") < MOST) {
    return undefined;
  }
  const what = `commas between thousands ("1,234" for 1234), which are not read; write the numbers without them`;
  if (share(profile, "number") >= MOST) {
    const some = thousands === 1 ? "1 value has" : `${thousands} values have`;
    const reason = `numbers from ${profile.min} to ${profile.max}`;
    return { type: "number", reason, comment: `${some} ${what}.` };
  }
  return {
    type: undefined,
    reason: `numbers, ${thousands} of ${number + thousands} with commas between thousands`,
    comment: `Left out: its numbers have ${what}, and declare it as a "number".`,
  };
}

function chooseNumber(profile: ColumnProfile): Choice | undefined {
  const { counts, kinds, rows, missing } = profile;
  const part = share(profile, "number");
  if (part < MOST) return undefined;
  const range = `numbers from ${profile.min} to ${profile.max}`;
  const integers = kinds.integer === kinds.number;
  const either = describeEitherPoint(profile);
  const comments = [
    ...(part < NEARLY_ALL
      ? [
          `${rows - missing - kinds.number} values are not numbers; correct them, or list them under "missing".`,
        ]
      : integers && counts && counts.length <= FEW_CODES && rows > 2 * FEW_CODES
        ? [
            `Only ${counts.length} whole numbers occur; if they are codes rather than amounts, make it a category.`,
          ]
        : []),
    ...(either === undefined ? [] : [either]),
  ];
  return {
    type: "number",
    reason: range,
    ...(comments.length > 0 ? { comment: comments.join(" ") } : {}),
  };
}

/** What to do if points are between thousands, as a sentence; undefined where they are not, or surely before decimals. */
export function describeEitherPoint({ kinds, counts }: ColumnProfile): string | undefined {
  const { point, eitherPoint } = kinds;
  if (eitherPoint === 0 || point > eitherPoint) return undefined;
  const [text] = counts?.find(([value]) => EITHER_POINT.test(value)) ?? ["1.234"];
  const some = eitherPoint === 1 ? "1 value has" : `${eitherPoint} values have`;
  return `${some} a point before three digits ("${text}"), which is read as a decimal point; if points are between thousands ("${text}" for ${text.replace(".", "")}), say "decimal": ",".`;
}

export const UNREADABLE_LISTS: Choice = {
  type: undefined,
  reason: "texts in brackets, which are no lists in JSON",
  comment:
    'Left out: its values are in brackets, but cannot be read as lists; write them as JSON (["a", "b"]), or without brackets and with | between them.',
};

/** Two digits may be those of a year in any century. */
function chooseDate(profile: ColumnProfile): Choice | undefined {
  if (share(profile, "date") < MOST) return undefined;
  const { shortYear } = profile.kinds;
  if (share(profile, "date") - share(profile, "shortYear") < MOST) {
    return {
      type: undefined,
      reason: "dates with years of two digits",
      comment:
        'Left out: its dates have years of two digits, whose century is not certain; write years with four, as in "2021-11-05", or add a column with what matters of the dates.',
    };
  }
  const some = shortYear === 1 ? "1 value has" : `${shortYear} values have`;
  return {
    type: "number",
    options: { pattern: YEAR },
    reason: "dates; their years are numbers",
    comment: `The model gets only the year of these dates; if the month or the day matters, add a column with it.${shortYear > 0 ? ` ${some} a year of two digits, which is not read.` : ""}`,
  };
}

/** Several short parts in most of the cells, from a vocabulary of their own. */
function chooseSeparated(profile: ColumnProfile): Choice | undefined {
  const values = profile.rows - profile.missing;
  for (const [separator, { cells, parts, distinct, words }] of profile.separators) {
    const several = cells >= Math.max(2, values / 50);
    // Commas and semicolons also occur in ordinary text, where the parts hardly repeat.
    const least = separator === "|" ? MIN_PER_CATEGORY : 2 * MIN_PER_CATEGORY;
    const repeats = distinct < MAX_DISTINCT && parts >= least * distinct;
    const certain = repeats || (separator === "|" && cells >= values / 10);
    if (!several || !certain || words > MAX_CATEGORY_WORDS) continue;
    if (share(profile, "brackets") >= HALF) return UNREADABLE_LISTS;
    return {
      type: "category",
      options: { separator },
      reason: `${distinct} short texts, separated by "${separator}"`,
      ...(separator === ","
        ? { comment: "Commas seem to separate several values here; please check." }
        : {}),
    };
  }
  return undefined;
}

function chooseCategory(profile: ColumnProfile): Choice | undefined {
  const { counts, rows, missing, words } = profile;
  const values = rows - missing;
  if (!counts || words > MAX_CATEGORY_WORDS || values < MIN_PER_CATEGORY * counts.length) {
    return undefined;
  }
  return {
    type: "category",
    reason: `${counts.length} short texts that repeat`,
    ...(counts.length > MANY_CATEGORIES
      ? { comment: `${counts.length} categories, many of them rare; text may serve better.` }
      : {}),
  };
}
