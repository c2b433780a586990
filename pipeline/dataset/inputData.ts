/** What the data set has to know of a type of input: a new type has a row of this form in `pipeline/inputs/TYPE/data.ts`. */

import * as z from "zod";
import type { IssueList } from "./issues.ts";
import type { NamingTable, NoFile } from "./namedFile.ts";
import { column } from "./tables/schema.ts";
import type { Cell } from "./tables/table.ts";
import type { User, Value } from "./values.ts";

/** What most inputs share in a description. */
export const READ = {
  column: column.optional().describe("default: the input's own name"),
};
export const GROUPED = {
  group: z.string().min(1).optional().describe("inputs of one group share a tower"),
};

/** Something wrong, and where in the description. */
export interface DescriptionIssue {
  readonly path: readonly PropertyKey[];
  /** Continues a sentence that begins with the path, e.g. ": expected ..." or " must ...". */
  readonly message: string;
}

/** Inputs of a description by name, as far as other inputs look at them. */
export type InputTypes = Readonly<Record<string, { readonly type: string }>>;

/**
 * A cell as a value (`made`: the path of a file that was written from the cell); why its row cannot be used, the rest of a
 * sentence; or that there is no file of its name.
 */
export type CellValue =
  | { readonly value: Value | undefined; readonly made?: true }
  | { readonly problem: string }
  | { readonly absent: NoFile };

/** Where a cell is, and how the description reads it. */
export interface CellPlace extends NamingTable {
  /** Name of the input. */
  readonly name: string;
  /** The cell's column. */
  readonly column: string;
  /** Folder for files that are written from cells. */
  readonly cache: string;
  /** Texts that mean: no value. */
  readonly missing: ReadonlySet<string>;
  /** What the cells of the input have told so far: one object for all of them. */
  readonly seen: Record<string, unknown>;
}

/** Where the values are that stand in a table of their own. */
export interface OwnTable {
  /** Field of the input in the description, for errors. */
  readonly field: string;
  readonly root: string;
  readonly missing: ReadonlySet<string>;
  readonly issues: IssueList;
}

/**
 * @typeParam Input As the description has it.
 * @typeParam Declared What is known of the input before anything is fitted.
 */
export interface InputData<Input, Declared> {
  /** Schema of the input in a description. */
  readonly schema: z.ZodType<Input> & { readonly shape: Readonly<Record<string, z.ZodType>> };
  /** The column of the items' table that the input reads; undefined: it reads none. */
  column(name: string, input: Input): string | undefined;
  /** What does not go together with the other inputs. */
  readonly issues?: (name: string, input: Input, inputs: InputTypes) => readonly DescriptionIssue[];
  /** Whether the graph has an input of the input's own name, which must then differ from the graph's other names. */
  readonly namesGraphInput?: true;
  /** Names that the graph makes of an input's, where two inputs' may be the same. */
  readonly graphNames?: (name: string) => readonly string[];
  /** Types of inputs of which one may stand beside an input of this type, in its tower. */
  readonly takesBeside?: readonly string[];
  /** Why none may, where that is not plain: the rest of a sentence. */
  readonly whyAlone?: string;
  /**
   * Only of types whose inputs may be read one after another, by one tower: why two are not, the rest of a sentence after
   * the name of their group; undefined if they are.
   */
  readonly apart?: (first: Declared, other: Declared) => string | undefined;
  /** @throws InputError naming the key of what cannot be trained. */
  declare(name: string, input: Input): Declared;
  /** Reads a cell that has a value. */
  readonly read?: (given: Cell, input: Input, place: CellPlace) => CellValue;
  /** The name of a file that a cell has in place of a value; undefined where the value is in the table. */
  readonly fileName?: (given: Cell) => string | undefined;
  /** Reads values from a table of their own: one per item, by the items' ids. */
  readonly readTable?: (
    input: Input,
    table: OwnTable,
    ids: readonly string[],
  ) => Promise<{ users: User[]; values: Value[] }>;
}
