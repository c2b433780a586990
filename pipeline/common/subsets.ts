/** The subsets of a model's groups of inputs that gates are fitted to, and that are scored. */

/** With more groups, not all subsets are taken: their number doubles with every group. */
const MOST = 4;

/**
 * Non-empty subsets as bit masks, ascending: all of them of a model with up to four groups; of one with more, each group
 * alone, each left out, and all groups together.
 *
 * @param groups Number of the model's groups, at most 50.
 * @param of Mask of the groups to choose from; default: all.
 */
export function subsetMasks(groups: number, of = 2 ** groups - 1): number[] {
  const bits = Array.from({ length: groups }, (_, m) => 2 ** m).filter((bit) => has(of, bit));
  if (groups <= MOST) {
    const all = Array.from({ length: 2 ** groups - 1 }, (_, i) => i + 1);
    return all.filter((mask) => (mask & of) === mask);
  }
  const masks = new Set([...bits, ...bits.map((bit) => of - bit), of]);
  masks.delete(0);
  return [...masks].sort((a, b) => a - b);
}

/** Division, because bitwise operators see 32 bits only. */
function has(mask: number, bit: number): boolean {
  return Math.floor(mask / bit) % 2 === 1;
}
