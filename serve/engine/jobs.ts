/** What threads are given to do: tensors or questions; which of them can be done together, and how. */

import type { TensorInfo } from "../../predictor/manifest.ts";
import { elementCount } from "../../predictor/tensor.ts";
import type { Question, Reply } from "./question.ts";
import { concatenate, rowsOf, signatureOf, sliceRows, type Tensors } from "./tensors.ts";
import type { Thread } from "./threads.ts";

export interface Job<Result> {
  readonly kind: Kind<Result>;
  /** About as much work as so many movies. */
  readonly rows: number;
  /** Numbers in its tensors; 0 where they are not known yet. */
  readonly elements: number;
  /** Equal for jobs that can be done together. */
  readonly signature: string;
}

export interface Kind<Result> {
  /** Results in the jobs' order, and what decoding posters took, each. */
  run(
    thread: Thread,
    jobs: readonly Job<Result>[],
  ): Promise<{ results: readonly Result[]; decodeSeconds: readonly number[] }>;
}

interface TensorJob extends Job<Tensors> {
  readonly feeds: Tensors;
}

interface QuestionJob extends Job<Reply> {
  readonly question: Question;
}

const TENSORS: Kind<Tensors> = {
  async run(thread, jobs) {
    const [first, ...others] = jobs as readonly TensorJob[];
    if (others.length === 0)
      return { results: [await thread.run(first!.feeds)], decodeSeconds: [] };
    const outputs = await thread.run(concatenate([first!, ...others].map(({ feeds }) => feeds)));
    let from = 0;
    const results = jobs.map(({ rows }) => {
      from += rows;
      return sliceRows(outputs, from - rows, from);
    });
    return { results, decodeSeconds: [] };
  },
};

const QUESTIONS: Kind<Reply> = {
  async run(thread, jobs) {
    const results = await thread.answer(jobs.map((job) => (job as QuestionJob).question));
    return { results, decodeSeconds: results.flatMap(({ decodeSeconds }) => decodeSeconds ?? []) };
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
  return {
    ...{ kind: TENSORS, feeds },
    rows: rowsOf(feeds),
    elements: Object.values(feeds).reduce((sum, { dims }) => sum + elementCount(dims), 0),
    signature: signatureOf(feeds, padded),
  };
}

/** A movie with each of its modalities left out and alone, at most. */
const EXPLAINED = 7;
/** Bytes of a file whose decoding takes about as long as the graph does for a movie. */
const FILE_OF_A_ROW = 50_000;

export function questionJob(question: Question): QuestionJob {
  const { file, pixels } = question.movie;
  const decoding = pixels === undefined ? Math.floor((file?.length ?? 0) / FILE_OF_A_ROW) : 0;
  return {
    ...{ kind: QUESTIONS, question },
    rows: (question.explain ? EXPLAINED : 1) + decoding,
    ...{ elements: 0, signature: "question" },
  };
}
