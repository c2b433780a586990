/** Checks the names of an input file's columns or keys: a misspelt one would silently leave an input out. */

import { distance } from "fastest-levenshtein";
import type { InputSpecs } from "../../predictor/inputs/types.ts";

/** The columns that a file may have: the row's own name, the inputs, and what these are called in the training table. */
export function columnsOf(inputs: InputSpecs): string[] {
  const ofTable = Object.values(inputs).flatMap(({ column }) => column ?? []);
  return [...new Set(["id", ...Object.keys(inputs), ...ofTable])];
}

/**
 * The column or key that has each input: the one of its own name, or else that of the training table. A name that is one
 * input's own and another's in the table is the other's, where the table's columns are there for both.
 */
export function fieldsOf(
  names: readonly string[],
  inputs: InputSpecs,
): ReadonlyMap<string, string> {
  const owners = new Map(Object.entries(inputs).map(([name, { column }]) => [column, name]));
  const fieldOf = (name: string, column: string | undefined): string => {
    // Every file may have ids, which are no reason to read an input from them.
    if (column === undefined || column === "id" || !names.includes(column)) return name;
    return names.includes(name) && (owners.get(name) ?? name) === name ? name : column;
  };
  return new Map(Object.entries(inputs).map(([name, { column }]) => [name, fieldOf(name, column)]));
}

/** Maximum edit distance to a known name at which a name counts as misspelt. */
const SLIP = 2;

export interface ColumnCheck {
  /** @returns Which of the names is misspelt; undefined if none is. */
  check(names: readonly string[]): string | undefined;
  /** Tells of those that are not known: of rows that may have different keys, a near one may be right elsewhere. */
  ignore(names: readonly string[]): void;
}

/** @param onIgnored Called once for each name that is not known. */
export function createColumnCheck(
  inputs: InputSpecs,
  onIgnored: (name: string) => void,
): ColumnCheck {
  const known = columnsOf(inputs);
  const told = new Set<string>(known);
  return {
    check(names) {
      // What is there under its own name is not misspelt elsewhere, whatever the training table calls it.
      const there = Object.entries(inputs).flatMap(([name, { column }]) =>
        names.includes(name) && column !== undefined ? [column] : [],
      );
      for (const name of names) {
        if (known.includes(name)) continue;
        const near = known.find(
          (other) =>
            !names.includes(other) &&
            !there.includes(other) &&
            isSlip(name.toLowerCase(), other.toLowerCase()),
        );
        if (near !== undefined) return `"${name}" is not known; did you mean "${near}"?`;
      }
      return undefined;
    },
    ignore(names) {
      for (const name of names) {
        if (told.has(name)) continue;
        told.add(name);
        onIgnored(name);
      }
    },
  };
}

/** Short names are excluded: they are within two letters of many other words. */
function isSlip(name: string, known: string): boolean {
  return known.length > SLIP + 1 && distance(name, known) <= SLIP;
}
