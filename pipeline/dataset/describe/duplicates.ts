/** Values that occur more than once, within the table and across its split. */

import { hash53 } from "./hash.ts";
import type { ItemBatch, Side } from "./itemBatch.ts";

/** Values that are remembered; of larger tables, the first ones. */
const MAX_REMEMBERED = 5_000_000;
const EXAMPLES = 3;
const SIDE_CODES: readonly Side[] = [undefined, "train", "validation", "test"];

export interface Repeats {
  /** Rows that repeat an earlier one. */
  readonly repeated: number;
  /** Those of them that are on the other side of the split than the earlier one. */
  readonly across: number;
  /** "file:line" of the first few, those across the split first. */
  readonly examples: readonly string[];
  /** Whether the table had more rows than are remembered. */
  readonly partly: boolean;
}

export function createRepeats() {
  const sides = new Map<number, number>();
  const across: string[] = [];
  const within: string[] = [];
  let [repeated, crossing, partly] = [0, 0, false];
  return {
    add(value: string, batch: ItemBatch, row: number): void {
      const hash = hash53(value);
      const side = SIDE_CODES.indexOf(batch.sides[row]);
      const earlier = sides.get(hash);
      if (earlier === undefined) {
        if (sides.size < MAX_REMEMBERED) sides.set(hash, side);
        else partly = true;
        return;
      }
      repeated++;
      if (earlier !== side) crossing++;
      const examples = earlier !== side ? across : within;
      if (examples.length < EXAMPLES) examples.push(`${batch.file}:${batch.lines[row]}`);
    },
    result: (): Repeats => ({
      repeated,
      across: crossing,
      examples: [...across, ...within].slice(0, EXAMPLES),
      partly,
    }),
  };
}
