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
  const bytes = await store.get(folder + MANIFEST_FILE);
  const kept = bytes && new TextDecoder().decode(bytes);
  const load = (text: string) => loadGraph({ folder, text, kept, store, wanted, onProgress });
  const fetchManifest = async (cache: RequestCache) => {
    const limit = kept === undefined ? {} : { signal: AbortSignal.timeout(PATIENCE_MS) };
    const fetched = await download(folder + MANIFEST_FILE, { cache, ...limit }, (loaded, total) =>
      onProgress("manifest", loaded, total),
    );
    return new TextDecoder().decode(fetched);
  };
  let text: string | undefined;
  try {
    text = await fetchManifest("no-cache");
    return await load(text);
  } catch (error) {
    try {
      // Published anew between the two requests, perhaps; then both files are other ones now.
      const again = text && (await fetchManifest("reload"));
      if (again !== text) return await load(again!);
    } catch {
      // The first error says more.
    }
    // No network, or one that answers with a page of its own, or a graph that broke off.
    if (kept === undefined || kept === text) throw error;
    return load(kept).catch(() => {
      throw error;
    });
  }
}

interface GraphJob {
  readonly folder: string;
  /** Of the manifest, and of the one that is in the store. */
  readonly text: string;
  readonly kept: string | undefined;
  readonly store: BundleStore;
  readonly wanted: readonly Precision[];
  readonly onProgress: OnProgress;
}

async function loadGraph(job: GraphJob): Promise<LoadedBundle> {
  const { folder, text, store, wanted, onProgress } = job;
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
  let graph = await store.get(url);
  const stored = graph !== undefined && !(await faultOf(graph, size, sha256));
  if (!graph || !stored) {
    graph = await download(url, { total: size }, (loaded, total) =>
      onProgress("graph", loaded, total),
    );
    const fault = await faultOf(graph, size, sha256);
    if (fault) throw new Error(`${name} is damaged: ${fault}. Load the page again.`);
  }
  onProgress("graph", size, size);
  const encoder = new TextEncoder();
  const files = new Map(stored ? [] : [[url, graph]]);
  // Last, as it leads to the others.
  if (text !== job.kept) files.set(folder + MANIFEST_FILE, encoder.encode(text));
  if (files.size > 0) {
    // Not waited for; and a full or forbidden store is no reason not to answer.
    store
      .replace(
        folder,
        files,
        (other) =>
          other === folder + MANIFEST_FILE ||
          // The other provider's graph, if it is of this bundle.
          Object.values(manifest.files).some((file) => other.endsWith(file.sha256)),
      )
      .catch(() => {});
  }
  return {
    manifest,
    graph,
    precision,
    version: (await sha256Of(encoder.encode(JSON.stringify(manifest))))?.slice(0, 12),
    verified: crypto.subtle ? "sha256" : "size",
    source: stored ? "cache" : "network",
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
