/** The split of a model's requests between its versions: `NAME=VERSION:90,VERSION:10`, several with `;` between them. */

import { createHash, randomInt } from "node:crypto";

/** In percent, by version, in the order given. */
export type Split = ReadonlyMap<string, number>;

const SHARE = /^([A-Za-z0-9][\w.-]*):(\d+(?:\.\d+)?)$/;
const FORM = "write NAME=VERSION:90,VERSION:10, with ; between models";

/**
 * Reads the option.
 *
 * @returns Splits by the models' names.
 * @throws Error saying what is wrong with it.
 */
export function parseTraffic(text: string): ReadonlyMap<string, Split> {
  const splits = new Map<string, Split>();
  for (const part of text.split(";").filter((each) => each.trim() !== "")) {
    const [name, shares, ...more] = part.trim().split("=") as [string, string?, ...string[]];
    if (shares === undefined || more.length > 0)
      throw new Error(`has "${part}", which is not a split; ${FORM}`);
    if (splits.has(name)) throw new Error(`names "${name}" twice`);
    const split = new Map<string, number>();
    for (const share of shares.split(",")) {
      const [, version, percent] = SHARE.exec(share.trim()) ?? [];
      if (version === undefined) throw new Error(`has "${share}", which is not a share; ${FORM}`);
      if (split.has(version)) throw new Error(`names version "${version}" of "${name}" twice`);
      split.set(version, Number(percent));
    }
    const sum = [...split.values()].reduce((total, percent) => total + percent, 0);
    if (Math.abs(sum - 100) > 1e-6) {
      throw new Error(`gives "${name}" ${sum} percent; its shares must add up to 100`);
    }
    splits.set(name, split);
  }
  return splits;
}

/** Resolution of a point. */
const POINTS = 2 ** 32;

/**
 * Where a request stands between 0 and 1: requests with the same key, always at the same place.
 *
 * @param key Undefined: at any place.
 */
export function pointOf(name: string, key: string | undefined): number {
  if (key === undefined) return randomInt(POINTS) / POINTS;
  return createHash("sha256").update(`${name}\n${key}`).digest().readUInt32BE() / POINTS;
}

/**
 * The one whose part of the whole has the point. As long as the order stays, growing the last one's share moves no request
 * away from it.
 *
 * @param shares Of any sum above 0.
 * @param point From 0 to below 1.
 */
export function pick<T>(shares: readonly (readonly [T, number])[], point: number): T | undefined {
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  let left = point * sum;
  for (const [value, share] of shares) {
    left -= share;
    if (left < 0) return value;
  }
  return undefined;
}
