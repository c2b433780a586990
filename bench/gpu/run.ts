/** What run.sh runs on the machine with the GPU: trains by one backend and writes what came of it, or reports on both. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openSession } from "../../node/session.ts";
import { createConsole } from "../../pipeline/common/console.ts";
import { createRandom } from "../../pipeline/common/random.ts";
import { parseConfig } from "../../pipeline/config/options.ts";
import type { Backend } from "../../pipeline/config/schema.ts";
import { loadDataset } from "../../pipeline/dataset/load.ts";
import { fullRowOf } from "../../pipeline/evaluate/evaluate.ts";
import { evaluateGraph } from "../../pipeline/evaluate/evaluateGraph.ts";
import { GRAPH_OUTPUTS } from "../../pipeline/model/build.ts";
import { exportGraph } from "../../pipeline/model/exportGraph.ts";
import { forWholeSplit, trainModel } from "../../pipeline/run/trainModel.ts";
import { assemble } from "../../pipeline/train/assemble.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import { setWasmThreads } from "../../pipeline/train/wasmThreads.ts";
import { checkParity } from "../../pipeline/verify/parity.ts";
import { median } from "../statistics.ts";
import { openCarriedPosters } from "./carriedPosters.ts";
import { measureProviders } from "./providers.ts";
import { type Result, report } from "./report.ts";
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

/** As the pipeline does it, less what reads images and writes bundles. */
async function train(backend: Backend): Promise<void> {
  const started = performance.now();
  const data = values.data!;
  const packed = JSON.parse(readFileSync(join(data, "config.json"), "utf8")) as object;
  const config = parseConfig({ ...packed, data, backend }, "config.json");
  const out = createConsole();
  const { dataset } = await loadDataset(config);
  const posters = openCarriedPosters(join(data, "posters.bin"), dataset, config.poster);
  setWasmThreads();
  const { description } = await startBackend(config.backend, out.line);
  const random = createRandom(config.seed);
  const whole = forWholeSplit(config, dataset);
  const setup = await assemble({ config: whole, dataset, posters, random: random.fork("fit") });
  const { fitted } = setup;
  const watch = backend === "wasm" ? undefined : watchGpu(join(results, "utilisation.csv"));
  const trainingStarted = performance.now();
  const { model, towers } = await trainModel(
    { config, dataset, setup, random: random.fork("train"), backend: description },
    out,
  );
  const trainingSeconds = (performance.now() - trainingStarted) / 1000;
  const utilisation = watch?.stop();

  const { onnx, inputs } = await exportGraph(model, dataset, "fp32");
  const session = await openSession(onnx);
  const movies = [...fitted.training, ...fitted.validation, ...fitted.test];
  const { spec } = fitted;
  const { outputs } = await checkParity({
    model,
    run: session.run,
    outputNames: GRAPH_OUTPUTS,
    movies,
    posters,
    spec,
    tolerance: 1e-5,
  });
  const { labels } = dataset;
  const { evaluation } = await evaluateGraph({
    labels,
    fitted,
    posters,
    run: session.run,
    seed: config.seed,
  });
  await session.close();
  const map5 = fullRowOf(evaluation)?.mapAtK.find(({ k }) => k === 5)?.value;
  const result: Result = {
    backend: description,
    processor: `${cpus()[0]?.model.trim()}, ${cpus().length} processors`,
    map5: map5 ?? Number.NaN,
    trainingSeconds,
    wholeSeconds: (performance.now() - started) / 1000,
    verified: Math.max(...outputs.map(({ maxAbs }) => maxAbs)),
    towers: towers.map(({ tower, history }) => ({
      tower,
      epochs: history.length,
      samplesPerSecond: median(history.map((record) => record.samplesPerSecond)),
    })),
    ...(utilisation === undefined ? {} : { utilisation }),
    providers:
      backend === "wasm"
        ? []
        : await measureProviders(
            onnx,
            inputs,
            movies,
            posters,
            spec,
            Number(values["provider-seconds"]),
          ),
  };
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${backend}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}
