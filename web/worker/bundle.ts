/** Fetches the bundle, trusts none of it before its checksum is right, and keeps it for when there is no network. */

import {
  MANIFEST_FILE,
  type Manifest,
  PRECISION_FILES,
  type Precision,
  parseManifest,
} from "../../predictor/manifest.ts";
import { download } from "./download.ts";
import type { LoadPart, ModelInfo } from "./protocol.ts";
import { type BundleStore, openStore } from "./store.ts";

/** A network that takes longer to show the manifest counts as none, if a bundle is in the store. */
const PATIENCE_MS = 4000;

export interface LoadedBundle
  extends Pick<ModelInfo, "version" | "precision" | "verified" | "source"> {
  readonly manifest: Manifest;
  readonly graph: Uint8Array;
}

type OnProgress = (part: LoadPart, loaded: number, total: number) => void;

/**
 * @param folder URL of the bundle, with a slash at its end.
 * @param wanted Precisions of the graph, the first that the bundle has is taken.
 * @throws Error if it can be had neither from the network nor from the store, or is damaged.
 */
export async function loadBundle(
  folder: string,
  wanted: readonly Precision[],
  onProgress: OnProgress,
): Promise<LoadedBundle> {
  const store = openStore();
  const { text, fromNetwork } = await loadManifest(folder, store, onProgress);
  try {
    return await loadGraph(folder, text, store, wanted, onProgress);
  } catch (error) {
    if (!fromNetwork) throw error;
    // Published anew between the two requests, perhaps; then both files are other ones now.
    const again = new TextDecoder().decode(
      await download(folder + MANIFEST_FILE, { cache: "reload" }),
    );
    if (again === text) throw error;
    return loadGraph(folder, again, store, wanted, onProgress);
  }
}

async function loadManifest(folder: string, store: BundleStore, onProgress: OnProgress) {
  const url = folder + MANIFEST_FILE;
  const kept = await store.get(url);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  try {
    const bytes = await download(
      url,
      { cache: "no-cache", ...(kept ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {}) },
      (loaded, total) => onProgress("manifest", loaded, total),
    );
    return { text: decode(bytes), fromNetwork: true };
  } catch (error) {
    if (!kept) throw error;
    return { text: decode(kept), fromNetwork: false };
  }
}

async function loadGraph(
  folder: string,
  text: string,
  store: BundleStore,
  wanted: readonly Precision[],
  onProgress: OnProgress,
): Promise<LoadedBundle> {
  const manifest = parseManifest(text);
  const precision = wanted.find((p) => PRECISION_FILES[p] in manifest.files);
  if (!precision) {
    throw new Error(
      `the bundle "${manifest.name}" has none of ${wanted.map((p) => PRECISION_FILES[p]).join(", ")}`,
    );
  }
  const name = PRECISION_FILES[precision];
  const { bytes: size, sha256 } = manifest.files[name]!;
  // Another content has another URL, for every cache on the way.
  const url = `${folder}${name}?sha256=${sha256}`;
  const kept = await store.get(url);
  const graph =
    kept && !(await faultOf(kept, size, sha256))
      ? kept
      : await download(url, { total: size }, (loaded, total) => onProgress("graph", loaded, total));
  onProgress("graph", size, size);
  const fault = await faultOf(graph, size, sha256);
  if (fault) throw new Error(`${name} is damaged: ${fault}. Load the page again.`);
  const encoder = new TextEncoder();
  // A full or forbidden store is no reason not to answer.
  await store
    .replace(
      folder,
      new Map([
        [url, graph],
        [folder + MANIFEST_FILE, encoder.encode(text)],
      ]),
      // The other provider's graph, if it is of this bundle.
      (other) => Object.values(manifest.files).some((file) => other.endsWith(file.sha256)),
    )
    .catch(() => {});
  return {
    manifest,
    graph,
    precision,
    version: (await sha256Of(encoder.encode(JSON.stringify(manifest))))?.slice(0, 12),
    verified: crypto.subtle ? "sha256" : "size",
    source: graph === kept ? "cache" : "network",
  };
}

/** What is wrong with a file, in words; undefined where nothing is. */
async function faultOf(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
  sha256: string,
): Promise<string | undefined> {
  if (bytes.length !== size) return `it has ${bytes.length} bytes, expected ${size}`;
  const actual = await sha256Of(bytes);
  return actual === undefined || actual === sha256 ? undefined : "its SHA-256 differs";
}

/** Lower-case hex; undefined where the browser has no crypto, as over plain HTTP. */
async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!crypto.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
