/**
 * Loads the rest of ONNX Runtime's WebAssembly when it is first called: web/build/runtime/ puts this in front of the runtime's
 * loader, which then finds `onDemand`'s result where it expects the browser's WebAssembly. So it runs in each of the runtime's
 * threads, which have a table of functions each.
 */

/** Name of the channel on which pages learn what was loaded. */
export const LOADED_LATE = "marquee-loaded-late";

export interface Rest {
  readonly url: string;
  /** Slot of the table that holds what the first file calls before any function of the rest. */
  readonly slot: number;
}

/** A module that exports the function it imports: only functions of WebAssembly can be put into a table. */
// biome-ignore format: one section a line
const EXPORTS_ITS_IMPORT = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 4, 1, 0x60, 0, 0, // type: without parameters and results
  2, 7, 1, 1, 0x6d, 1, 0x66, 0, 0, // import m.f
  7, 5, 1, 1, 0x66, 0, 0, // export f
);

/** @param native The browser's WebAssembly; undefined where there is none, which the runtime says itself. */
export function onDemand(native: typeof WebAssembly, rest: Rest): typeof WebAssembly {
  if (!native) return native;
  const prepare = (instance: WebAssembly.Instance, imports: WebAssembly.Imports) => {
    const first = instance.exports as Record<string, WebAssembly.ExportValue>;
    const f = () => {
      const module = new native.Module(download(rest.url));
      sayLoaded(rest.url);
      // It puts its functions into the table, and one that does nothing in place of this one.
      new native.Instance(module, { ...imports, first });
    };
    const { exports } = new native.Instance(new native.Module(EXPORTS_ITS_IMPORT), { m: { f } });
    (first["first.table"] as WebAssembly.Table).set(rest.slot, exports.f);
  };
  // Threads call it with `new`.
  function Instance(module: WebAssembly.Module, imports: WebAssembly.Imports) {
    const instance = new native.Instance(module, imports);
    prepare(instance, imports);
    return instance;
  }
  return Object.assign(Object.create(native), {
    Instance,
    async instantiate(bytes: BufferSource, imports: WebAssembly.Imports) {
      const source = await native.instantiate(bytes, imports);
      prepare(source.instance, imports);
      return source;
    },
    async instantiateStreaming(response: Promise<Response>, imports: WebAssembly.Imports) {
      const source = await native.instantiateStreaming(response, imports);
      prepare(source.instance, imports);
      return source;
    },
  });
}

/** Waits for the file: the call that needs it cannot be put off. @throws Error naming the file. */
function download(url: string): ArrayBuffer {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  let reason: string;
  try {
    request.send();
    if (request.status === 200) return request.response;
    reason = `status ${request.status}`;
  } catch (error) {
    reason = (error as Error).message;
  }
  throw new Error(`failed to fetch ${url}: ${reason}`);
}

/**
 * Tells the page, which has its service worker store the file for visits without network: at a first visit, that is not there
 * yet.
 */
function sayLoaded(url: string): void {
  try {
    const channel = new BroadcastChannel(LOADED_LATE);
    channel.postMessage(url);
    channel.close();
  } catch {
    // A browser that blocks storage has no channels, and no service worker.
  }
}
