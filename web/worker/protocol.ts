/** The messages between the page and its inference worker. */

import type { AnswerExplanation, AnswerJson, AnswerOptions } from "../../predictor/answerTypes.ts";
import type { Curve } from "../../predictor/curve.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import type { Issue } from "../../predictor/issues.ts";
import type { Precision } from "../../predictor/manifest.ts";
import type { Nouns } from "../../predictor/nouns.ts";
import type { Crop, PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import type { RuntimeFault } from "./runtimeFailure.ts";

export type Provider = "wasm" | "webgpu";

/** A provider and the graph it is to run. */
export interface ProviderOptions {
  readonly provider: Provider;
  /** In order of preference: the first that the bundle has is taken. */
  readonly precisions: readonly Precision[];
  readonly threads: number;
  /** URL of the folder of the runtime's files, where they are not the build's own. */
  readonly runtime?: string | undefined;
}

/** Inputs that share a tower, and are explained together. */
export interface InputGroup {
  readonly name: string;
  /** Names of its inputs. */
  readonly inputs: readonly string[];
}

/** What the page needs to know of the bundle: its form is built from it. */
export interface BundleInfo {
  readonly name: string;
  /** Whether it was trained on invented data. */
  readonly synthetic: boolean;
  /** By name; lists that only the predictor needs are empty. */
  readonly inputs: InputSpecs;
  readonly groups: readonly InputGroup[];
  readonly target: TargetSpec;
  readonly nouns: Nouns;
  /** Values that the model takes, of every input that is not a file. */
  readonly example: Item;
  /** Files of the bundle that people can read: of `DOCUMENT_FILES`. */
  readonly documents: readonly string[];
  /** Headline figures of the bundle. */
  readonly metrics: Readonly<Record<string, number>>;
  /** How they depend on the number of values of inputs that are lists; empty in bundles without. */
  readonly curves: readonly Curve[];
}

/** What the page needs to know about the model and how it runs. */
export interface ModelInfo extends BundleInfo {
  /** The bundle's version, as the server computes it; undefined where the browser cannot (no secure context). */
  readonly version: string | undefined;
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

/** To be drawn: RGB, uint8 [height, width, 3]. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** What a file looks like to the model: an image. */
export interface FileInfo {
  /** Pixels of the whole image. */
  readonly width: number;
  readonly height: number;
  /** The part that the model sees. */
  readonly crop: Crop;
  /** What the model sees: uint8 [size.height, size.width, 3]. */
  readonly pixels: Uint8Array;
  readonly size: PosterSpec;
  /** The whole image, small. */
  readonly picture: Picture;
}

/** As the server answers when asked to explain. */
export type ItemAnswer = AnswerJson & { readonly explanation: AnswerExplanation };

/** As a request to the server has them. */
export interface PredictOptions extends AnswerOptions {
  /** Whether to add what each input and each word contributed. */
  readonly explain?: boolean | undefined;
}

export interface OcclusionMap {
  /** Cells, row by row from the top left. */
  readonly rows: number;
  readonly columns: number;
  /** By label, class or number: float32 [rows, columns], by how much it falls where the cell is covered. */
  readonly drops: Readonly<Record<string, Float32Array>>;
}

/** What the page can ask; each call is answered once, `file` even before there is a model. */
export interface Calls {
  /** Reads the file of an input and keeps it for the requests that have one; undefined removes it. */
  file(given: { readonly input: string; readonly file: Blob | undefined }): FileInfo | undefined;
  /** @param item Values by input; of a file: `true`, which stands for the one that is kept. */
  answer(item: Item): ItemAnswer;
  /** Answers a program's item, whose files come with it; none is kept. */
  predict(request: { readonly item: unknown; readonly options: PredictOptions }): AnswerJson;
  /** What each part of the input's file changes. */
  occlude(request: { readonly item: Item; readonly input: string }): OcclusionMap;
  /** Median milliseconds of one prediction for an item with every input. */
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
  /** For an InputError: which input is wrong, and what is wrong with it. */
  readonly field?: string;
  readonly detail?: string;
  readonly issue?: Issue | undefined;
  /** The issue of a Trouble. */
  readonly trouble?: Issue;
  /** The call was cancelled. */
  readonly cancelled?: boolean;
  /** The runtime failed: not the input, the bundle, or the network on the way to it. */
  readonly fault?: RuntimeFault;
}

export type Response =
  /** Progress of loading; the runtime reports first when it is compiled, then when it has started. */
  | {
      readonly kind: "loading";
      readonly part: LoadPart;
      /** Bytes; the total is 0 where it is unknown. */
      readonly loaded: number;
      readonly total: number;
    }
  /** The manifest is there; a second time where another one has to be used. */
  | { readonly kind: "bundle"; readonly bundle: BundleInfo }
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
