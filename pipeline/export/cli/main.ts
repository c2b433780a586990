#!/usr/bin/env node
/** `tfjs-to-onnx`: a TensorFlow.js model.json in, an ONNX file out. */
import module from "node:module";

// From 22.8, Node keeps the compiled code of what is imported after this between runs: a tenth of the command's time.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
const { run } = await import("./run.ts");
await run();
