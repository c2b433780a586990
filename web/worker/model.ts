/** A bundle opened in this browser: the predictor, the files handed in, and what the page may ask of them. */

import { toAnswer, toAnswerJson } from "../../predictor/answer.ts";
import type { AnswerJson } from "../../predictor/answerTypes.ts";
import { InputError } from "../../predictor/errors.ts";
import { explainItem } from "../../predictor/explain.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import { issueOf } from "../../predictor/issues.ts";
import { targetTypeOf } from "../../predictor/targets/types.ts";
import { type LoadedBundle, loadBundle } from "./bundle.ts";
import { describeBundle } from "./describe.ts";
import { createFiles, type Files } from "./files.ts";
import { checkAnyGiven, checkOptions, openItem } from "./givenItem.ts";
import { workerType } from "./inputs/types.ts";
import { type OpenedPredictor, openPredictor, type Runtime } from "./openPredictor.ts";
import type {
  BundleInfo,
  Calls,
  ItemAnswer,
  LoadPart,
  ModelInfo,
  OcclusionMap,
  ProviderOptions,
} from "./protocol.ts";
import { startRuntime } from "./runtime.ts";
import { measure } from "./selfTest.ts";

export interface Model {
  readonly info: ModelInfo;
  answer(item: Item): Promise<ItemAnswer>;
  predict(request: Parameters<Calls["predict"]>[0]): Promise<AnswerJson>;
  occlude(
    request: Parameters<Calls["occlude"]>[0],
    onProgress: (done: number, total: number) => void,
    checkCancelled: () => Promise<void>,
  ): Promise<OcclusionMap>;
  /** @returns Median milliseconds of one prediction. */
  measure(): Promise<number>;
}

export interface LoadListeners {
  readonly onProgress: (part: LoadPart, loaded: number, total: number) => void;
  /** Called as soon as the manifest is there; from then on, files can be handed in. */
  readonly onBundle: (bundle: BundleInfo, files: Files) => void;
}

/**
 * Loads the bundle and the runtime side by side, and checks that they work together.
 *
 * @param folder URL of the bundle, with a slash at its end.
 * @throws Error in words for the user.
 */
export async function openModel(
  folder: string,
  { provider, precisions, threads, runtime: runtimeFolder }: ProviderOptions,
  { onProgress, onBundle }: LoadListeners,
): Promise<Model> {
  let files!: Files;
  const [runtime, bundle] = await Promise.all([
    startRuntime(provider, {
      threads,
      folder: runtimeFolder,
      onCompiled: () => onProgress("runtime", 0, 1),
    }).then((started) => {
      onProgress("runtime", 1, 1);
      return started;
    }),
    loadBundle(folder, precisions, {
      onProgress,
      onManifest(manifest) {
        files = createFiles(manifest.inputs);
        onBundle(describeBundle(manifest), files);
      },
    }),
  ]);
  const { manifest } = bundle;
  const { inputs, target } = manifest;
  const opened = await openPredictor(runtime, provider, manifest, bundle);
  const { predictor } = opened;
  return {
    info: describeModel(bundle, provider, runtime, opened),
    async answer(request) {
      const explanation = await explainItem(predictor, await files.fill(request));
      const answer = toAnswer(target, explanation.prediction, {}, explanation);
      return toAnswerJson(target, answer) as ItemAnswer;
    },
    async predict({ item: given, options: { explain, ...options } }) {
      checkOptions(options);
      const item = await openItem(inputs, given);
      const explanation = explain ? await explainItem(predictor, item) : undefined;
      const prediction = explanation?.prediction ?? (await predictor.predict([item]))[0]!;
      checkAnyGiven(inputs, prediction.groups);
      return toAnswerJson(target, toAnswer(target, prediction, options, explanation));
    },
    async occlude({ item, input }, onProgress, checkCancelled) {
      const spec = inputs[input]!;
      const whole = await files.fill(item);
      if (whole[input] === undefined) {
        throw new InputError(input, issueOf("missingForMap"));
      }
      const features = predictor.encode(whole);
      return workerType(spec).file!.map({
        spec,
        features: features[input],
        names: targetTypeOf(target).names(target),
        outputs: (covered) =>
          predictor.outputs(covered.map((value) => ({ ...features, [input]: value }))),
        onProgress,
        checkCancelled,
      });
    },
    measure: () => measure(predictor, inputs),
  };
}

function describeModel(
  { manifest, graph, version, precision, verified, source }: LoadedBundle,
  provider: ProviderOptions["provider"],
  { threads }: Runtime,
  { difference }: OpenedPredictor,
): ModelInfo {
  return {
    ...describeBundle(manifest),
    version,
    provider,
    precision,
    threads,
    graphBytes: graph.length,
    verified,
    source,
    difference,
  };
}
