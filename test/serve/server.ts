/** A small published bundle and a real server around it, for tests. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type * as z from "zod";
import { createRandom } from "../../pipeline/common/random.ts";
import { specsOf } from "../../pipeline/inputs/fit.ts";
import { buildInferenceModel } from "../../pipeline/model/build.ts";
import { type ExportedGraph, exportGraph } from "../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../pipeline/model/fusion.ts";
import { publishBundle } from "../../pipeline/publish/publish.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import { PRECISION_FILES, type Precision } from "../../predictor/manifest.ts";
import type { MovieInputs } from "../../predictor/movie.ts";
import type { Nouns } from "../../predictor/nouns.ts";
import { countGroups } from "../../predictor/preprocess/ratings.ts";
import { type Server, startServer } from "../../serve/server.ts";
import { parseSettings, type Settings, type settingsSchema } from "../../serve/settings.ts";
import { LABELS } from "../pipeline/sampleMovies.ts";
import { buildShop, SHOP_LABELS } from "../pipeline/shopModel.ts";
import { tiny, towerWeights } from "../pipeline/tinyModel.ts";
import { sampleManifest, sampleTarget } from "../predictor/sampleManifest.ts";

/**
 * Publishes a bundle with a whole graph of tiny towers: three genres, 16 x 12 posters, users u0 to u39.
 *
 * @param seed Of the weights: bundles of two seeds answer differently.
 * @param genders With them, users are u0 to u13 only: the rows of the others are those of groups by gender, age (1, 18) and
 *   occupation (0, 3).
 */
export async function publishTiny(
  path: string,
  seed = 1,
  precisions: readonly Precision[] = ["fp32"],
  genders?: readonly string[],
): Promise<void> {
  await startBackend("cpu");
  const small = tiny(24);
  const random = createRandom(seed);
  const weights = await towerWeights(small.parts, (input) => random.fork(input));
  const gates = { kernel: new Float32Array(18).fill(-0.2), bias: new Float32Array(3).fill(1) };
  for (const [name, values] of fusionWeights(small.prior, gates)) weights.set(name, values);
  const model = buildInferenceModel(small.parts, weights);
  const graphs: ExportedGraph[] = [];
  for (const precision of precisions) {
    graphs.push(
      await exportGraph(model, small.parts, { name: "tiny", synthetic: true }, precision),
    );
  }
  model.dispose();
  const [graph] = graphs;
  const { files: _, ...manifest } = sampleManifest();
  await publishBundle(
    path,
    {
      ...manifest,
      name: "tiny",
      target: sampleTarget(LABELS, [0.5, 0.4, 0.3]),
      inputs: withGroups(small.spec, genders),
      graph: structuredClone({
        inputs: graph!.inputs,
        outputs: graph!.outputs,
      }) as typeof manifest.graph,
    },
    {
      ...Object.fromEntries(
        graphs.map(({ precision, onnx }) => [PRECISION_FILES[precision], onnx]),
      ),
      "README.md": `# Model card of tiny ${seed}\n`,
    },
  );
}

/** Publishes the bundle of `buildShop`: texts `name` and `details`, an image `photo`, ratings `reviews`, or some of them. */
export async function publishShop(
  path: string,
  { nouns, inputs }: { readonly nouns?: Nouns; readonly inputs?: readonly string[] } = {},
): Promise<void> {
  const { model, parts } = await buildShop(inputs);
  const { onnx, ...graph } = await exportGraph(
    model,
    parts,
    { name: "shop", synthetic: true },
    "fp32",
  );
  model.dispose();
  const { files: _, ...manifest } = sampleManifest();
  await publishBundle(
    path,
    {
      ...manifest,
      name: "shop",
      target: sampleTarget(SHOP_LABELS),
      inputs: specsOf(parts.inputs),
      ...(nouns ? { nouns } : {}),
      graph: structuredClone({
        inputs: graph.inputs,
        outputs: graph.outputs,
      }) as typeof manifest.graph,
    },
    { [PRECISION_FILES.fp32]: onnx },
  );
}

function withGroups({ ratings, ...others }: MovieInputs, genders: readonly string[] = []) {
  if (genders.length === 0) return { ...others, ratings };
  const groups = { genders: [...genders], ages: [1, 18], occupations: [0, 3] };
  // The table stays as long as it is.
  const rows = ratings.users.length + countGroups(ratings.groups);
  const users = ratings.users.slice(0, rows - countGroups(groups));
  return { ...others, ratings: { ...ratings, users, groups } };
}

export interface Lab {
  /** Folder for the test's own files. */
  readonly root: string;
  /** The bundle. */
  readonly model: string;
  /** Starts a server on a free port; it is closed with the lab. */
  serve(settings?: z.input<typeof settingsSchema>): Promise<Server>;
  close(): Promise<void>;
}

/** @param genders See `publishTiny`. */
export function createLab(
  precisions?: readonly Precision[],
  genders?: readonly string[],
): Promise<Lab> {
  return createLabOf((path) => publishTiny(path, 1, precisions, genders));
}

/** @param publish Writes the bundle. */
export async function createLabOf(publish: (path: string) => Promise<void>): Promise<Lab> {
  const root = await mkdtemp(join(tmpdir(), "marquee-serve-"));
  const model = join(root, "models", "tiny");
  await publish(model);
  const servers: Server[] = [];
  return {
    root,
    model,
    async serve(settings = {}) {
      const server = await startServer(testSettings(model, settings), pino({ level: "silent" }));
      servers.push(server);
      return server;
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function testSettings(
  model: string,
  settings: z.input<typeof settingsSchema> = {},
): Settings {
  return parseSettings(
    {
      model,
      port: 0,
      provider: "cpu",
      workers: 1,
      reloadSeconds: 0,
      ...settings,
    },
    "test",
  );
}

/** POST with a JSON body. */
export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field
function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
