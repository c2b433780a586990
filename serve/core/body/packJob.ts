/** Jobs as threads that read bodies send them: without the objects that the event loop would have to copy. */

import { serialize } from "node:v8";
import type { Item } from "../../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../../predictor/inputs/types.ts";
import type { PredictJob } from "../../engine/predictJob.ts";
import { fileInputs } from "../inputs/types.ts";

/** The jobs whose values, all but files, are in one buffer each, and the views that can be moved. */
export function packJobs(
  jobs: readonly PredictJob[],
  inputs: InputSpecs,
): { readonly jobs: PredictJob[]; readonly views: readonly Uint8Array[] } {
  const files = new Set(fileInputs(inputs));
  const packed = jobs.map((job) => {
    const entries = Object.entries(job.item);
    const only = (wanted: boolean): Item =>
      Object.fromEntries(entries.filter(([name]) => files.has(name) === wanted));
    return { ...job, item: only(true), packed: Uint8Array.from(serialize(only(false))) };
  });
  const views = packed.flatMap((job) => [job.packed, ...Object.values(job.item)]);
  return { jobs: packed, views: views.filter((value) => value instanceof Uint8Array) };
}
