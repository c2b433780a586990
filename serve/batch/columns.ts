/** Checks the names of an input file's columns or keys: a misspelt one would silently leave an input out. */

import { distance } from "fastest-levenshtein";
import type { InputSpecs } from "../../predictor/inputs/types.ts";

/** The columns that a file may have, in any case: the row's own name and the inputs. */
export function columnsOf(inputs: InputSpecs): string[] {
  return ["id", ...Object.keys(inputs)];
}

/** Maximum edit distance to a known name at which a name counts as misspelt. */
const SLIP = 2;

/** The same, and what inputs are called in the table that the model was trained on. */
export function knownColumns(inputs: InputSpecs): string[] {
  const ofTable = Object.values(inputs).flatMap(({ column }) => column ?? []);
  return [...new Set([...columnsOf(inputs), ...ofTable])];
}

/**
 * The column or key that has each input: of a row of the training table by the names that it has there, of any other by
 * the input's own.
 */
export function fieldsOf(
  names: readonly string[],
  inputs: InputSpecs,
): ReadonlyMap<string, string> {
  const isTable = Object.values(inputs).some(
    ({ column }) =>
      column !== undefined && !Object.hasOwn(inputs, column) && names.includes(column),
  );
  return new Map(
    Object.entries(inputs).map(([name, { column = name }]) => [name, isTable ? column : name]),
  );
}

export interface ColumnCheck {
  /** @returns Which of the names is misspelt; undefined if none is. */
  check(names: readonly string[]): string | undefined;
  /** Tells of those that are not known: of rows that may have different keys, a near one may be right elsewhere. */
  ignore(names: readonly string[]): void;
}

/** @param columns The known names. @param onIgnored Called once for each name that is not known. */
export function createColumnCheck(
  columns: readonly string[],
  onIgnored: (name: string) => void,
): ColumnCheck {
  const told = new Set<string>(columns);
  return {
    check(names) {
      for (const name of names) {
        if (columns.includes(name)) continue;
        // What is there under its own name is not misspelt elsewhere.
        const near = columns.find(
          (known) => !names.includes(known) && isSlip(name.toLowerCase(), known.toLowerCase()),
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
