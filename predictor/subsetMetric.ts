/** What figures of subsets of inputs are called in a manifest; apart from its schema, which is large to download. */

/**
 * Name of mAP@5 from these inputs alone in a manifest's `metrics`; over the test movies that have a poster. Bundles need
 * not have it.
 */
export function subsetMetric(inputs: readonly string[]): string {
  return `map@5 from ${inputs.join(" + ")}`;
}
