/** The chart of workers, and its objects. */

import assert from "node:assert/strict";
import { type KubernetesObject, openChart } from "../chart.ts";

export const CHART = "deploy/helm/marquee-workers";

/** Releases as they are rendered, with or without values of their own. */
export const RELEASES = { default: false, full: true };
export type Release = keyof typeof RELEASES;

export const chart = openChart({
  path: CHART,
  name: "train",
  rendered: "test/deploy/workers",
  releases: RELEASES,
});

export type Objects = readonly KubernetesObject[];

export function ofKind(objects: Objects, ...kinds: string[]): Objects {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

/** The only container of an object's pods. */
export function containerOf(object: KubernetesObject): KubernetesObject {
  return object.spec.template.spec.containers[0];
}

/** Name of an object, or of a part of one. */
export function nameOf(object: KubernetesObject): string {
  return object.name ?? object.metadata?.name;
}

/** The `--queue` of an object's command. */
export function queueOf(object: KubernetesObject): string {
  const flag = containerOf(object).args.find((arg: string) => arg.startsWith("--queue="));
  return flag.slice("--queue=".length);
}

/** As Kubernetes matches a pod's labels; of expressions, those of the chart. */
export function selects(selector: KubernetesObject, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values }: KubernetesObject) => {
      assert.equal(operator, "In");
      return values.includes(labels[key]);
    })
  );
}
