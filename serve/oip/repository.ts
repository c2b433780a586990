/**
 * The model repository extension of the Open Inference Protocol, as in Triton
 * (https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md).
 */

import type { Request, RequestHandler } from "express";
import * as z from "zod";
import { parseJson } from "../core/body/parseJson.ts";
import { rawBody } from "../core/body/rawBody.ts";
import { HttpError, type ProblemCode } from "../core/problems.ts";
import { jsonResponse, type Operation, type RouteContext } from "../core/route.ts";
import { shorten } from "../core/validation.ts";
import type { HostState, ModelHost } from "../engine/host.ts";
import type { Models } from "../engine/models.ts";
import { wrong } from "./wrong.ts";

const tag = "Open Inference Protocol";
/** Requests have a few words. */
const MAX_BYTES = 16_384;
const LIMITS = { depth: 4, values: 100, objects: 10, fields: 20 };

const indexRequestSchema = z
  .object({ ready: z.boolean().optional().describe("only what is loaded") })
  .meta({ id: "RepositoryIndexRequest" });

const indexSchema = z
  .array(
    z.object({
      name: z.string(),
      version: z.string(),
      state: z.enum(["READY", "LOADING", "UNAVAILABLE"]),
      reason: z.string(),
    }),
  )
  .meta({ id: "RepositoryIndex" });

const STATES = {
  loaded: "READY",
  loading: "LOADING",
  unloaded: "UNAVAILABLE",
  failed: "UNAVAILABLE",
} as const satisfies Readonly<Record<HostState, string>>;

const body = rawBody({ maxBytes: MAX_BYTES, accepts: () => true });

export const index = ({ models }: RouteContext): RequestHandler[] => [
  body,
  (request, response) => {
    const { ready = false } = read(request, indexRequestSchema);
    const served = [...models.all].flatMap(([name, versions]) =>
      versions.map(({ folder, host }) => ({
        name,
        version: folder ?? host.model.version,
        state: STATES[host.state],
        reason: host.refused?.reason ?? reasonOf(host),
      })),
    );
    const broken = models.faults.map(({ folder, reason }) => {
      const [name = "", version = ""] = folder.split("/");
      return { name, version, state: "UNAVAILABLE" as const, reason };
    });
    const all = [...served, ...broken].filter(({ state }) => !ready || state === "READY");
    response.json(all satisfies z.infer<typeof indexSchema>);
  },
];

function reasonOf(host: ModelHost): string {
  if (host.state !== "unloaded") return "";
  return host.canAnswer ? "unloaded; the next request loads it" : "unloaded by an operator";
}

export const indexOperation = (): Operation => ({
  summary: "The models that are served, their versions and states",
  tag,
  requestBody: { content: { "application/json": { schema: indexRequestSchema } } },
  responses: { "200": jsonResponse("the models", indexSchema) },
  problems: ["bad-request", "invalid-tensors", "too-large", "content-type"],
});

const controlSchema = z
  .object({ parameters: z.record(z.string(), z.unknown()).optional() })
  .meta({ id: "RepositoryControlRequest" });

/** Parameters that ask for nothing that is not done anyway. */
const IGNORED: ReadonlySet<string> = new Set(["unload_dependents"]);

function control(act: (models: Models, name: string) => Promise<void>) {
  return ({ models }: RouteContext): RequestHandler[] => [
    body,
    async (request, response) => {
      const { parameters = {} } = read(request, controlSchema);
      const other = Object.keys(parameters).find((name) => !IGNORED.has(name));
      if (other !== undefined) {
        throw wrong(
          `parameters: "${shorten(other)}" is not supported; a bundle is served as it is`,
        );
      }
      const { name } = request.params as { name: string };
      await act(models, name);
      response.json({});
    },
  ];
}

function controlOperation(summary: string, ...problems: readonly ProblemCode[]) {
  return (): Operation => ({
    summary,
    description: "Needs one of the server's operator keys.",
    tag,
    requestBody: { content: { "application/json": { schema: controlSchema } } },
    responses: { "200": jsonResponse("done", z.object({})) },
    problems: ["bad-request", "invalid-tensors", "too-large", "content-type", ...problems],
  });
}

export const load = control((models, name) => models.load(name));
export const loadOperation = controlOperation("Load a model", "model-unavailable");

export const unload = control((models, name) => models.unload(name));
export const unloadOperation = controlOperation("Unload a model, until it is loaded again");

/** @throws HttpError 400 if the body is neither empty nor what the schema takes. */
function read<Schema extends z.ZodType>(request: Request, schema: Schema): z.infer<Schema> {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (bytes.length === 0) return schema.parse({});
  let value: unknown;
  try {
    value = parseJson(bytes, LIMITS);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new HttpError("bad-request", `body: is not JSON (${error.message})`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw wrong(
    `body: ${result.error.issues[0]!.path.join(".") || "it"} is not what is expected here`,
  );
}
