/** The runtime downloads and compiles its WebAssembly by itself, and says nothing of it: so the browser's functions do. */

import { ATTEMPTS, isStall, oneInTime } from "../download/inTime.ts";

export interface StartWatch {
  /** Rejects with a Trouble where the download stalls once more after the runtime has asked again. */
  readonly stalled: Promise<never>;
  /** Puts the browser's own functions back. */
  stop(): void;
}

export interface StartWatchOptions {
  /** URL of the WebAssembly; undefined: whatever ends like one. */
  readonly wasm: string | undefined;
  /** Whether the service worker unpacks it, with a limit of its own: its answer begins when all of it is there. */
  readonly comesWhole: boolean;
  readonly onCompiled: () => void;
}

export function watchStart({ wasm, comesWhole, onCompiled }: StartWatchOptions): StartWatch {
  let reject!: (stall: unknown) => void;
  const stalled = new Promise<never>((_resolve, rejectIt) => {
    reject = rejectIt;
  });
  // Nobody waits for it once the runtime has started.
  stalled.catch(() => {});
  const { fetch } = self;
  let stalls = 0;
  const limited = async <T>(url: string, work: (signal?: AbortSignal) => Promise<T>) => {
    try {
      return await oneInTime(url, work);
    } catch (error) {
      if (!isStall(error) || ++stalls < ATTEMPTS) throw error;
      reject(error);
      // Where its second request fails, the runtime makes a third that blocks the worker.
      return new Promise<never>(() => {});
    }
  };
  self.fetch = async (request, init) => {
    const url = new URL(request instanceof Request ? request.url : request, self.location.href);
    const isRuntime = wasm === undefined ? url.pathname.endsWith(".wasm") : url.href === wasm;
    if (!isRuntime) return fetch(request, init);
    const ask = (signal?: AbortSignal) => fetch(request, { ...init, ...(signal && { signal }) });
    const response = await (comesWhole ? ask() : limited(url.href, ask));
    if (!response.body) return response;
    const reader = response.body.getReader();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { done, value } = await limited(url.href, () => reader.read());
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          reader.cancel(error).catch(() => {});
          throw error;
        }
      },
    });
    return new Response(body, response);
  };
  const stopCompiling = watchCompilation(onCompiled);
  return {
    stalled,
    stop() {
      self.fetch = fetch;
      stopCompiling();
    },
  };
}

/**
 * The runtime does not say when it is compiled, but it has no other way to that than these two.
 *
 * @returns Puts the browser's own functions back.
 */
function watchCompilation(onCompiled: () => void): () => void {
  // Without WebAssembly the runtime says so itself.
  if (typeof WebAssembly === "undefined") return () => {};
  const { instantiate, instantiateStreaming } = WebAssembly;
  const watched =
    <Arguments extends unknown[], Result>(compile: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      const result = await compile.apply(WebAssembly, given);
      onCompiled();
      return result;
    };
  Object.assign(WebAssembly, {
    instantiate: watched(instantiate as (...given: unknown[]) => Promise<unknown>),
    // Old browsers lack it.
    ...(instantiateStreaming && { instantiateStreaming: watched(instantiateStreaming) }),
  });
  return () => Object.assign(WebAssembly, { instantiate, instantiateStreaming });
}
