/** `npm run predict`: answers from a published bundle, of one item in the terminal or of a file of items. */

import { type Bundle, openBundle } from "../node/bundle.ts";
import { runCommand } from "../node/command.ts";
import { findBundle } from "../node/findBundle.ts";
import { SHARD_KEYS } from "../node/options/predictKeys.ts";
import { flagOf } from "../node/options/setting.ts";
import { openSession } from "../node/session.ts";
import { toAnswer, toAnswerJson } from "../predictor/answer.ts";
import type { AnswerOptions } from "../predictor/answerTypes.ts";
import { InputError } from "../predictor/errors.ts";
import { type Explanation, explainItem } from "../predictor/explain.ts";
import type { Item } from "../predictor/inputs/inputType.ts";
import { openInputs } from "../predictor/item.ts";
import type { Manifest } from "../predictor/manifest.ts";
import { nounsOf } from "../predictor/nouns.ts";
import { createPredictor, type Prediction } from "../predictor/predictor.ts";
import { utf8Issue } from "../predictor/utf8.ts";
import { isNoValue } from "../predictor/values.ts";
import { isAnyGiven, nothingGiven, servedType } from "./core/inputs/types.ts";
import { servedTarget } from "./core/targets/types.ts";
import { predictFile, predictShards } from "./predictFiles.ts";
import { type Options, optionKeys, programOf, TOP } from "./predictOptions.ts";

await runCommand(programOf, async (options) => {
  const model = options.model ?? (await findBundle());
  if (options.shards !== undefined) {
    return predictShards(model, { ...options, shards: options.shards });
  }
  const alone = SHARD_KEYS.find((key) => options[key]);
  if (alone !== undefined) throw new InputError(flagOf([alone]), "needs --shards");
  if (options.input === undefined) {
    await predictOne(model, options);
    return 0;
  }
  return predictFile(model, { ...options, input: options.input });
});

async function predictOne(model: string, options: Options): Promise<void> {
  const bundle = await openBundle(model, options.precision);
  const { folders, missing } = optionKeys(bundle.manifest.inputs);
  const ofFiles = [folders, missing].flatMap((named) => Object.values(named));
  for (const key of [...ofFiles, "output", "rejects", "overwrite"]) {
    if (options[key]) throw new InputError(flagOf([key]), "needs --input");
  }
  const item = await readItem(options, bundle.manifest);
  const session = await openSession(bundle.graph, { threads: 1 });
  const opened = await openInputs(bundle.manifest.inputs, bundle.files);
  const predictor = createPredictor(bundle.manifest, session.run, opened);
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
    if (isNoValue(value, spec)) continue;
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
  const unknown = Object.entries(answer.unknown ?? {}).map(
    ([name, values]) => `${name} ${values.map((value) => JSON.stringify(value)).join(", ")}`,
  );
  return [
    ...servedTarget(target).print(target, answer, { nouns, allowEmpty }),
    ...(unknown.length > 0
      ? [`Not seen in training: ${unknown.join("; ")}. Such values of an input all count as one.`]
      : []),
    `Weight of each input: ${weights.join(", ")}.`,
    ...(manifest.provenance.synthetic
      ? [`This model was trained on invented ${nouns.items}; it says nothing about real ones.`]
      : []),
  ].join("\n");
}
