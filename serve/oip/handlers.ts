/** Routes of the Open Inference Protocol v2, with the binary tensor extension. */

import express, { type Request, Router } from "express";
import type { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import type { TensorInfo } from "../../predictor/manifest.ts";
import type { ModelHost } from "../engine/host.ts";
import type { Model } from "../engine/model.ts";
import type { Admission } from "../http/admission.ts";
import { HttpError } from "../http/problem.ts";
import { decodeInfer } from "./decode.ts";
import { checkOutputs, encodeAnswer } from "./encode.ts";
import { DATATYPES, type modelMetadataSchema, type serverMetadataSchema } from "./schema.ts";

const LENGTH_HEADER = "Inference-Header-Content-Length";

interface Options {
  readonly host: ModelHost;
  readonly admission: Admission;
  readonly maxBytes: number;
  readonly maxRows: number;
  readonly isReady: () => boolean;
}

/** Liveness and readiness, which need no key. */
export function healthRouter({ isReady }: Pick<Options, "isReady">): Router {
  const router = Router();
  router.get("/v2/health/live", (_request, response) => {
    response.json({ live: true });
  });
  router.get("/v2/health/ready", (_request, response) => {
    const ready = isReady();
    response.status(ready ? 200 : 503).json({ live: true, ready });
  });
  return router;
}

export function inferenceRouter({ host, admission, maxBytes, maxRows, isReady }: Options): Router {
  const router = Router();
  router.get("/v2", (_request, response) => {
    response.json({
      name: "marquee",
      version: packageJson.version,
      extensions: ["binary_tensor_data"],
    } satisfies z.infer<typeof serverMetadataSchema>);
  });
  for (const path of ["/v2/models/:name", "/v2/models/:name/versions/:version"]) {
    router.get(path, (request, response) => {
      const model = modelOf(request, host.model);
      const { inputs, outputs } = model.manifest.graph;
      response.json({
        name: model.manifest.name,
        versions: [model.version],
        platform: "onnx_onnxv1",
        inputs: inputs.map(describeTensor),
        outputs: outputs.map(describeTensor),
      } satisfies z.infer<typeof modelMetadataSchema>);
    });
    router.get(`${path}/ready`, (request, response) => {
      const model = modelOf(request, host.model);
      const ready = isReady();
      response.status(ready ? 200 : 503).json({ name: model.manifest.name, ready });
    });
    router.post(
      `${path}/infer`,
      admission.gate,
      express.raw({ limit: maxBytes, type: () => true }),
      admission.handle((request, response, { ticket, waiter }) =>
        host.use(async (current) => {
          const model = modelOf(request, current);
          // An empty body is left undefined.
          const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
          const decoded = decodeInfer(body, request.get(LENGTH_HEADER), model.manifest, maxRows);
          checkOutputs(decoded.request, model);
          ticket.resize(decoded.rows);
          const outputs = await model.run(decoded.feeds, waiter);
          const answer = encodeAnswer(decoded.request, outputs, model);
          if (answer.jsonLength === undefined) response.type("application/json");
          else {
            response.type("application/octet-stream");
            response.set(LENGTH_HEADER, String(answer.jsonLength));
          }
          response.end(answer.body);
        }),
      ),
    );
  }
  return router;
}

/** @throws HttpError 404 unless the path names the model that is served. */
function modelOf(request: Request, model: Model): Model {
  const { name, version } = request.params as { name: string; version?: string };
  if (name !== model.manifest.name) {
    throw new HttpError(
      404,
      "model",
      `there is no model "${name}"; this is ${model.manifest.name}`,
    );
  }
  if (version !== undefined && version !== model.version) {
    throw new HttpError(
      404,
      "model",
      `there is no version "${version}" of ${name}; this is ${model.version}`,
    );
  }
  return model;
}

function describeTensor({ name, type, shape }: TensorInfo) {
  return {
    name,
    datatype: DATATYPES[type],
    shape: shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}
