/** Handlers of the Open Inference Protocol v2, with the binary tensor extension, and what OpenAPI says of them. */

import type { Request, RequestHandler } from "express";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import type { TensorInfo } from "../../predictor/manifest.ts";
import { rawBody } from "../core/body/rawBody.ts";
import { jsonResponse, maxBodyBytes, type Operation, type RouteContext } from "../core/route.ts";
import type { ModelRef } from "../engine/models.ts";
import { createDecodeBody } from "./decodeBody.ts";
import { checkOutputs, encodeAnswer } from "./encode.ts";
import {
  DATATYPES,
  inferRequestSchema,
  inferResponseSchema,
  modelMetadataSchema,
  serverMetadataSchema,
} from "./schema.ts";

const LENGTH_HEADER = "Inference-Header-Content-Length";
const tag = "Open Inference Protocol";

export const live = (): RequestHandler[] => [
  (_request, response) => {
    response.json({ live: true });
  },
];

export const liveOperation = (): Operation => ({
  summary: "Whether the server is live",
  tag: "Operation",
  responses: { "200": jsonResponse("live", z.object({ live: z.boolean() })) },
});

export const ready = ({ isReady }: RouteContext): RequestHandler[] => [
  (_request, response) => {
    const isUp = isReady();
    response.status(isUp ? 200 : 503).json({ live: true, ready: isUp });
  },
];

export function readyOperation(): Operation {
  const schema = z.object({ live: z.boolean(), ready: z.boolean() });
  return {
    summary: "Whether the server is ready",
    tag: "Operation",
    responses: {
      "200": jsonResponse("ready", schema),
      "503": jsonResponse("shutting down", schema),
    },
  };
}

export const server = (): RequestHandler[] => [
  (_request, response) => {
    response.json({
      name: "marquee",
      version: packageJson.version,
      extensions: ["binary_tensor_data"],
    } satisfies z.infer<typeof serverMetadataSchema>);
  },
];

export const serverOperation = (): Operation => ({
  summary: "The server and its extensions",
  tag,
  responses: { "200": jsonResponse("the server", serverMetadataSchema) },
});

export const metadata = ({ models }: RouteContext): RequestHandler[] => [
  (request, response) => {
    const model = models.find(refOf(request));
    const { inputs, outputs } = model.manifest.graph;
    response.json({
      name: model.manifest.name,
      versions: [model.version],
      platform: "onnx_onnxv1",
      inputs: inputs.map(describeTensor),
      outputs: outputs.map(describeTensor),
    } satisfies z.infer<typeof modelMetadataSchema>);
  },
];

export const metadataOperation = (): Operation => ({
  summary: "Inputs and outputs of the graph",
  tag,
  responses: { "200": jsonResponse("the model", modelMetadataSchema) },
  problems: ["model-not-found"],
});

export const modelReady = ({ models, isReady }: RouteContext): RequestHandler[] => [
  (request, response) => {
    const model = models.find(refOf(request));
    const isUp = isReady();
    response.status(isUp ? 200 : 503).json({ name: model.manifest.name, ready: isUp });
  },
];

export function modelReadyOperation(): Operation {
  const schema = z.object({ name: z.string(), ready: z.boolean() });
  return {
    summary: "Whether the model answers",
    tag,
    responses: {
      "200": jsonResponse("ready", schema),
      "503": jsonResponse("shutting down", schema),
    },
    problems: ["model-not-found"],
  };
}

export function infer({ settings, models, admission, metrics }: RouteContext): RequestHandler[] {
  const decodeBody = createDecodeBody(settings);
  return [
    rawBody({ maxBytes: maxBodyBytes(settings), accepts: () => true }),
    admission.handle((request, response, { ticket, waiter }) =>
      models.use(refOf(request), async (model) => {
        // An empty body is left undefined.
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const jsonLength = request.get(LENGTH_HEADER);
        const start = performance.now();
        const decoded = await decodeBody({ body, jsonLength }, model, waiter.signal);
        const end = performance.now();
        metrics.observe("read", (end - start) / 1000);
        waiter.onStage?.("read", start, end);
        request.body = undefined;
        checkOutputs(decoded.request, model);
        ticket.resize(decoded.rows);
        const outputs = await model.run(decoded.feeds, waiter);
        const answer = await encodeAnswer(decoded.request, outputs, model);
        if (answer.jsonLength === undefined) response.type("application/json");
        else {
          response.type("application/octet-stream");
          response.set(LENGTH_HEADER, String(answer.jsonLength));
        }
        response.end(answer.body);
      }),
    ),
  ];
}

export const inferOperation = (): Operation => ({
  summary: "Run the graph on raw tensors",
  description:
    "As JSON, or with the binary tensor extension: JSON, then raw little-endian tensors in the order of the inputs, with the JSON's length in the header Inference-Header-Content-Length.",
  tag,
  requestBody: {
    required: true,
    content: {
      "application/json": { schema: inferRequestSchema },
      "application/octet-stream": { schema: z.string().meta({ format: "binary" }) },
    },
  },
  responses: { "200": jsonResponse("the outputs", inferResponseSchema) },
  problems: ["bad-request", "invalid-tensors", "model-not-found", "too-large", "content-type"],
});

/** The model that the path names. */
function refOf(request: Request): ModelRef {
  return request.params as { name: string; version?: string };
}

function describeTensor({ name, type, shape }: TensorInfo) {
  return {
    name,
    datatype: DATATYPES[type],
    shape: shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}
