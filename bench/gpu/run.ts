/** The program of run.sh: trains on one backend and writes a result file, or reports on both backends. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { openSession } from "../../node/session.ts";
import { createConsole } from "../../pipeline/common/console.ts";
import { createRandom } from "../../pipeline/common/random.ts";
import { parseConfig } from "../../pipeline/config/options.ts";
import type { Backend, Config } from "../../pipeline/config/schema.ts";
import type { Dataset } from "../../pipeline/dataset/dataset.ts";
import { loadDataset } from "../../pipeline/dataset/load.ts";
import type { PosterStore } from "../../pipeline/dataset/posterCache.ts";
import { fullRowOf } from "../../pipeline/evaluate/evaluate.ts";
import { evaluateGraph } from "../../pipeline/evaluate/evaluateGraph.ts";
import type { FitResult } from "../../pipeline/fit/fit.ts";
import type { EncodedMovie } from "../../pipeline/fit/prepare.ts";
import { imageSpecOf } from "../../pipeline/inputs/image/options.ts";
import { type ExportedGraph, exportGraph } from "../../pipeline/model/exportGraph.ts";
import { forWholeSplit, trainModel } from "../../pipeline/run/trainModel.ts";
import { assemble } from "../../pipeline/train/assemble.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import { setWasmThreads } from "../../pipeline/train/wasmThreads.ts";
import { checkParity, PARITY_TOLERANCE } from "../../pipeline/verify/parity.ts";
import { median } from "../statistics.ts";
import { openCarriedPosters } from "./carriedPosters.ts";
import { measureProviders } from "./providers.ts";
import { type BackendResult, report } from "./report.ts";
import { watchGpu } from "./utilisation.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    results: { type: "string" },
    train: { type: "string" },
    report: { type: "boolean" },
    "provider-seconds": { type: "string", default: "5" },
  },
});
const results = values.results!;
if (values.report) process.stdout.write(report(results));
else await train(values.train as Backend);

/** Trains, exports and evaluates as the pipeline does, with the packed posters and without writing a bundle. */
async function train(backend: Backend): Promise<void> {
  const started = performance.now();
  const data = values.data!;
  const packed = JSON.parse(readFileSync(join(data, "config.json"), "utf8")) as object;
  const config = parseConfig({ ...packed, data, backend }, "config.json");
  const out = createConsole();
  const { dataset } = await loadDataset(config);
  const posters = openCarriedPosters(
    join(data, "posters.bin"),
    dataset,
    imageSpecOf(config.poster, "poster"),
  );
  setWasmThreads();
  const { description } = await startBackend(config.backend, out.line);
  const random = createRandom(config.seed);
  const whole = forWholeSplit(config, dataset);
  const setup = await assemble({ config: whole, dataset, posters, random: random.fork("fit") });
  const watch = backend === "wasm" ? undefined : watchGpu(join(results, "utilisation.csv"));
  const trainingStarted = performance.now();
  const { model, towers } = await trainModel(
    { config, dataset, setup, random: random.fork("train"), backend: description },
    out,
  );
  const trainingSeconds = (performance.now() - trainingStarted) / 1000;
  const utilisation = watch?.stop();

  const graph = await exportGraph(model, setup.parts, dataset, "fp32");
  const { map5, parityDifference } = await checkAndEvaluate(model, graph, {
    config,
    dataset,
    fitted: setup.fitted,
    posters,
  });
  const wholeSeconds = (performance.now() - started) / 1000;
  const result: BackendResult = {
    backend: description,
    processor: `${cpus()[0]?.model.trim()}, ${cpus().length} processors`,
    map5,
    trainingSeconds,
    wholeSeconds,
    parityDifference,
    towers: towers.map(({ tower, history }) => ({
      tower,
      epochs: history.length,
      samplesPerSecond: median(history.map((record) => record.samplesPerSecond)),
    })),
    ...(utilisation === undefined ? {} : { utilisation }),
    providers:
      backend === "wasm"
        ? []
        : await measureProviders({
            onnx: graph.onnx,
            inputs: graph.inputs,
            movies: moviesOf(setup.fitted),
            posters,
            spec: setup.fitted.spec,
            seconds: Number(values["provider-seconds"]),
          }),
  };
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${backend}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

interface EvaluationData {
  readonly config: Config;
  readonly dataset: Dataset;
  readonly fitted: FitResult;
  readonly posters: PosterStore;
}

/** @throws Error if graph and model differ by more than the pipeline accepts. */
async function checkAndEvaluate(
  model: LayersModel,
  graph: ExportedGraph,
  { config, dataset, fitted, posters }: EvaluationData,
): Promise<Pick<BackendResult, "map5" | "parityDifference">> {
  const session = await openSession(graph.onnx);
  try {
    const { outputs } = await checkParity({
      model,
      run: session.run,
      outputNames: graph.outputs.map(({ name }) => name),
      movies: moviesOf(fitted),
      posters,
      spec: fitted.spec,
      tolerance: PARITY_TOLERANCE,
    });
    const { evaluation } = await evaluateGraph({
      dataset,
      fitted,
      posters,
      run: session.run,
      seed: config.seed,
    });
    const map5 = fullRowOf(evaluation)?.score?.mean;
    return {
      map5: map5 ?? Number.NaN,
      parityDifference: Math.max(...outputs.map(({ maxAbs }) => maxAbs)),
    };
  } finally {
    await session.close();
  }
}

function moviesOf({ training, validation, test }: FitResult): EncodedMovie[] {
  return [...training, ...validation, ...test];
}
