/**
 * The model configuration extension of the Open Inference Protocol: Triton's ModelConfig as JSON
 * (https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_configuration.md).
 */

import type { RequestHandler } from "express";
import * as z from "zod";
import { modelRefOf } from "../core/modelRef.ts";
import { jsonResponse, type Operation, type RouteContext } from "../core/route.ts";
import { type ConfiguredTensor, modelConfig } from "./modelConfig.ts";

const tensor = z.object({
  name: z.string(),
  data_type: z.string(),
  dims: z.array(z.int()).describe("without the batch; -1: any size"),
});

const configSchema = z
  .object({
    name: z.string(),
    platform: z.string(),
    backend: z.string(),
    version_policy: z.object({ all: z.object({}) }),
    max_batch_size: z.int().describe("most items of a request; 0: the tensors have no batch"),
    input: z.array(tensor),
    output: z.array(tensor),
    instance_group: z.array(z.object({ name: z.string(), kind: z.string(), count: z.int() })),
    dynamic_batching: z
      .object({
        preferred_batch_size: z.array(z.int()).describe("items that run together"),
        max_queue_delay_microseconds: z.int(),
      })
      .optional(),
  })
  .meta({ id: "ModelConfig" });

export const config = ({ models, settings }: RouteContext): RequestHandler[] => [
  (request, response) => {
    const made = modelConfig(models, settings, modelRefOf(request));
    const { name, platform, backend, device, batching } = made;
    const describe = ({ name, datatype, dims }: ConfiguredTensor) => ({
      name,
      // As Triton calls texts.
      data_type: datatype === "BYTES" ? "TYPE_STRING" : `TYPE_${datatype}`,
      dims: [...dims],
    });
    response.json({
      name,
      platform,
      backend,
      version_policy: { all: {} },
      max_batch_size: made.maxBatchSize,
      input: made.inputs.map(describe),
      output: made.outputs.map(describe),
      instance_group: [{ name, kind: `KIND_${device.toUpperCase()}`, count: made.instances }],
      ...(batching
        ? {
            dynamic_batching: {
              preferred_batch_size: [batching.items],
              max_queue_delay_microseconds: Math.round(1000 * batching.delayMs),
            },
          }
        : {}),
    } satisfies z.infer<typeof configSchema>);
  },
];

export const configOperation = (): Operation => ({
  summary: "The model's configuration, as Triton describes one",
  tag: "Open Inference Protocol",
  responses: { "200": jsonResponse("the configuration", configSchema) },
});
