/** What the page has to know of a bundle, from its manifest. */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { groupsOf } from "../../predictor/item.ts";
import { DOCUMENT_FILES, type Manifest } from "../../predictor/manifest.ts";
import { nounsOf } from "../../predictor/nouns.ts";
import { typedExample, workerType } from "./inputs/types.ts";
import type { BundleInfo } from "./protocol.ts";

export function describeBundle(manifest: Manifest): BundleInfo {
  const { name, inputs, target, provenance, metrics, curves = [], files } = manifest;
  return {
    name,
    synthetic: provenance.synthetic,
    inputs: shorten(inputs),
    groups: [...groupsOf(inputs)].map(([group, members]) => ({ name: group, inputs: members })),
    target,
    nouns: nounsOf(manifest),
    example: typedExample(inputs),
    documents: DOCUMENT_FILES.filter((file) => file in files),
    metrics,
    curves,
  };
}

function shorten(inputs: InputSpecs): InputSpecs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [name, workerType(spec).forPage?.(spec) ?? spec]),
  );
}
