/** Movies per second of the exported graph on each execution provider of ONNX Runtime. */

import { openTriedSession, PROVIDERS, trialFeeds } from "../../node/session.ts";
import type { PosterStore } from "../../pipeline/dataset/posterCache.ts";
import { type EncodedMovie, withPoster } from "../../pipeline/fit/prepare.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { collate } from "../../predictor/item.ts";
import type { TensorInfo } from "../../predictor/manifest.ts";

export interface ProviderRate {
  readonly provider: string;
  /** Why the provider does not work on this machine; then `rates` is empty. */
  readonly reason?: string;
  readonly rates: readonly { readonly batch: number; readonly moviesPerSecond: number }[];
}

export interface ProviderOptions {
  readonly onnx: Uint8Array;
  readonly inputs: readonly TensorInfo[];
  readonly movies: readonly EncodedMovie[];
  readonly posters: PosterStore;
  readonly spec: InputSpecs;
  /** Time per provider and batch size. */
  readonly seconds: number;
}

/** Movies per run. */
const BATCHES = [1, 32, 256];
/** Untimed runs per batch size: the first ones compile shaders and allocate memory. */
const WARM_UP = 3;

/** Measures every execution provider with every batch size; batches are smaller if there are fewer movies. */
export async function measureProviders(options: ProviderOptions): Promise<ProviderRate[]> {
  const { onnx, inputs, movies, posters, spec, seconds } = options;
  const results: ProviderRate[] = [];
  for (const wanted of PROVIDERS) {
    const session = await openTriedSession(onnx, trialFeeds(inputs), { wanted });
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
    results.push({ provider: wanted, ...(refused ? { reason: refused.reason } : {}), rates });
  }
  return results;
}
