/**
 * The model configuration extension of the Open Inference Protocol: Triton's ModelConfig as JSON
 * (https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_configuration.md).
 */

import type { RequestHandler } from "express";
import { z } from "zod";
import { modelRefOf } from "../core/modelRef.ts";
import { jsonResponse, type Operation, type RouteContext } from "../core/route.ts";
import { MAX_BATCH, MAX_DELAY_MS } from "../engine/model.ts";
import { threadPlan } from "../settings.ts";
import type { TensorMetadata } from "./views/view.ts";
import { viewOf } from "./views/views.ts";

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
    max_batch_size: z.int().describe("items that run together; 0: the tensors have no batch"),
    input: z.array(tensor),
    output: z.array(tensor),
    instance_group: z.array(z.object({ name: z.string(), kind: z.string(), count: z.int() })),
    dynamic_batching: z.object({ max_queue_delay_microseconds: z.int() }).optional(),
  })
  .meta({ id: "ModelConfig" });

export const config = ({ models, settings }: RouteContext): RequestHandler[] => [
  (request, response) => {
    const { view, ref } = viewOf(models, modelRefOf(request));
    const { model, loaded } = models.host(ref);
    const { manifest } = model;
    const name = manifest.name + view.suffix;
    const [inputs, outputs] = [view.inputs(manifest), view.outputs(manifest)];
    const batched = [...inputs, ...outputs].every(
      ({ shape }) => shape[0] === -1 && shape.length > 1,
    );
    // Until it is loaded, it is not known where a model runs; most run on a CPU.
    const kind = (loaded?.provider ?? "cpu") === "cpu" ? "cpu" : "gpu";
    const describe = ({ name: tensorName, datatype, shape }: TensorMetadata) => ({
      name: tensorName,
      // As Triton calls texts.
      data_type: datatype === "BYTES" ? "TYPE_STRING" : `TYPE_${datatype}`,
      dims: batched ? shape.slice(1) : shape,
    });
    const delayMs = settings.maxDelayMs ?? MAX_DELAY_MS[kind];
    response.json({
      name,
      platform: "onnxruntime_onnx",
      backend: "onnxruntime",
      version_policy: { all: {} },
      max_batch_size: batched ? settings.maxBatch || MAX_BATCH[kind] : 0,
      input: inputs.map(describe),
      output: outputs.map(describe),
      instance_group: [
        { name, kind: `KIND_${kind.toUpperCase()}`, count: threadPlan(settings).workers },
      ],
      ...(batched
        ? { dynamic_batching: { max_queue_delay_microseconds: Math.round(1000 * delayMs) } }
        : {}),
    } satisfies z.infer<typeof configSchema>);
  },
];

export const configOperation = (): Operation => ({
  summary: "The model's configuration, as Triton describes one",
  tag: "Open Inference Protocol",
  responses: { "200": jsonResponse("the configuration", configSchema) },
});
