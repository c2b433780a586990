/** The local runner's process of one fold: receives a job, and sends what happens and then the result back. */

import { serveJob } from "../../node/jobs/process.ts";
import { openMadePosterStore } from "../dataset/posterCache.ts";
import type { FoldResult } from "../folds/trainFold.ts";
import { type FoldWork, runFold } from "./runFold.ts";
import type { TrainingEvent } from "./runner.ts";

export type WorkInput = Pick<FoldWork, "job" | "place">;

serveJob<WorkInput, TrainingEvent, FoldResult>((input, emit) =>
  runFold({ ...input, emit, openPosters: openMadePosterStore }),
);
