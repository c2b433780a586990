/** Packages that only the comparisons need: their users install them. */
import { UsageError } from "./options.ts";

/** Runs the ONNX file. */
export const RUNTIME = "onnxruntime-node";
/** Run the original. */
const original = (loader: string) => [
  "@tensorflow/tfjs-core",
  loader,
  "@tensorflow/tfjs-backend-cpu",
];
const LAYERS_MODELS = "@tensorflow/tfjs-layers";
const GRAPH_MODELS = "@tensorflow/tfjs-converter";

export function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Throws UsageError where --verify cannot work, with the command that installs what it needs. */
export function requireComparison(isGraphModel: boolean): void {
  const loader = isGraphModel ? GRAPH_MODELS : LAYERS_MODELS;
  const missing = [...original(loader), RUNTIME].filter((name) => !isInstalled(name));
  if (missing.length > 0) {
    throw new UsageError(
      `--verify needs packages that are not installed; install them beside tfjs-to-onnx:\n  npm install tfjs-to-onnx ${missing.join(" ")}`,
    );
  }
}
