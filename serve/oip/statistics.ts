/**
 * The statistics extension of the Open Inference Protocol, as in Triton
 * (https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md).
 */

import type { RequestHandler } from "express";
import * as z from "zod";
import { modelRefOf } from "../core/modelRef.ts";
import { jsonResponse, type Operation, type RouteContext } from "../core/route.ts";
import type { ServedVersion } from "../engine/answering.ts";
import type { Tally } from "../engine/statistics.ts";

const tally = z.object({ count: z.int(), ns: z.int().describe("nanoseconds altogether") });

const statisticsSchema = z
  .object({
    model_stats: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        last_inference: z.int().describe("milliseconds since 1970; 0: none yet"),
        inference_count: z.int().describe("items"),
        execution_count: z.int().describe("runs of the graph"),
        inference_stats: z.object({
          success: tally.describe("requests"),
          fail: tally.describe("requests"),
          queue: tally.describe("waits of items for a thread"),
          compute_input: tally.describe("images decoded"),
          compute_infer: tally.describe("runs of the graph"),
          compute_output: tally,
        }),
        batch_stats: z.array(z.object({ batch_size: z.int(), compute_infer: tally })),
      }),
    ),
  })
  .meta({ id: "ModelStatistics" });

/** Statistics of one version, of all versions of a model, or of all models. */
export const statistics = ({ models }: RouteContext): RequestHandler[] => [
  (request, response) => {
    const { name, version } = modelRefOf(request);
    const asked = name === undefined ? undefined : models.host({ name, version });
    const rows = [...models.all].flatMap(([model, versions]) =>
      versions
        .filter(({ host }) => version === undefined || host === asked)
        .filter(() => name === undefined || name === model)
        .map((served) => statisticsOf(model, served)),
    );
    response.json({ model_stats: rows } satisfies z.infer<typeof statisticsSchema>);
  },
];

export const statisticsOperation = (): Operation => ({
  summary: "What the models have done since they were first loaded",
  tag: "Open Inference Protocol",
  responses: { "200": jsonResponse("the statistics", statisticsSchema) },
});

function statisticsOf(name: string, { folder, host }: ServedVersion) {
  const { lastAnswered, rows, answered, failed, waits, decoded, runs, batches } = host.statistics;
  return {
    name,
    version: folder ?? host.model.version,
    last_inference: lastAnswered,
    inference_count: rows,
    execution_count: runs.count,
    inference_stats: {
      success: inNanoseconds(answered),
      fail: inNanoseconds(failed),
      queue: inNanoseconds(waits),
      compute_input: inNanoseconds(decoded),
      compute_infer: inNanoseconds(runs),
      compute_output: { count: 0, ns: 0 },
    },
    batch_stats: [...batches]
      .sort(([a], [b]) => a - b)
      .map(([size, each]) => ({ batch_size: size, compute_infer: inNanoseconds(each) })),
  };
}

function inNanoseconds({ count, seconds }: Tally) {
  return { count, ns: Math.round(seconds * 1e9) };
}
