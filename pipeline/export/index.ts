/** The package's entry. */
export type { ByteSource, WeightData } from "./artifacts.ts";
export {
  type Builder,
  type Constant,
  type Conversion,
  type ConvertOptions,
  convert,
  type GraphTensor,
  type InputDType,
  type LayerCall,
  type LayerFunction,
  type LayersArtifacts,
  type ModelArtifacts,
  type Precision,
  refuse,
  type Tensor,
  type WeightSpec,
} from "./convert.ts";
export { type ConversionIssue, ConvertError } from "./errors.ts";
export { type LoadShard, readModelJson } from "./modelJson.ts";
export type { ExternalData, ExternalOptions } from "./onnx/external.ts";
