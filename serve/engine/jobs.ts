/** What threads are given to do: tensors or questions; which of them can be done together, and how. */

import type { TensorInfo } from "../../predictor/manifest.ts";
import { elementCount } from "../../predictor/tensor.ts";
import type { Question, Reply } from "./question.ts";
import { concatenate, rowsOf, signatureOf, sliceRows, type Tensors } from "./tensors.ts";
import type { Thread } from "./threads.ts";

export interface Job<Result> {
  readonly kind: Kind<Result>;
  /** Movies. */
  readonly rows: number;
  /** As much work as so many movies are. */
  readonly weight: number;
  /** Numbers in its tensors; 0 where they are not known yet. */
  readonly elements: number;
  /** Equal for jobs that can be done together. */
  readonly signature: string;
}

export interface Kind<Result> {
  run(thread: Thread, jobs: readonly Job<Result>[]): Promise<Ran<Result>>;
}

export interface Ran<Result> {
  /** In the jobs' order. */
  readonly results: readonly Result[];
  /** What it took, all in all. */
  readonly seconds: number;
  /** What of it decoding took, for each poster. */
  readonly decodeSeconds: readonly number[];
}

interface TensorJob extends Job<Tensors> {
  readonly feeds: Tensors;
}

interface QuestionJob extends Job<Reply> {
  readonly question: Question;
}

const TENSORS: Kind<Tensors> = {
  async run(thread, jobs) {
    const feeds = (jobs as readonly TensorJob[]).map((job) => job.feeds);
    if (feeds.length === 1) {
      const { value, seconds } = await thread.run(feeds[0]!);
      return { results: [value], seconds, decodeSeconds: [] };
    }
    const { value, seconds } = await thread.run(concatenate(feeds));
    let from = 0;
    const results = jobs.map(({ rows }) => {
      from += rows;
      return sliceRows(value, from - rows, from);
    });
    return { results, seconds, decodeSeconds: [] };
  },
};

const QUESTIONS: Kind<Reply> = {
  async run(thread, jobs) {
    const questions = (jobs as readonly QuestionJob[]).map(({ question }) => question);
    const { value, seconds } = await thread.answer(questions);
    const decodeSeconds = value.flatMap((reply) => reply.decodeSeconds ?? []);
    return { results: value, seconds, decodeSeconds };
  },
};

/** Inputs whose second dimension may be filled up, so that movies with more and with fewer ratings go together. */
export function paddable(
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
): ReadonlySet<string> {
  const isDynamic = ({ shape }: TensorInfo) => typeof shape[1] === "string";
  // An output that has the dimension would have to be cut again; none of ours has.
  const names = outputs.some(isDynamic) ? [] : inputs.filter(isDynamic).map(({ name }) => name);
  return new Set(names);
}

/** @param feeds Become the job's own. */
export function tensorJob(feeds: Tensors, padded: ReadonlySet<string>): TensorJob {
  const rows = rowsOf(feeds);
  return {
    ...{ kind: TENSORS, feeds, rows, weight: rows },
    elements: Object.values(feeds).reduce((sum, { dims }) => sum + elementCount(dims), 0),
    signature: signatureOf(feeds, padded),
  };
}

/** The movie as it is, without each of its inputs, and with each of them alone. */
const EXPLAINED = 7;

export function questionJob(question: Question): QuestionJob {
  return {
    ...{ kind: QUESTIONS, question, rows: 1, weight: question.explain ? EXPLAINED : 1 },
    ...{ elements: 0, signature: "question" },
  };
}
