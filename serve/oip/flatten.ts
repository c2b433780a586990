/** Lists in lists, as the protocol writes tensors -> their values in order, without recursion. */

/**
 * Calls `take` with each value in order.
 *
 * @param rank Lists inside each other that are opened; one inside those is taken as a value.
 */
export function eachValue(
  data: readonly unknown[],
  rank: number,
  take: (value: unknown, place: number) => void,
): void {
  /** The lists that are open, and the place of each one's next element. */
  const open: (readonly unknown[])[] = [data];
  const next = [0];
  let place = 0;
  while (open.length > 0) {
    const top = open.length - 1;
    const at = next[top]!++;
    if (at >= open[top]!.length) {
      open.pop();
      next.pop();
      continue;
    }
    const value = open[top]![at];
    if (Array.isArray(value) && open.length < rank) {
      open.push(value);
      next.push(0);
    } else take(value, place++);
  }
}
