/** Handlers of the Open Inference Protocol v2, with the binary tensor extension, and what OpenAPI says of them. */

import type { RequestHandler } from "express";
import * as z from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { rawBody } from "../core/body/rawBody.ts";
import { modelRefOf } from "../core/modelRef.ts";
import { jsonResponse, maxBodyBytes, type Operation, type RouteContext } from "../core/route.ts";
import { createDecodeBody } from "./decodeBody.ts";
import { checkOutputs, encodeAnswer } from "./encode.ts";
import {
  inferRequestSchema,
  inferResponseSchema,
  modelMetadataSchema,
  serverMetadataSchema,
} from "./schema.ts";
import { viewOf } from "./views/views.ts";

const LENGTH_HEADER = "Inference-Header-Content-Length";
const EXTENSIONS = ["binary_tensor_data", "model_configuration", "model_repository", "statistics"];
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
      extensions: EXTENSIONS,
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
    const { view, ref } = viewOf(models, modelRefOf(request));
    const { manifest } = models.find(ref);
    response.json({
      name: manifest.name + view.suffix,
      versions: ref.version === undefined ? models.versionsOf(manifest.name) : [ref.version],
      platform: view.platform,
      inputs: [...view.inputs(manifest)],
      outputs: [...view.outputs(manifest)],
    } satisfies z.infer<typeof modelMetadataSchema>);
  },
];

export const metadataOperation = (): Operation => ({
  summary: "Inputs and outputs of the model: of the graph, or under NAME_raw of the bundle",
  tag,
  responses: { "200": jsonResponse("the model", modelMetadataSchema) },
  problems: ["model-not-found"],
});

export const modelReady = ({ models, isReady }: RouteContext): RequestHandler[] => [
  (request, response) => {
    const { view, ref } = viewOf(models, modelRefOf(request));
    const { model, canAnswer } = models.host(ref);
    const isUp = isReady() && canAnswer;
    const name = model.manifest.name + view.suffix;
    response.status(isUp ? 200 : 503).json({ name, ready: isUp });
  },
];

export function modelReadyOperation(): Operation {
  const schema = z.object({ name: z.string(), ready: z.boolean() });
  return {
    summary: "Whether the model answers",
    tag,
    responses: {
      "200": jsonResponse("ready", schema),
      "503": jsonResponse("shutting down, or the model cannot be loaded", schema),
    },
    problems: ["model-not-found"],
  };
}

export function infer({ settings, models, admission, metrics }: RouteContext): RequestHandler[] {
  const decodeBody = createDecodeBody(settings);
  return [
    rawBody({ maxBytes: maxBodyBytes(settings), accepts: () => true }),
    admission.handle(async (request, response, { ticket, waiter }) => {
      const { view, ref } = viewOf(models, modelRefOf(request, waiter.signal));
      await models.use(ref, async (model) => {
        // An empty body is left undefined.
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const jsonLength = request.get(LENGTH_HEADER);
        const { manifest, version } = model;
        const start = performance.now();
        const decoded = await decodeBody({ body, jsonLength }, view, model, waiter.signal);
        const end = performance.now();
        metrics.observe("read", (end - start) / 1000);
        waiter.onStage?.("read", start, end);
        request.body = undefined;
        checkOutputs(decoded.request, view.outputs(manifest));
        ticket.resize(decoded.rows);
        const outputs = await view.run(decoded, model, waiter);
        const name = manifest.name + view.suffix;
        const answer = await encodeAnswer(decoded.request, outputs, { name, version });
        if (answer.jsonLength === undefined) response.type("application/json");
        else {
          response.type("application/octet-stream");
          response.set(LENGTH_HEADER, String(answer.jsonLength));
        }
        response.end(answer.body);
      });
    }),
  ];
}

export const inferOperation = (): Operation => ({
  summary: "Run the graph on raw tensors, or predict items",
  description:
    "Under the bundle's name, the inputs are the graph's tensors; under NAME_raw, those of the bundle, a row for each item: BYTES, or numbers for numbers. As JSON, or with the binary tensor extension: JSON, then raw little-endian tensors in the order of the inputs, with the JSON's length in the header Inference-Header-Content-Length.",
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
