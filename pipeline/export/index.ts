/** The package's entry. */
export {
  type Conversion,
  type ConvertOptions,
  convert,
  type GraphTensor,
  type InputDType,
  type LayersArtifacts,
  type ModelArtifacts,
  type WeightSpec,
} from "./convert.ts";
export { type ConversionIssue, ConvertError } from "./errors.ts";
export { type LoadShard, readModelJson } from "./modelJson.ts";
