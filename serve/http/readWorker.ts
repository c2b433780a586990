/** The thread that reads large requests for predictions. */

import { serialize } from "node:v8";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { reader } from "../core/body/reader.ts";
import { fileInputs } from "../core/inputs/types.ts";
import type { Limits } from "../core/route.ts";
import type { PredictJob } from "../engine/predictJob.ts";
import type { BodySource } from "./bodySource.ts";
import { createItemReader, type ItemsRead } from "./readItems.ts";

export default reader<BodySource, ItemsRead, Limits>((manifest, limits) => {
  const readItems = createItemReader(manifest, limits);
  return (source) => {
    const { items, many } = readItems(source);
    const packed = items.map((job) => pack(job, manifest));
    const views = packed.flatMap((job) => [job.packed, ...Object.values(job.item)]);
    return {
      result: { many, items: packed },
      views: views.filter((value) => value instanceof Uint8Array),
    };
  };
});

/** The job whose values, all but images, are in one buffer: as objects, they would be copied on the event loop. */
function pack(job: PredictJob, { inputs }: Manifest): PredictJob & { readonly packed: Uint8Array } {
  const files = new Set(fileInputs(inputs));
  const entries = Object.entries(job.item);
  const only = (wanted: boolean): Item =>
    Object.fromEntries(entries.filter(([name]) => files.has(name) === wanted));
  return { ...job, item: only(true), packed: Uint8Array.from(serialize(only(false))) };
}
