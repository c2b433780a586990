/** Starts the worker of the package, wherever the package was loaded from. */

/** In a constant, so that bundlers do not take it for the address of a file that they have to add. */
const HERE = import.meta.url;

export interface StartedWorker {
  readonly worker: Worker;
  /** Why the worker cannot be loaded; undefined once it has said anything. */
  problem(): string | undefined;
}

/** @param start Starts it otherwise; default: from the file beside this one. */
export function startWorker(start: (() => Worker) | undefined): StartedWorker {
  const program = new URL("worker.js", HERE);
  // Some bundlers write a file's path here: then the worker is one of theirs.
  const isElsewhere = program.protocol.startsWith("http") && program.origin !== self.origin;
  const worker = start?.() ?? (isElsewhere ? startFrom(program) : startOwn());
  let isHeard = false;
  worker.addEventListener(
    "message",
    () => {
      isHeard = true;
    },
    { once: true },
  );
  return {
    worker,
    problem() {
      if (isHeard) return undefined;
      if (start || !isElsewhere) {
        return "its worker cannot be loaded: is the file there, and does worker-src of the page's Content-Security-Policy allow it?";
      }
      return `${program} cannot be loaded as a worker: its server must send Access-Control-Allow-Origin, and the page's Content-Security-Policy, where it has one, must have ${program.origin} in script-src and in worker-src, and blob: in worker-src`;
    },
  };
}

/** In the form that bundlers know. */
function startOwn(): Worker {
  return new Worker(new URL("../worker/predict.worker.ts", import.meta.url), {
    type: "module",
    name: "marquee-wasm",
  });
}

/**
 * Browsers start no worker from another origin, but one of the page's own may import its program from there. Not by an
 * import statement: on isolated pages, WebKit asks a program that is imported so for a header that CDNs do not send. What the
 * page says before the program listens is kept for it.
 */
function startFrom(program: URL): Worker {
  const text = `
const early = [];
const keep = ({ data }) => early.push(data);
self.addEventListener("message", keep);
import(${JSON.stringify(program.href)}).then(
  () => {
    self.removeEventListener("message", keep);
    for (const data of early) self.dispatchEvent(new MessageEvent("message", { data }));
  },
  (error) => setTimeout(() => { throw error; }),
);`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module", name: "marquee-wasm" });
  // Until it has been read.
  for (const event of ["message", "error"]) {
    worker.addEventListener(event, () => URL.revokeObjectURL(url), { once: true });
  }
  return worker;
}
