/** A view of a bundle: the inputs and outputs that clients of the Open Inference Protocol see. */

import type { Manifest } from "../../../predictor/manifest.ts";
import type { JsonLimits } from "../../core/body/scanJson.ts";
import type { Limits } from "../../core/route.ts";
import type { Waiter } from "../../engine/batcher.ts";
import type { Model } from "../../engine/model.ts";
import type { Datatype, InferRequest } from "../schema.ts";

/** An input or output in a model's metadata; -1 stands for any size. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: number[];
}

/** An output of one request, row-major; BYTES are texts. */
export type OutputTensor = TensorMetadata & {
  readonly data: Float32Array | Int32Array | Uint8Array | readonly string[];
};

/** What a request asks for, read and checked. */
export interface Decoded<Work> {
  readonly request: InferRequest;
  readonly rows: number;
  readonly work: Work;
}

/** @typeParam Work What the model is given. */
export interface View<Work> {
  /** Follows the bundle's name in the view's. */
  readonly suffix: string;
  readonly platform: string;
  inputs(manifest: Manifest): readonly TensorMetadata[];
  /** All that can be asked for. */
  outputs(manifest: Manifest): readonly TensorMetadata[];
  /** What a request may hold as JSON. */
  limits(manifest: Manifest, limits: Limits): JsonLimits;
  /**
   * Whether `decode` takes so little time that it may run on the event loop; asked where the request's JSON is small.
   *
   * @param binary Bytes of the tensors that follow the JSON.
   */
  isLight(request: InferRequest, binary: Buffer, manifest: Manifest): boolean;
  /**
   * @param request Whose tensors' data are only known to be lists; each BYTES is a text.
   * @param binary Tensors whose `binary_data_size` says how long they are, in the order of the inputs; may become part of
   *   the work.
   * @param limits Most rows accepted, and ratings of each.
   * @throws HttpError 400 or 413 naming the input that is wrong, and the row.
   */
  decode(request: InferRequest, binary: Buffer, manifest: Manifest, limits: Limits): Decoded<Work>;
  /** The work as it is sent from one thread to another, and its views that are moved. */
  pack(work: Work, manifest: Manifest): { work: Work; views: readonly ArrayBufferView[] };
  /**
   * The outputs, also those that were not asked for if they cost nothing.
   *
   * @throws HttpError 400 naming the input and row that is wrong.
   */
  run(decoded: Decoded<Work>, model: Model, waiter: Waiter): Promise<readonly OutputTensor[]>;
}
