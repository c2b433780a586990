/** Names of metrics for subsets of inputs; not in manifest.ts, whose schema is a large download for the page. */

/**
 * Name of mAP@5 from these inputs alone in a manifest's `metrics`; over the test movies that have a poster. Bundles need
 * not have it.
 */
export function subsetMetric(inputs: readonly string[]): string {
  return `map@5 from ${inputs.join(" + ")}`;
}
