/** Failures of the runtime in words for users: what the runtime and the browsers say of them is for programmers. */

/** `silent`: it did not answer in time. */
export type RuntimeFault = "memory" | "unsupported" | "download" | "device" | "stopped" | "silent";

/** In English. */
export const FAULTS: Readonly<Record<RuntimeFault, string>> = {
  memory:
    "this device has too little free memory for the model; close other tabs and programs, then try again",
  unsupported:
    "this browser does not support WebAssembly as the model needs it; update the browser, or allow WebAssembly in its settings",
  download:
    "part of the prediction engine could not be downloaded, or arrived damaged; check the network and try again, or reload the page",
  device: "the graphics device was lost",
  stopped: "the prediction engine has stopped; try again, or use another browser",
  silent: "the prediction engine does not answer; try again, or use another browser",
};

/** What the runtime and browsers call each of them; the first row that fits counts. */
const SIGNS: readonly (readonly [RuntimeFault, RegExp])[] = [
  [
    "memory",
    /out of memory|\bOOM\b|bad_alloc|allocat|enlarge memory|memory access out of bounds|array length|not enough memory/i,
  ],
  ["device", /device.*(lost|destroyed)/i],
  ["unsupported", /WebAssembly is not defined|not supported in the current env|unsafe-eval|CSP/i],
  [
    "download",
    /fetch|dynamically imported|import(ing)? a module|load failed|network|CompileError|mime/i,
  ],
];

export class RuntimeFailure extends Error {
  readonly fault: RuntimeFault;

  constructor(fault: RuntimeFault, options?: ErrorOptions) {
    super(FAULTS[fault], options);
    this.name = "RuntimeFailure";
    this.fault = fault;
  }
}

/** @param error Whatever the runtime or the browser threw; it becomes the cause. */
export function runtimeFailure(error: unknown): RuntimeFailure {
  if (error instanceof RuntimeFailure) return error;
  const text = String(error);
  const [fault = "stopped"] = SIGNS.find(([, sign]) => sign.test(text)) ?? [];
  return new RuntimeFailure(fault, { cause: error });
}

/** Does a part of the runtime's work. @throws RuntimeFailure */
export async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw runtimeFailure(error);
  }
}
