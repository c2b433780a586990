/** Hands the test's questions to the worker and its answers back. */

import type { Outcome } from "./protocol.ts";

type Reply = { id: number } & ({ outcome: Outcome } | { failure: string });

const worker = new Worker(new URL("./parity.worker.ts", import.meta.url), { type: "module" });
const waiting = new Map<number, (reply: Reply) => void>();
worker.onmessage = ({ data }: MessageEvent<Reply>) => waiting.get(data.id)?.(data);
worker.onerror = ({ message }) => {
  for (const [id, done] of waiting) done({ id, failure: message });
};

let asked = 0;
globalThis.ask = async (question) => {
  const id = asked++;
  const reply = await new Promise<Reply>((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ id, question });
  });
  waiting.delete(id);
  if ("failure" in reply) throw new Error(reply.failure);
  return reply.outcome;
};

globalThis.show = async (file) => {
  const blob = await (await fetch(`data:application/octet-stream;base64,${file}`)).blob();
  const image = await createImageBitmap(blob);
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.drawImage(image, 0, 0);
  return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
};
