/** The thread that reads large requests for predictions. */

import { packJobs } from "../core/body/packJob.ts";
import { reader } from "../core/body/reader.ts";
import type { Limits } from "../core/route.ts";
import type { BodySource } from "./bodySource.ts";
import { createItemReader, type ItemsRead } from "./readItems.ts";

export default reader<BodySource, ItemsRead, Limits>((manifest, limits) => {
  const readItems = createItemReader(manifest, limits);
  return (source) => {
    const { items, ...read } = readItems(source);
    const { jobs, views } = packJobs(items, manifest.inputs);
    return { result: { ...read, items: jobs }, views };
  };
});
