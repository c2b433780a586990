/** What the worker has to know of a type of input: a new type is one file of this form, and a line in types.ts. */

import type { FileInfo, OcclusionMap } from "../protocol.ts";

/** @typeParam Spec The input's part of the manifest. */
export interface WorkerType<Spec> {
  /**
   * A value that the model takes: providers are compared on it, and the form offers it as an example. undefined where
   * another input's value has it.
   */
  example(spec: Spec): unknown;
  /** The spec without the lists that the page has no use for: it crosses to the page at every visit. */
  readonly forPage?: (spec: Spec) => Spec;
  /** Where the input is a file, which stays in the worker. */
  readonly file?: FileType<Spec>;
}

export interface FileType<Spec> {
  /**
   * @param onProgress Called with the share that is read, 0 to 1; awaited, so that other calls are answered meanwhile.
   * @throws InputError naming the input
   */
  open(name: string, spec: Spec, file: Blob, onProgress: OnFileProgress): Promise<OpenedFile>;
  /** Covers one part of the file at a time, and asks what that changes. */
  map(options: MapOptions<Spec>): Promise<OcclusionMap>;
}

export type OnFileProgress = (share: number) => Promise<void> | undefined;

export interface OpenedFile {
  /** What the predictor takes. */
  readonly value: unknown;
  readonly info: FileInfo;
}

export interface MapOptions<Spec> {
  readonly spec: Spec;
  /** The input as the predictor encoded it. */
  readonly features: unknown;
  /** What is predicted: labels, classes or a number. */
  readonly names: readonly string[];
  /** Outputs of the item with each of these features in place of its own, float32 [features, names]. */
  readonly outputs: (features: readonly unknown[]) => Promise<Float32Array>;
  readonly onProgress: (done: number, total: number) => void;
  /** Called between batches; throws to stop. */
  readonly checkCancelled: () => Promise<void>;
}
