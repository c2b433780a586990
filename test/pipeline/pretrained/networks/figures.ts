import assert from "node:assert/strict";

interface Figures {
  readonly first: readonly number[];
  readonly sum: number;
}

/** Whether values begin with the figures, which are rounded to 6 digits, and add up to their sum, rounded to 4. */
export function isClose(values: unknown, { first, sum }: Figures): void {
  const found = [...(values as Float32Array)];
  for (const [i, expected] of first.entries()) {
    const error = Math.abs(found[i]! - expected);
    assert.ok(
      error <= 2e-5 * Math.max(1, Math.abs(expected)),
      `${i}: ${found[i]}, expected ${expected}`,
    );
  }
  const total = found.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(total - sum) <= 1e-3 + 1e-6 * Math.abs(sum), `${total}, expected ${sum}`);
}
