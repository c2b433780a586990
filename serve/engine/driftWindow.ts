/** Counts of the items that a model served last: a window that slides by a tenth of its size, in constant memory. */

import {
  addCounts,
  type Counts,
  countItem,
  emptyCounts,
  type Observation,
  type Profile,
} from "../../predictor/profile.ts";

const BLOCKS = 10;
/** Fewer items say little: with 500, chance makes 0.02 of the index of ten bins. */
const ENOUGH = 500;

export class DriftWindow {
  readonly profile: Profile;
  readonly #blockSize: number;
  readonly #enough: number;
  /** Oldest first; the last is being filled. */
  #blocks: Counts[] = [];
  #total: Counts;

  /** @param size Items, at least 1; it is rounded up to tens. */
  constructor(profile: Profile, size: number) {
    this.profile = profile;
    this.#blockSize = Math.ceil(size / BLOCKS);
    this.#enough = Math.min(ENOUGH, size);
    this.#total = emptyCounts(profile);
  }

  add(observation: Observation): void {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.items >= this.#blockSize) {
      block = emptyCounts(this.profile);
      this.#blocks.push(block);
      if (this.#blocks.length > BLOCKS) {
        this.#blocks.shift();
        // Anew, as sums of shares would lose digits.
        this.#total = emptyCounts(this.profile);
        for (const each of this.#blocks) addCounts(this.#total, each);
      }
    }
    countItem(block, this.profile.edges, observation);
    countItem(this.#total, this.profile.edges, observation);
  }

  /** Counts of the items in the window; undefined while they are too few. */
  get served(): Counts | undefined {
    return this.#total.items >= this.#enough ? this.#total : undefined;
  }

  clear(): void {
    this.#blocks = [];
    this.#total = emptyCounts(this.profile);
  }
}
