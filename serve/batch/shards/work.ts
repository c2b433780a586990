/** The process that scores shards, one after another, with one model. */

import { servePool } from "../../../node/jobs/pool.ts";
import { openStorage } from "../../../node/storage/open.ts";
import { InputError } from "../../../predictor/errors.ts";
import { type ContentPlace, readParts } from "./cut.ts";
import type { ShardJob, ShardOutput } from "./job.ts";
import { keepModel } from "./keptModel.ts";
import { scoreShard } from "./score.ts";

export interface ShardWork {
  readonly job: ShardJob;
  /** Folder of the bundle. */
  readonly model: string;
  /** The rows' file, for errors. */
  readonly path: string;
  readonly place: ContentPlace;
  /** As `openStorage` takes it. */
  readonly storage: string;
}

/** A wrong input is not tried again; errors lose their class on the way. */
export type ShardResult =
  | { readonly output: ShardOutput }
  | { readonly wrong: { readonly field: string; readonly detail: string } };

const kept = keepModel();

servePool<ShardWork, ShardResult>(async (work) => {
  const { job, path, place } = work;
  const { precision, model: version } = job.scoring;
  const storage = openStorage(work.storage);
  const model = await kept.open({ path: work.model, precision, version });
  const content =
    "stored" in place ? Buffer.from(await storage.get(job.rows.content)) : await readParts(place);
  try {
    return { output: await scoreShard({ job, content, path, model, storage }) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { wrong: { field: error.field, detail: error.detail } };
  }
});
