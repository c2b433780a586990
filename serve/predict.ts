/** `npm run predict`: answers from a published bundle, of one item in the terminal or of a file of items. */

import { stat } from "node:fs/promises";
import { Presets, SingleBar } from "cli-progress";
import { type Bundle, openBundle, openManifest } from "../node/bundle.ts";
import { runCommand, STOPPED } from "../node/command.ts";
import { findBundle } from "../node/findBundle.ts";
import { flagOf } from "../node/options/setting.ts";
import { openSession } from "../node/session.ts";
import { toAnswer, toAnswerJson } from "../predictor/answer.ts";
import type { AnswerOptions } from "../predictor/answerTypes.ts";
import { InputError } from "../predictor/errors.ts";
import { type Explanation, explainItem } from "../predictor/explain.ts";
import type { Item } from "../predictor/inputs/inputType.ts";
import type { Manifest } from "../predictor/manifest.ts";
import { nounsOf } from "../predictor/nouns.ts";
import { createPredictor, type Prediction } from "../predictor/predictor.ts";
import { utf8Issue } from "../predictor/utf8.ts";
import { runBatch } from "./batch/run.ts";
import { isAnyGiven, nothingGiven, servedType } from "./core/inputs/types.ts";
import { servedTarget } from "./core/targets/types.ts";
import { type Options, optionKeys, programOf, TOP } from "./predictOptions.ts";

await runCommand(programOf, async (options) => {
  const model = options.model ?? (await findBundle());
  if (options.input === undefined) {
    await predictOne(model, options);
    return 0;
  }
  return predictFile(model, { ...options, input: options.input });
});

async function predictOne(model: string, options: Options): Promise<void> {
  const bundle = await openBundle(model);
  const { folders } = optionKeys(bundle.manifest.inputs);
  for (const key of [...Object.values(folders), "output", "rejects", "overwrite"]) {
    if (options[key]) throw new InputError(flagOf([key]), "needs --input");
  }
  const item = await readItem(options, bundle.manifest);
  const session = await openSession(bundle.graph, { threads: 1 });
  const predictor = createPredictor(bundle.manifest, session.run);
  const explanation = await explainItem(predictor, item);
  await session.close();
  const { top, allowEmpty } = options;
  const answerOptions = { topK: options.json ? top : (top ?? TOP), allowEmpty };
  process.stdout.write(
    options.json
      ? `${JSON.stringify(asJson(explanation, bundle, answerOptions), undefined, 2)}\n`
      : `${render(explanation.prediction, bundle.manifest, answerOptions)}\n`,
  );
}

/** @returns The exit code. */
async function predictFile(
  model: string,
  options: Options & { readonly input: string },
): Promise<number> {
  const keys = optionKeys((await openManifest(model)).inputs);
  for (const key of [...Object.values(keys.values), "json"]) {
    if (options[key] !== undefined && options[key] !== false) {
      throw new InputError(flagOf([key]), "is not for --input");
    }
  }
  const folders = Object.fromEntries(
    Object.entries(keys.folders).map(([name, key]) => [name, options[key] as string | undefined]),
  );
  const { input, output, top, allowEmpty = false } = options;
  if (output === undefined)
    throw new InputError("--output", "is missing; name a file for the answers");
  const rejects = options.rejects ?? `${output}.rejects`;
  const bytes = (await stat(input).catch(() => undefined))?.size ?? 0;
  const bar = new SingleBar(
    {
      format: "{bar} {percentage} %  {rows} rows, {rejected} rejected  {eta_formatted} left",
      stream: process.stderr,
      hideCursor: null,
    },
    Presets.shades_classic,
  );
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  // Without a terminal the bar draws nothing.
  bar.start(bytes, 0, { rows: 0, rejected: 0 });
  try {
    const { rows, rejected, finished } = await runBatch({
      model,
      precision: "fp32",
      input,
      folders,
      output,
      rejects,
      overwrite: options.overwrite,
      top,
      allowEmpty,
      signal: stop.signal,
      onWarning(text) {
        // On a line of its own, above the bar.
        process.stderr.write(
          `${process.stderr.isTTY ? "\r\u001b[2K" : ""}warning: ${input}: ${text}\n`,
        );
      },
      onProgress: (read, progress) =>
        bar.update(read, { rows: progress.rows, rejected: progress.rejected }),
    });
    if (finished) bar.update(bytes);
    bar.stop();
    const refused = rejected === 0 ? "" : `; see ${rejects}`;
    process.stderr.write(
      finished
        ? `${rows - rejected} of ${rows} rows answered in ${output}${refused}\n`
        : `stopped after ${rows} rows; run the same command to continue\n`,
    );
    return finished ? 0 : STOPPED;
  } finally {
    bar.stop();
  }
}

/** As POST /v1/predict answers when asked to explain. */
function asJson(
  explanation: Explanation,
  { manifest, version }: Bundle,
  options: AnswerOptions,
): object {
  const answer = toAnswer(manifest.target, explanation.prediction, options, explanation);
  const { name, provenance } = manifest;
  return {
    ...toAnswerJson(manifest.target, answer),
    model: { name, version, synthetic: provenance.synthetic },
  };
}

async function readItem(options: Options, manifest: Manifest): Promise<Item> {
  const { values } = optionKeys(manifest.inputs);
  const item: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(manifest.inputs)) {
    const value = options[values[name]!];
    if (value === undefined) continue;
    const issue = typeof value === "string" ? utf8Issue(value) : undefined;
    if (issue !== undefined) throw new InputError(name, issue);
    item[name] = await servedType(spec).fromOption(name, value, spec);
  }
  if (!isAnyGiven(item, manifest.inputs)) {
    const flags = Object.values(values).map((key) => flagOf([key]));
    throw new InputError(nounsOf(manifest).item, nothingGiven(flags));
  }
  return item;
}

function render(prediction: Prediction, manifest: Manifest, options: AnswerOptions): string {
  const { target } = manifest;
  const nouns = nounsOf(manifest);
  const answer = toAnswer(target, prediction, options);
  const { allowEmpty = false } = options;
  const weights = Object.entries(prediction.inputWeights).map(
    ([name, weight]) => `${name} ${weight.toFixed(2)}`,
  );
  return [
    ...servedTarget(target).print(target, answer, { nouns, allowEmpty }),
    `Weight of each input: ${weights.join(", ")}.`,
    ...(manifest.provenance.synthetic
      ? [`This model was trained on invented ${nouns.items}; it says nothing about real ones.`]
      : []),
  ].join("\n");
}
