/** Hands the test's jobs to the worker and its results back. */

import { isAltered } from "../../../web/page/canvas.ts";
import { takeJobs } from "../harness/pulled.ts";
import type { ParityJob, ParityResult } from "./protocol.ts";

type Response = { id: number } & ({ result: ParityResult } | { failure: string });

const worker = new Worker(new URL("./parity.worker.ts", import.meta.url), { type: "module" });
const waiting = new Map<number, (response: Response) => void>();
worker.onmessage = ({ data }: MessageEvent<Response>) => waiting.get(data.id)?.(data);
worker.onerror = ({ message }) => {
  for (const [id, done] of waiting) done({ id, failure: message });
};

let jobs = 0;
async function runJob(job: ParityJob): Promise<ParityResult> {
  const id = jobs++;
  const response = await new Promise<Response>((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ id, job });
  });
  waiting.delete(id);
  if ("failure" in response) throw new Error(response.failure);
  return response.result;
}

globalThis.runParityJobs = async (given) => {
  const results: ParityResult[] = [];
  for (const job of given) results.push(await runJob(job));
  return results;
};

globalThis.altersCanvas = isAltered;

globalThis.decodeNatively = async (file) => {
  const blob = await (await fetch(`data:application/octet-stream;base64,${file}`)).blob();
  const image = await createImageBitmap(blob);
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.drawImage(image, 0, 0);
  return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
};

void takeJobs((job) => (job === "canvas" ? isAltered() : runParityJobs(job as ParityJob[])));
