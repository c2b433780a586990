/** A worker's process that reads the data set once, so that the worker itself needs no memory for it. */

import { serveJob } from "../../../node/jobs/process.ts";
import type { Config } from "../../config/schema.ts";
import { loadDataset } from "../../dataset/load.ts";
import { readVersions } from "../../report/provenance.ts";
import type { Machine } from "./machine.ts";

export type ExamineInput = Pick<Config, "data" | "cache">;

serveJob<ExamineInput, never, Machine>(async (place) => {
  const { dataset } = await loadDataset({ ...place, strict: false });
  return { versions: readVersions(), tables: dataset.sha256, dataset: dataset.name };
});
