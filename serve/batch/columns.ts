/** Checks the names of an input file's columns or keys: a misspelt one would silently leave an input out. */

import { distance } from "fastest-levenshtein";
import type { InputSpecs } from "../../predictor/inputs/types.ts";

/** The columns that a file may have: the row's own name, the inputs, and what these are called in the training table. */
export function columnsOf(inputs: InputSpecs): string[] {
  const ofTable = Object.values(inputs).flatMap(({ column }) => column ?? []);
  return [...new Set(["id", ...Object.keys(inputs), ...ofTable])];
}

/** By input, the column or key of a file that has it. */
export type Fields = ReadonlyMap<string, string>;

/**
 * Makes the function that says which of a file's columns, or a row's keys, has each input: the one of its own name, or else
 * that of the training table. A name that is one input's own and another's in the table is the other's, where the table's
 * columns are there for both.
 */
export function fieldsOf(inputs: InputSpecs): (names: readonly string[]) => Fields {
  const entries = Object.entries(inputs);
  const own = new Map(entries.map(([name]) => [name, name]));
  // Every file may have ids, which are no reason to read an input from them.
  const renamed = entries.filter(([, { column }]) => column !== undefined && column !== "id");
  if (renamed.length === 0) return () => own;
  const owners = new Map(renamed.map(([name, { column }]) => [column, name]));
  return (names) => {
    const there = new Set(names);
    const elsewhere = renamed.flatMap(([name, { column }]) => {
      const isOwn = there.has(name) && (owners.get(name) ?? name) === name;
      return there.has(column!) && !isOwn ? [[name, column!] as const] : [];
    });
    return new Map([...own, ...elsewhere]);
  };
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
