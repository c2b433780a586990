/** Names of metrics for subsets of inputs; not in manifest.ts, whose schema is a large download for the page. */

/**
 * Name of a metric from these inputs alone in a manifest's `metrics`; over the test items that have an image, if there are
 * images. Bundles need not have it.
 */
export function subsetMetric(inputs: readonly string[], metric = "map@5"): string {
  return `${metric} from ${inputs.join(" + ")}`;
}
