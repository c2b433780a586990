/** A memory of WebAssembly, of which TypeScript's ECMAScript libraries have no type. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}
