/** Columns that give the target away: those of which the values determine it nearly one to one. */

import type { Description } from "../description.ts";
import { bytesOf, type Decimal, isMissing, toList, toNumber, toText } from "../tables/values.ts";
import { hash53 } from "./hash.ts";
import type { ItemBatch } from "./itemBatch.ts";

/** Pairs of a value and a target that are counted per column; a column with more determines little. */
const MAX_PAIRS = 100_000;
/** Fewer rows show nothing, nor do values that a smaller share of the rows has in common with others. */
const MIN_ROWS = 20;
const MIN_SHARE = 0.1;
/** Part of what the most frequent target alone gets wrong that a column has to get right. */
const TELLING = 0.95;
const TELLING_CORRELATION = 0.99;
const MAX_TEXT = 200;

export interface Leak {
  readonly column: string;
  /** Continues a sentence that begins with the column. */
  readonly message: string;
}

/** @param decimals How numbers of columns are written, where the description says so. */
export function createLeakCheck(
  target: Description["target"],
  columns: readonly string[],
  decimals: ReadonlyMap<string, Decimal>,
) {
  const pairs = columns.map(createPairs);
  const correlations =
    target.type === "number"
      ? columns.map((column) => createCorrelation(column, decimals.get(column), target.decimal))
      : [];
  return {
    add(batch: ItemBatch): void {
      const separator = target.type === "labels" ? target.separator : undefined;
      const targets = batch.columns.get(target.column)!.map((cell) => {
        if (isMissing(cell, batch.missing)) return undefined;
        return target.type === "labels"
          ? toList(cell, separator, batch.missing).sort().join("\u0000")
          : toText(cell).trim();
      });
      for (const check of [...pairs, ...correlations]) check.add(batch, targets);
    },
    result: (): Leak[] =>
      columns.flatMap((column, i) => {
        const message = pairs[i]!.verdict() ?? correlations[i]?.verdict();
        return message === undefined ? [] : [{ column, message }];
      }),
  };
}

interface Check {
  add(batch: ItemBatch, targets: readonly (string | undefined)[]): void;
  /** What gives the column away; undefined if nothing does. */
  verdict(): string | undefined;
}

/** A missing value is a value like others: that it is missing may tell the target. */
function createPairs(column: string): Check {
  let counts: Map<string, Map<string, number>> | undefined = new Map();
  let [pairs, rows] = [0, 0];
  const targetCounts = new Map<string, number>();
  return {
    add(batch, targets) {
      for (const [row, cell] of batch.columns.get(column)!.entries()) {
        const target = targets[row];
        if (!counts || target === undefined || bytesOf(cell)) continue;
        const text = toText(cell);
        const value = text.length > MAX_TEXT ? String(hash53(text)) : text;
        const ofValue = counts.get(value) ?? new Map<string, number>();
        counts.set(value, ofValue);
        if (!ofValue.has(target)) pairs++;
        ofValue.set(target, (ofValue.get(target) ?? 0) + 1);
        targetCounts.set(target, (targetCounts.get(target) ?? 0) + 1);
        rows++;
        if (pairs > MAX_PAIRS) counts = undefined;
      }
    },
    verdict() {
      if (!counts || rows < MIN_ROWS || counts.size < 2) return undefined;
      let [shared, right] = [0, 0];
      for (const ofValue of counts.values()) {
        const found = [...ofValue.values()];
        const size = found.reduce((sum, count) => sum + count, 0);
        // A value of one row determines its target by being alone.
        if (size < 2) continue;
        shared += size;
        right += Math.max(...found);
      }
      const guessed = Math.max(...targetCounts.values()) / rows;
      if (shared < Math.max(MIN_ROWS, MIN_SHARE * rows) || guessed === 1) return undefined;
      const telling = (right / shared - guessed) / (1 - guessed);
      if (telling < TELLING) return undefined;
      return `determines the target in ${((100 * right) / shared).toFixed(1)} % of the rows whose value occurs more than once`;
    },
  };
}

/** Pearson's, in one pass (Welford 1962). */
function createCorrelation(
  column: string,
  decimal: Decimal | undefined,
  ofTarget: Decimal | undefined,
): Check {
  let [n, meanX, meanY, varX, varY, cov] = [0, 0, 0, 0, 0, 0];
  return {
    add(batch, targets) {
      for (const [row, cell] of batch.columns.get(column)!.entries()) {
        const [x, y] = [toNumber(cell, decimal), toNumber(targets[row], ofTarget)];
        if (x === undefined || y === undefined) continue;
        n++;
        const [dx, dy] = [x - meanX, y - meanY];
        meanX += dx / n;
        meanY += dy / n;
        varX += dx * (x - meanX);
        varY += dy * (y - meanY);
        cov += dx * (y - meanY);
      }
    },
    verdict() {
      const r = cov / Math.sqrt(varX * varY);
      return n >= MIN_ROWS && Math.abs(r) >= TELLING_CORRELATION
        ? `is nearly the target itself: their correlation is ${r.toFixed(4)}`
        : undefined;
    },
  };
}
