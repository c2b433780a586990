/** What programs of other sites see of the package, as types that need no other package. */

import type { AnswerJson, AnswerOptions } from "../../predictor/answerTypes.ts";

export interface OpenOptions {
  /**
   * URL of a folder with the files of onnxruntime-web's `dist`, relative to the page. Default: what a bundler resolves, or
   * the package beside this one.
   */
  readonly runtime?: string | URL | undefined;
  /** Starts the worker, for programs that have built `marquee-predict/worker` themselves. */
  readonly worker?: (() => Worker) | undefined;
  /** Ends the opening. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly part: "runtime" | "manifest" | "graph";
  /** Bytes; of the runtime: whether it has started, 0 or 1. The total is 0 where it is unknown. */
  readonly loaded: number;
  readonly total: number;
}

/** As a request to the server has them; a target ignores those that it does not have. */
export interface PredictOptions extends AnswerOptions {
  /** Whether to add what each input and each word contributed. */
  readonly explain?: boolean | undefined;
  /** Ends the waiting, and the work where it has not begun. */
  readonly signal?: AbortSignal | undefined;
}

/** Values by the inputs' names; any may be absent. A file is a Blob, an ArrayBuffer or a view of one. */
export type Item = Readonly<{ [input: string]: unknown }>;

/** Which model answered. */
export interface ModelName {
  readonly name: string;
  /** As the server names it; undefined on pages that came over plain HTTP, where browsers compute no checksums. */
  readonly version: string | undefined;
  /** Whether it was trained on invented data: then its answers mean nothing. */
  readonly synthetic: boolean;
}

/** As POST /v1/predict answers. */
export type Answer = AnswerJson & { readonly model: ModelName };

/** An input of the model: its type, and what the manifest says of it. Lists that only the predictor needs are empty. */
export interface InputInfo {
  readonly type: string;
  readonly [fact: string]: unknown;
}

export interface Predictor {
  readonly model: ModelName;
  /** By name, in the model's order. */
  readonly inputs: Readonly<{ [input: string]: InputInfo }>;
  /** Number of the runtime's threads: more than 1 on pages that are cross-origin isolated. */
  readonly threads: number;
  /**
   * @throws PredictError naming the input that is wrong; the signal's reason.
   */
  predict(item: Item, options?: PredictOptions): Promise<Answer>;
  /** Ends the worker, after the answers that are still to come. */
  close(): void;
}

/** What is wrong, in words; with the input, where one is. */
export class PredictError extends Error {
  /** For instance `ratings[3].stars`. */
  readonly field: string | undefined;

  constructor(message: string, field?: string) {
    super(message);
    this.name = "PredictError";
    this.field = field;
  }
}
