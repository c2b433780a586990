/** k-fold cross-validation of the train split, with a process per fold; fits gates and thresholds to all folds together. */

import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { SCRIPT_FLAGS, scriptUrl } from "../../node/script.ts";
import type { Console } from "../common/console.ts";
import { type Config, MAX_WASM_THREADS } from "../config/schema.ts";
import { type EvaluationReport, evaluate } from "../evaluate/evaluate.ts";
import { subsetName, subsets } from "../evaluate/subsets.ts";
import { tune } from "../evaluate/tune.ts";
import type { FittedTarget, Thresholds } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { fusedAnswers } from "../train/fused.ts";
import { fitGates, type Gates } from "../train/gates.ts";
import { type HeldOutSet, joinHeldOut } from "../train/trainTowers.ts";

import { type CrossValidation, summarizeFolds } from "./summary.ts";
import type { FoldOutputs, FoldResult } from "./trainFold.ts";
import type { FoldJob, FoldMessage } from "./worker.ts";

export interface CrossValidationResult {
  readonly summary: CrossValidation;
  /** Fitted to all movies of the train split, with logits of towers that were not trained on them. */
  readonly gates: Gates;
  /** Tuned on the same logits. */
  readonly thresholds: Thresholds | undefined;
  /** The logits that gates were fitted to: all movies, and the same with only some of their ratings. */
  readonly whole: HeldOutSet;
  readonly fewer: HeldOutSet;
  readonly results: readonly FoldResult[];
}

/**
 * Cross-validates. Each fold is scored with gates and thresholds fitted to the other folds. The result depends on the seed,
 * not on the number of workers.
 *
 * @param outputsOfFold Where each fold, from 0, saves its states; without it, an interrupted fold starts again.
 * @throws Error naming the fold whose process failed; the other processes are stopped.
 */
export async function crossValidate(
  config: Config,
  out: Console,
  outputsOfFold?: (fold: number) => FoldOutputs,
): Promise<CrossValidationResult> {
  const abort = new AbortController();
  const workers = config.foldWorkers ?? Math.min(config.folds, availableParallelism());
  const limit = pLimit(workers);
  // Each fold may use its share of the processors.
  const share = Math.floor(availableParallelism() / workers);
  const threads = config.threads ?? Math.min(MAX_WASM_THREADS, Math.max(1, share));
  let results: FoldResult[];
  try {
    results = await Promise.all(
      Array.from({ length: config.folds }, (_, fold) =>
        limit(() =>
          runFold(
            { fold, config: { ...config, threads }, outputs: outputsOfFold?.(fold) },
            abort.signal,
            out,
          ),
        ),
      ),
    );
  } finally {
    abort.abort();
  }
  return {
    summary: summarizeFolds(await scoreFolds(results, config.seed)),
    ...(await learnFrom(results)),
    ...joined(results),
    results,
  };
}

function runFold(job: FoldJob, signal: AbortSignal, out: Console): Promise<FoldResult> {
  const name = `fold ${job.fold + 1}/${job.config.folds}`;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error(`${name} was not started`));
    const worker = fork(fileURLToPath(scriptUrl(new URL("./worker.ts", import.meta.url))), {
      execArgv: [...SCRIPT_FLAGS],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const stop = () => worker.kill();
    signal.addEventListener("abort", stop, { once: true });
    let ended = false;
    worker.on("message", (message: FoldMessage) => {
      if ("epoch" in message) {
        const { tower, epoch, loss, seconds } = message.epoch;
        if (epoch % LOGGED_EPOCHS === 0) {
          out.line(
            `  ${name}  ${tower} epoch ${epoch}  loss ${loss.toFixed(4)}  ${seconds.toFixed(1)} s`,
          );
        }
        return;
      }
      if ("resumed" in message) return out.line(`  ${name}  resuming: ${message.resumed}`);
      if ("warning" in message) return out.warn(`${name}: ${message.warning}`);
      ended = true;
      if ("result" in message) {
        out.line(`  ${name}  done`);
        resolve(message.result);
      } else reject(new Error(`${name} failed: ${message.error}`));
    });
    worker.on("error", (error) => reject(new Error(`${name} failed: ${error.message}`)));
    worker.on("exit", (code, killedBy) => {
      signal.removeEventListener("abort", stop);
      if (ended) return;
      reject(new Error(`${name} ended ${killedBy ? `by ${killedBy}` : `with status ${code}`}`));
    });
    worker.send(job);
  });
}

/** Only every tenth epoch is logged: several folds at once would print too much. */
const LOGGED_EPOCHS = 10;

/** Fits gates, then tunes thresholds on their answers, with logits of towers not trained on these movies. */
export async function learnFrom(folds: readonly FoldResult[]) {
  const { whole, fewer } = joined(folds);
  const target = commonTarget(folds);
  const gates = fitGates({ ...joinHeldOut([whole, fewer]), target });
  const thresholds = await tune({
    target,
    groups: whole.groups,
    present: folds.flatMap(({ facts }) => facts.map(({ present }) => present)),
    truth: rulesOf(target).truth(whole.targets, target),
    scoresOf: (shown) => fusedAnswers(whole, target, gates, shown),
  });
  return { gates, thresholds };
}

/** The priors of the folds differ slightly; the graph needs a single one. */
function commonTarget(folds: readonly FoldResult[]): FittedTarget {
  const [{ target }] = folds as [FoldResult];
  const prior = target.prior.map((_, i) =>
    folds.reduce((sum, fold) => sum + fold.target.prior[i]! / folds.length, 0),
  );
  return { ...target, prior };
}

function joined(folds: readonly FoldResult[]): Pick<CrossValidationResult, "whole" | "fewer"> {
  return {
    whole: joinHeldOut(folds.map(({ whole }) => whole)),
    fewer: joinHeldOut(folds.map(({ fewer }) => fewer)),
  };
}

/** Figures of each fold, with gates and thresholds of the others. */
export function scoreFolds(
  results: readonly FoldResult[],
  seed: number,
): Promise<EvaluationReport[]> {
  return Promise.all(
    results.map((result) =>
      scoreFold(
        result,
        results.filter((other) => other !== result),
        seed,
      ),
    ),
  );
}

async function scoreFold(
  { whole, target, facts, grouping, towers }: FoldResult,
  others: readonly FoldResult[],
  seed: number,
): Promise<EvaluationReport> {
  const { gates, thresholds } = await learnFrom(others);
  return evaluate({
    target,
    truth: rulesOf(target).truth(whole.targets, target),
    facts,
    grouping,
    subsets: subsets(whole.groups).map((inputs) => ({
      name: subsetName(inputs, whole.groups),
      inputs,
      scores: fusedAnswers(whole, target, gates, inputs),
    })),
    baselines: [],
    leftOut: towers.flatMap(({ tower, leftOut }) => (leftOut === undefined ? [] : tower)),
    thresholds,
    seed,
  });
}
