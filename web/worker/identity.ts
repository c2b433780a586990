/**
 * An ONNX file of one operator, y = Identity(x), float32 [1]: field numbers and lengths of ModelProto
 * (onnx/onnx.proto3), IR version 8, opset 17.
 */
// biome-ignore format: one message a line
export const IDENTITY = Uint8Array.of(
  0x08, 8, // ir_version
  0x3a, 55, // graph
    0x0a, 16, 0x0a, 1, 0x78, 0x12, 1, 0x79, 0x22, 8, ...new TextEncoder().encode("Identity"), // node: x, y
    0x12, 1, 0x67, // name: g
    0x5a, 15, 0x0a, 1, 0x78, 0x12, 10, 0x0a, 8, 0x08, 1, 0x12, 4, 0x0a, 2, 0x08, 1, // input x: float [1]
    0x62, 15, 0x0a, 1, 0x79, 0x12, 10, 0x0a, 8, 0x08, 1, 0x12, 4, 0x0a, 2, 0x08, 1, // output y
  0x42, 2, 0x10, 17, // opset_import
);
