/** A pretrained encoder's features of texts. */

import { sha256 } from "../../node/files.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import type { Encode } from "../model/onnx/reference.ts";
import {
  type BackboneFeatures,
  computeFeatures,
  type FeatureOptions,
  type FeatureSource,
} from "./backboneFeatures.ts";

export interface TextFeatureOptions
  extends FeatureOptions,
    Pick<FeatureSource, "backbone" | "cache"> {
  /** Token ids of each text; texts may be equal. */
  readonly texts: readonly Int32Array[];
  /** Opens the encoder's graph. */
  readonly open: () => Promise<{ run: RunGraph; close(): Promise<void> }>;
  readonly encode: Encode<Int32Array>;
}

/** The key that a text's features are read by. */
export const idsKey = (ids: Int32Array): string => ids.join(" ");

const idsOf = (key: string): Int32Array => Int32Array.from(key.split(" "), Number);

/** Features of texts, by `idsKey` of their ids. Texts of about the same length share a batch: little of it is padding. */
export async function computeTextFeatures(options: TextFeatureOptions): Promise<BackboneFeatures> {
  const { texts, open, encode } = options;
  const byLength = [...texts].sort((a, b) => a.length - b.length).map(idsKey);
  return computeFeatures({
    ...options,
    views: 1,
    hashes: new Map(byLength.map((key) => [key, sha256(key)])),
    sizeOf: (key) => idsOf(key).length,
    nouns: "texts",
    async open() {
      const { run, close } = await open();
      return { compute: (keys) => encode(keys.map(idsOf), run), close };
    },
  });
}
