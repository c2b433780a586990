/** Movies per second of the exported graph on each execution provider of ONNX Runtime. */

import { openTriedSession, PROVIDERS } from "../../node/session.ts";
import type { PosterStore } from "../../pipeline/dataset/posterCache.ts";
import { type EncodedMovie, withPoster } from "../../pipeline/fit/prepare.ts";
import type { TensorInfo } from "../../predictor/manifest.ts";
import { collate, type PreprocessSpec } from "../../predictor/preprocess/features.ts";

export interface ProviderRate {
  readonly provider: string;
  /** Why it does not work here; then there are no rates. */
  readonly reason?: string;
  readonly rates: readonly { readonly batch: number; readonly moviesPerSecond: number }[];
}

const BATCHES = [1, 32, 256];
/** Shaders are compiled and memory is taken at the first runs of a size. */
const WARM_UP = 3;

export async function measureProviders(
  onnx: Uint8Array,
  inputs: readonly TensorInfo[],
  movies: readonly EncodedMovie[],
  posters: PosterStore,
  spec: PreprocessSpec,
  seconds: number,
): Promise<ProviderRate[]> {
  const found: ProviderRate[] = [];
  for (const wanted of PROVIDERS) {
    const session = await openTriedSession(onnx, inputs, { wanted });
    const [refused] = session.refused;
    const rates: { batch: number; moviesPerSecond: number }[] = [];
    for (const size of refused ? [] : BATCHES) {
      const part = movies.slice(0, size).map((movie) => withPoster(movie, posters));
      const feeds = collate(part, spec);
      for (let i = 0; i < WARM_UP; i++) await session.run(feeds);
      const started = performance.now();
      let done = 0;
      while (performance.now() - started < 1000 * seconds) {
        await session.run(feeds);
        done += part.length;
      }
      const moviesPerSecond = done / ((performance.now() - started) / 1000);
      rates.push({ batch: part.length, moviesPerSecond });
    }
    await session.close();
    found.push({ provider: wanted, ...(refused ? { reason: refused.reason } : {}), rates });
  }
  return found;
}
