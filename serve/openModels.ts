/** The models that the settings name, and what is measured of them. */

import type { Logger } from "pino";
import { findBundle } from "../node/findBundle.ts";
import type { ImageLimits } from "../node/poster.ts";
import type { Admission } from "./core/admission.ts";
import { checkNames } from "./core/inputs/types.ts";
import type { Metrics } from "./core/metrics.ts";
import { ImageCache } from "./engine/imageCache.ts";
import { largeImagesFor } from "./engine/model.ts";
import { ModelRoom } from "./engine/modelRoom.ts";
import { Models, type ModelsOptions } from "./engine/models.ts";
import { parseTraffic } from "./engine/traffic.ts";
import { MEGA, type Settings, threadPlan } from "./settings.ts";

/** Memory of the AVIF decoder in bytes, for any image and for each pixel: enough for 4:2:0 with up to 10 bits. */
const AVIF_BYTES = { base: 24_000_000, perPixel: 16 };
/** Share of the queue for requests that wait for a model to be loaded. */
const SHARE_OF_WAITING = 0.5;

interface Reporting {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly admission: Pick<Admission, "expected">;
}

/** @throws Error if the default model cannot be used. */
export async function openModels(
  settings: Settings,
  { log, metrics, admission }: Reporting,
): Promise<Models> {
  const { models: root, maxLoadedModels, maxQueue } = settings;
  const room = new ModelRoom({
    places: maxLoadedModels,
    waiting: Math.max(1, Math.floor(SHARE_OF_WAITING * maxQueue)),
  });
  const plan = { ...threadPlan(settings), imageLimits: imageLimits(settings) };
  const largeImages = largeImagesFor(plan);
  metrics.gauge(
    "marquee_large_images",
    "Large images that are not decoded yet",
    () => largeImages.size,
  );
  return Models.open({
    log,
    room,
    onClose: () => largeImages.close(),
    reloadSeconds: settings.reloadSeconds,
    source: root === undefined ? { bundle: settings.model ?? (await findBundle()) } : { root },
    defaultName: settings.defaultModel,
    traffic: parseTraffic(settings.traffic ?? ""),
    host: {
      precision: settings.precision,
      provider: settings.provider,
      ...plan,
      largeImages,
      maxBatch: settings.maxBatch,
      maxDelayMs: settings.maxDelayMs,
      driftItems: settings.driftItems,
      check: checkNames,
      expected: admission.expected,
      onDrivers: logDrivers(log, settings.provider),
      ...measured(settings, metrics),
    },
  });
}

/**
 * Logs what drivers write while providers are tried. With `auto`, each machine without a GPU has such lines, and why a
 * provider is passed over is a line of its own; they matter to those who ask for a provider.
 */
export function logDrivers(log: Logger, wanted: Settings["provider"]) {
  const level = wanted === "auto" ? "debug" : "info";
  return (said: readonly string[]) => log[level]({ wanted, said }, "messages of GPU drivers");
}

function measured({ posterCacheMb }: Settings, metrics: Metrics) {
  return {
    images: new ImageCache(Math.floor(posterCacheMb * MEGA), (found) =>
      metrics.imageLookups.inc({ outcome: found ? "hit" : "miss" }),
    ),
    onReload: (outcome) => metrics.reloads.inc({ outcome }),
    onLoad: (outcome) => metrics.loads.inc({ outcome }),
    onUse: ({ manifest, version }, { succeeded, seconds }) => {
      const outcome = succeeded ? "answered" : "failed";
      metrics.modelSeconds.observe({ model: manifest.name, version, outcome }, seconds);
    },
    onDecode: (seconds) => metrics.observe("decode", seconds),
    onWait: (seconds) => metrics.observe("queue", seconds),
    onBatch: ({ rows, requests, seconds, decodeSeconds }) => {
      for (const each of decodeSeconds) metrics.observe("decode", each);
      metrics.observe("inference", seconds);
      metrics.batchRows.observe(rows);
      metrics.batchRequests.observe(requests);
      metrics.items.inc(rows);
    },
  } satisfies Partial<ModelsOptions["host"]>;
}

function imageLimits({ posterMegapixels, avifMegapixels }: Settings): ImageLimits {
  const pixels = avifMegapixels * MEGA;
  return {
    pixels: posterMegapixels * MEGA,
    avif: { pixels, bytes: AVIF_BYTES.base + pixels * AVIF_BYTES.perPixel },
  };
}
