/** The messages between the page and its inference worker. */

import type { LabelsAnswer } from "../../predictor/answer.ts";
import type { Precision } from "../../predictor/manifest.ts";
import type { Crop, PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { Rating, UserSpec } from "../../predictor/preprocess/ratings.ts";
import type { LabelsSpec } from "../../predictor/targets/labels.ts";

export type Provider = "wasm" | "webgpu";

/** A provider and the graph it is to run. */
export interface ProviderOptions {
  readonly provider: Provider;
  /** In order of preference: the first that the bundle has is taken. */
  readonly precisions: readonly Precision[];
}

/** What the page needs to know about the model and how it runs. */
export interface ModelInfo {
  readonly name: string;
  /** The bundle's version, as the server computes it; undefined where the browser cannot (no secure context). */
  readonly version: string | undefined;
  /** Whether it was trained on made-up movies. */
  readonly synthetic: boolean;
  readonly target: LabelsSpec;
  readonly ratings: UserSpec;
  readonly poster: PosterSpec;
  /** Headline figures of the bundle. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly provider: Provider;
  readonly precision: Precision;
  readonly threads: number;
  /** Bytes of the graph. */
  readonly graphBytes: number;
  /** What of the graph was compared with the manifest. */
  readonly verified: "sha256" | "size";
  /** `cache`: this browser's store. */
  readonly source: "network" | "cache";
  /** Largest difference to WebAssembly's probabilities in the self-test; undefined for WebAssembly itself. */
  readonly difference: number | undefined;
}

/** A movie as the form has it. */
export interface MovieRequest {
  readonly title?: string;
  readonly year?: number;
  /** Whether it has the poster that was handed in before. */
  readonly poster?: boolean;
  readonly ratings?: readonly Rating[];
}

export interface PosterInfo {
  /** Pixels of the whole image. */
  readonly width: number;
  readonly height: number;
  /** The part that the model sees. */
  readonly crop: Crop;
  /** What the model sees: uint8 [size.height, size.width, 3]. */
  readonly pixels: Uint8Array;
  readonly size: PosterSpec;
}

export type MovieAnswer = LabelsAnswer & Required<Pick<LabelsAnswer, "explanation">>;

export interface OcclusionMap {
  /** Cells, row by row from the top left. */
  readonly rows: number;
  readonly columns: number;
  /** By label: float32 [rows, columns], by how much its probability falls where the cell is covered. */
  readonly drops: Readonly<Record<string, Float32Array>>;
}

/** What the page can ask; each call is answered once. */
export interface Calls {
  /** Decodes a poster and keeps it for the requests that have one; undefined removes it. */
  poster(file: Blob | undefined): PosterInfo | undefined;
  answer(movie: MovieRequest): MovieAnswer;
  occlude(movie: MovieRequest): OcclusionMap;
  /** Median milliseconds of one prediction for a movie with every input. */
  measure(): number;
}
export type CallName = keyof Calls;

export type Request =
  | ({
      readonly kind: "load";
      /** Folder of the bundle, absolute, with a slash at its end. */
      readonly bundle: string;
    } & ProviderOptions)
  | {
      [Name in CallName]: {
        readonly kind: "call";
        readonly id: number;
        readonly name: Name;
        readonly argument: Parameters<Calls[Name]>[0];
      };
    }[CallName]
  | { readonly kind: "cancel"; readonly id: number };

/** Parts of what is loaded. */
export type LoadPart = "runtime" | "manifest" | "graph";

/** An error, as it crosses to the page. */
export interface ErrorInfo {
  readonly message: string;
  /** Of an InputError: which input is wrong, and what is wrong with it. */
  readonly field?: string;
  readonly detail?: string;
  /** The call was cancelled. */
  readonly cancelled?: boolean;
}

export type Response =
  | {
      readonly kind: "loading";
      readonly part: LoadPart;
      /** Bytes; the total is 0 where it is unknown. */
      readonly loaded: number;
      readonly total: number;
    }
  | { readonly kind: "ready"; readonly model: ModelInfo }
  | { readonly kind: "failed"; readonly error: ErrorInfo }
  | { readonly kind: "answer"; readonly id: number; readonly value: ReturnType<Calls[CallName]> }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorInfo }
  | {
      readonly kind: "progress";
      readonly id: number;
      readonly done: number;
      readonly total: number;
    };
