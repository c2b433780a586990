/** Which columns hold ids: those named so, unless their values are what ids never are. */

import type { ColumnProfile } from "./profile.ts";

/** Whole names of columns that have an id of the items, or of nothing. */
const ALWAYS = new Set(["id", "identifier", "sku", "uuid", "guid", "isbn", "asin"]);
/** Whole names of columns that have one if hardly a value repeats: a key may be that of a piece of music. */
const PERHAPS = new Set(["key", "index", "no", "nr"]);
/** Last words of names such as userID and item_no. */
const LAST = new Set(["id", "sku", "uuid", "guid", "isbn", "asin", "key", "no", "nr"]);
/** Names without a sign where the last word begins, which many other words end like ("paid"). */
const JOINED = /^(user|customer|item|product|movie|film|article|order|row|record|doc|document)id$/;
/** Part of the rows that may repeat an id, or have none, by mistake. */
const MISTAKES = 0.1;

/** "item": an id of the items by the column's whole name; "other": one of whatever the name says; undefined: no id. */
export type IdName = "item" | "other" | undefined;

/** Whether a column is named as ids are; capitals do not matter. */
export function idNameOf(name: string): IdName {
  const words = wordsOf(name);
  const [first = "", ...rest] = words;
  if (rest.length === 0) {
    return ALWAYS.has(first) || PERHAPS.has(first)
      ? "item"
      : JOINED.test(first)
        ? "other"
        : undefined;
  }
  return first === "id" || LAST.has(words.at(-1)!) ? "other" : undefined;
}

/** Whether a column is never anything but an id, even where its values repeat. */
export function isAlwaysId(name: string): boolean {
  const [first = "", ...rest] = wordsOf(name);
  return rest.length === 0 && ALWAYS.has(first);
}

/** "userID" -> user, id */
function wordsOf(name: string): string[] {
  const apart = name.replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2").toLowerCase();
  return apart.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

/** Whether values may be ids: not fractions, nor images that are named by the column. */
export function canBeIds({ kinds }: ColumnProfile): boolean {
  const isFraction = kinds.integer < kinds.number || kinds.surelyComma > 0;
  return !isFraction && kinds.image === 0 && kinds.numbers === 0;
}

/** Whether every row has a value of its own. */
export function isUnique({ repeated, missing, rows, kinds }: ColumnProfile): boolean {
  return repeated === 0 && missing === 0 && rows > 1 && kinds.inexact === 0;
}

/** Whether so many rows have a value of their own that those without are mistakes. */
export function isNearlyUnique(profile: ColumnProfile): boolean {
  const { repeated, missing, rows, counts, kinds } = profile;
  // Numbers that differ may be read as the same.
  if (kinds.inexact > 0) return true;
  if (repeated === undefined || counts?.length === 1) return false;
  return repeated + missing <= Math.max(1, MISTAKES * rows);
}

/** "2 rows have a value that an earlier row has, 1 row has none"; "" where there are none. */
export function describeMistakes({ repeated, missing, kinds }: ColumnProfile): string {
  const rows = (count: number) => `${count} ${count === 1 ? "row has" : "rows have"}`;
  return [
    ...(repeated === 0
      ? []
      : [
          `${repeated === undefined ? "many rows have" : rows(repeated)} a value that an earlier row has`,
        ]),
    ...(kinds.inexact === 0
      ? []
      : [
          `${rows(kinds.inexact)} a number beyond ±(2^53 - 1), of which the last digits are lost unless it is in quotes`,
        ]),
    ...(missing === 0 ? [] : [`${rows(missing)} none`]),
  ].join(", ");
}
