/** A bundle whose graph has operators that the converter never writes, so that the page's runtime lacks them at first. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { sha256 } from "../../../node/files.ts";
import {
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from "../../../pipeline/export/onnx/onnx_pb.ts";
import { MANIFEST_FILE, PRECISION_FILES } from "../../../predictor/manifest.ts";

/** Puts the graph's first output into a sequence and takes it out again: its values stay. @param bundle Folder. */
export async function addOtherOperator(bundle: string): Promise<void> {
  const file = PRECISION_FILES.fp32;
  const model = fromBinary(ModelProtoSchema, await readFile(join(bundle, file)));
  const { node, output, initializer } = model.graph!;
  const { name } = output[0]!;
  for (const step of node) {
    step.output = step.output.map((other) => (other === name ? "inner" : other));
    step.input = step.input.map((other) => (other === name ? "inner" : other));
  }
  const first = { name: "first", dataType: TensorProto_DataType.INT64, int64Data: [0n] };
  initializer.push(create(TensorProtoSchema, first));
  for (const [opType, input, made] of [
    ["SequenceConstruct", ["inner"], "sequence"],
    ["SequenceAt", ["sequence", "first"], name],
  ] as const) {
    node.push(create(NodeProtoSchema, { name: opType, opType, input: [...input], output: [made] }));
  }
  const bytes = toBinary(ModelProtoSchema, model);
  await writeFile(join(bundle, file), bytes);
  const path = join(bundle, MANIFEST_FILE);
  const manifest = JSON.parse(await readFile(path, "utf8"));
  manifest.files[file] = { bytes: bytes.length, sha256: sha256(bytes) };
  await writeFile(path, JSON.stringify(manifest));
}
