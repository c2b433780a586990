/** A Helm chart under test: what it renders is kept in files, and is looked into without Helm. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { glob } from "tinyglobby";
import { parseAllDocuments } from "yaml";
import { isHere, without } from "../needs/needs.ts";

/** Whether files that are out of date are written anew. */
export const UPDATE = process.env.UPDATE_CHART === "1";

// biome-ignore lint/suspicious/noExplicitAny: Kubernetes' objects are looked into field by field
export type KubernetesObject = any;

export interface ChartOptions {
  /** Folder of the chart. */
  readonly path: string;
  /** Name of the release that is rendered. */
  readonly name: string;
  /** Folder with what is rendered, `RELEASE.yaml`, and with values, `RELEASE.values.yaml`. */
  readonly rendered: string;
  /** Releases: whether they have values of their own. */
  readonly releases: Readonly<Record<string, boolean>>;
}

export interface Chart {
  readonly releases: readonly string[];
  /** @throws Error with what Helm finds wrong. */
  lint(release: string): void;
  /** What Helm makes of the chart now. @throws Error with what Helm says. */
  render(release: string): string;
  /** Hash of everything that rendering depends on. */
  hash(): Promise<string>;
  /** What is kept: the line that names the chart's hash, and the rest. */
  kept(release: string): Promise<{ readonly first: string; readonly rest: string }>;
  /** The objects that are kept, in order. */
  objects(release: string): Promise<readonly KubernetesObject[]>;
  /** Writes what Helm makes, where there is Helm. */
  update(): Promise<void>;
}

/** That what is kept is of the chart as it is, and what Helm makes of it. */
export function testRendered(chart: Chart): void {
  test("what is rendered is of this chart", async () => {
    for (const release of chart.releases) {
      const { first } = await chart.kept(release);
      assert.equal(
        first,
        `# Of the chart ${await chart.hash()}`,
        "run this file with UPDATE_CHART=1",
      );
    }
  });

  test("helm lints the chart, and renders what is here", { skip: without("helm") }, async () => {
    for (const release of chart.releases) {
      chart.lint(release);
      assert.equal((await chart.kept(release)).rest, chart.render(release));
    }
  });
}

/** Options of `helm`, before the release's name and the chart. */
export const RENDER = ["template", "--namespace", "films", "--kube-version", "1.34.0"] as const;

export function openChart({ path, name, rendered, releases }: ChartOptions): Chart {
  const valuesPath = (release: string) => join(rendered, `${release}.values.yaml`);
  const keptPath = (release: string) => join(rendered, `${release}.yaml`);

  function valuesOf(release: string): readonly string[] {
    return releases[release] ? ["-f", valuesPath(release)] : [];
  }

  function render(release: string): string {
    const options = [...RENDER, name, path, ...valuesOf(release)];
    return execFileSync("helm", options, { encoding: "utf8" });
  }

  async function hash(): Promise<string> {
    const digest = createHash("sha256");
    const files = await glob([`${path}/{Chart,values}.yaml`, `${path}/templates/*`]);
    const values = Object.keys(releases).filter((release) => releases[release]);
    for (const file of [...files, ...values.map(valuesPath)].sort()) {
      digest.update(file).update(await readFile(file));
    }
    return digest.digest("hex");
  }

  async function kept(release: string) {
    const text = await readFile(keptPath(release), "utf8");
    const end = text.indexOf("\n");
    return { first: text.slice(0, end), rest: text.slice(end + 1) };
  }

  return {
    releases: Object.keys(releases),
    lint(release) {
      execFileSync("helm", ["lint", "--strict", path, ...valuesOf(release)]);
    },
    render,
    hash,
    kept,
    async objects(release) {
      const documents = parseAllDocuments((await kept(release)).rest);
      return documents.map((document) => document.toJS() as KubernetesObject);
    },
    async update() {
      for (const release of isHere("helm") ? Object.keys(releases) : []) {
        await writeFile(keptPath(release), `# Of the chart ${await hash()}\n${render(release)}`);
      }
    },
  };
}
